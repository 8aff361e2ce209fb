from pyoxigraph import Literal, RdfFormat, parse

from kg.grounds import Ground, Grounds
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, PREFIXES, RULE, SOURCE, XSD
from kg.store.quad_store import Store

TURTLE = """
ev:p1-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage <https://w3id.org/glocal/source/wang/p1> ; glocal:citedFrom id:Report ;
    dcterms:source wd:Q84 ; glocal:validTime "2017"^^xsd:gYear ; skos:note "As printed."@en .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
graph:asserted rdfs:label "all"@en .
"""
PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
GROUNDS = Grounds(Store.in_memory(parse(PROLOGUE + TURTLE, format=RdfFormat.TURTLE)))


def test_an_evidence_graph_says_who_holds_its_statements_and_where() -> None:
    found = GROUNDS.of(EVIDENCE["p1-claim-Doe"])

    assert found is not None
    assert (found.status, found.is_derived) == (GLOCAL["Claim"], False)
    assert (found.holders, found.passages) == ((ID["Doe"],), (SOURCE["wang/p1"],))
    assert [one.value.rpartition("/")[2] for one in found.sources] == ["Report", "Q84"]
    assert found.times == (Literal("2017", datatype=XSD["gYear"]),)
    assert found.notes == (Literal("As printed.", language="en"),)


def test_a_derived_graph_says_by_which_rule() -> None:
    graph = GRAPH["derived-fact-r"]

    assert GROUNDS.of(graph) == Ground(
        graph, GLOCAL["Fact"], True, (), (), (RULE["r"],), (), (), ()
    )


def test_a_graph_without_a_status_is_no_ground() -> None:
    assert GROUNDS.of(GRAPH["asserted"]) is None
    assert GROUNDS.of(GRAPH["unknown"]) is None
