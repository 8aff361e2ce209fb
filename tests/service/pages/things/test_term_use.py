from collections.abc import Iterator
from typing import Any

from pyoxigraph import Quad

from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import Glossary
from kg.namespaces import GLOCAL, GRAPH
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.dataset_summary import PropertyUse
from service.pages.terms import TermWriter
from service.pages.things.statements import StatementWriter
from service.pages.things.term_use import TermUse, TermUses
from tests.service.conftest import store_of

TERMS = """
glocal:Agent a owl:Class ; rdfs:label "agent"@en .
glocal:City a owl:Class ; rdfs:label "city"@en ; rdfs:subClassOf glocal:Agent .
glocal:hosts a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:label "hosts"@en ;
    rdfs:domain glocal:City . glocal:Fact rdfs:label "fact"@en .
glocal:hostedBy a owl:ObjectProperty ; rdfs:label "is hosted by"@en ; owl:inverseOf glocal:hosts .
"""
DERIVED = "id:A a glocal:City . id:A glocal:hosts id:B . "
STATED = "id:B glocal:hosts id:C , id:D , id:E ; a glocal:City . "
STORE = store_of(f"""{TERMS} {DERIVED} {STATED} graph:ontology {{ {TERMS} }}
ev:p1-fact {{ {STATED} }} ev:p1-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact .
""")
USES = {GLOCAL["hosts"]: PropertyUse(4, GLOCAL["City"], [GLOCAL["City"], GLOCAL["Agent"]])}


class Noting(Store):
    """A store that notes of which subjects it was asked."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.asked: list[object] = []

    def quads(self, subject: Any = None, *terms: Any, **graph: Any) -> Iterator[Quad]:
        self.asked.append(subject)
        return super().quads(subject, *terms, **graph)


def use_of(name: str) -> TermUse:
    glossary = Glossary(STORE.quads_of_graph(GRAPH["ontology"]), GLOCAL)
    writer = StatementWriter(TermWriter(STORE, Language("en", False)), ProvenanceReader(STORE))
    return TermUses(STORE, glossary, lambda: USES).write(writer, GLOCAL[name])


def told(name: str) -> dict[str, list[tuple[str, str]]]:
    return {
        row.striptags(): [(line.words.striptags(), line.note.striptags()) for line in lines]
        for row, lines in use_of(name).rows
    }


def test_a_property_tells_what_it_is_declared_to_connect_and_what_it_connects() -> None:
    assert told("hosts") == {
        "From": [("city", "domain · in this release")],
        "To": [("agent", "in this release")],
        "inverse of": [("is hosted by", "")],
        "Characteristics": [("transitive", "")],
        "Use": [("4", "")],
    }
    assert told("hostedBy")["inverse of"] == [("hosts", "")]


def test_the_examples_of_a_property_are_statements_of_evidence_with_their_status() -> None:
    examples = use_of("hosts").examples

    assert [one.words.striptags() for one in examples] == [
        f"id:B hosts id:{name}" for name in ("C", "D", "E")
    ]
    assert "status-Fact" in examples[0].grounds


def test_a_class_has_its_number_of_members_and_first_those_of_which_most_is_said() -> None:
    assert told("City") == {"Members": [("2", "")], "Examples": [("id:B, id:A", "")]}
    assert '<a href="/classes/City">2</a>' in use_of("City").rows[0][1][0].words


def test_of_a_class_with_many_members_only_some_are_compared() -> None:
    many = " ".join(f"id:C{number} a glocal:City ." for number in range(1_000))
    store = Noting.in_memory(store_of(f"{TERMS} {many} graph:ontology {{ {TERMS} }}").quads())
    glossary = Glossary(store.quads_of_graph(GRAPH["ontology"]), GLOCAL)
    writer = StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))

    use = TermUses(store, glossary, lambda: USES).write(writer, GLOCAL["City"])

    assert use.rows[0][1][0].words.striptags() == "1,000"
    assert (
        len([one for one in store.asked if str(one).startswith("<https://w3id.org/glocal/id/")])
        < 260
    )
