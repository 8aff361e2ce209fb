"""The qualifiers that derived statements inherit from their premises."""

from collections import defaultdict
from pathlib import Path

from pyoxigraph import NamedNode, Triple

from kg.namespaces import GLOCAL, GRAPH, RDF, RULE
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import (
    META,
    assemble_release,
    name_derived_graph,
    premises_of,
)
from kg.reasoning.proofs.explainer import Explainer
from kg.release.inherited_qualifiers import inherit_qualifiers
from kg.statuses import QUALIFYING, Standing
from kg.store.quad_store import Store
from kg.store.views import STANDING_PROPERTIES, standings_described
from tests.kg.reasoning.proofs.conftest import CURATORS, evidence, quads

AXIOMS = """
    glocal:reaches owl:propertyChainAxiom ( glocal:leads glocal:partOf ) ;
        rdfs:subPropertyOf glocal:touches .
    glocal:runs rdfs:subPropertyOf glocal:reaches .
"""
LEADS = evidence("p01.1-fact", "Fact", "id:A glocal:leads id:B")
PART = evidence("p01.1-fact-2", "Fact", "id:B glocal:partOf id:C")
LED_MAINLY = LEADS + "ev:p01.1-fact glocal:hasDegree glocal:Mainly ."
PART_OFTEN = PART + "ev:p01.1-fact-2 glocal:hasFrequency glocal:Often ."
CHAIN, SUB = "prp-spo2-leads-partOf-reaches", "prp-spo1-reaches-touches"


def values(store: Store, graph: NamedNode, *names: NamedNode) -> list[NamedNode]:
    """The IRIs that a graph has for these properties."""
    found = (one.object for name in names for one in store.triples(graph, name, graph=META))
    return [one for one in found if isinstance(one, NamedNode)]


def qualifiers_by_rule(curated: str) -> dict[str, tuple[str, ...]]:
    """The rules that derive something, with the qualifiers, in the graphs of a release too."""
    facts, rules = quads(curated, META), compile_axioms(quads(AXIOMS, GRAPH["ontology"])).rules
    found = inherit_qualifiers(derive(premises_of(facts), rules), facts, rules, CURATORS)
    release = Store.in_memory(assemble_release(facts, [], found, rules, CURATORS))
    for each in found.derivations:
        graph = name_derived_graph(each)
        assert release.contains(each.triple, graph)
        assert set(values(release, graph, *QUALIFYING)) == set(each.qualifiers)
        assert values(release, graph, GLOCAL["byRule"]) == [RULE[each.rule]]
    return {
        each.rule: tuple(one.value.removeprefix(GLOCAL) for one in each.qualifiers)
        for each in found.derivations
    }


def test_what_is_derived_has_the_qualifiers_of_all_premises() -> None:
    assert qualifiers_by_rule(LED_MAINLY + PART_OFTEN) == {
        CHAIN: ("Mainly", "Often"),
        SUB: ("Mainly", "Often"),
    }


def test_a_derived_graph_is_named_after_them() -> None:
    facts, rules = quads(LED_MAINLY + PART, META), compile_axioms(quads(AXIOMS, META)).rules
    found = inherit_qualifiers(derive(premises_of(facts), rules), facts, rules, CURATORS)

    assert [name_derived_graph(each) for each in found.derivations] == [
        GRAPH[f"derived-fact-{SUB}--Mainly"],
        GRAPH[f"derived-fact-{CHAIN}--Mainly"],
    ]


def test_what_also_follows_from_plain_statements_has_none() -> None:
    runs = evidence("p01.1-fact-3", "Fact", "id:A glocal:runs id:C")

    assert qualifiers_by_rule(LED_MAINLY + PART_OFTEN + runs) == {
        CHAIN: (),
        SUB: (),
        "prp-spo1-runs-reaches": (),
    }


def test_of_several_proofs_the_smallest_counts() -> None:
    runs = evidence("p01.1-fact-3", "Fact", "id:A glocal:runs id:C")
    usually = runs + "ev:p01.1-fact-3 glocal:hasFrequency glocal:Usually ."

    found = qualifiers_by_rule(LED_MAINLY + PART_OFTEN + usually)

    assert set(found.values()) == {("Usually",)}


def test_a_literal_may_be_spelled_as_no_store_does() -> None:
    text = LED_MAINLY.replace("id:B", '"68.0"^^xsd:decimal')
    axioms = "glocal:leads rdfs:subPropertyOf glocal:touches ."
    facts, rules = quads(text, META), compile_axioms(quads(axioms, META)).rules

    found = inherit_qualifiers(derive(premises_of(facts), rules), facts, rules, CURATORS)

    assert [each.qualifiers for each in found.derivations] == [(GLOCAL["Mainly"],)]


def test_every_derived_graph_of_the_paper_has_those_of_the_proofs(newest_release: Path) -> None:
    store = Store.open(newest_release)
    explainer = Explainer(store)
    by_statement: dict[tuple[Triple, Standing], set[frozenset[NamedNode]]] = defaultdict(set)
    for typing in store.triples(None, RDF["type"], GLOCAL["DerivedGraph"], graph=META):
        graph = typing.subject
        assert isinstance(graph, NamedNode)
        described = {name: values(store, graph, name) for name in STANDING_PROPERTIES}
        [standing] = standings_described(described)
        qualifiers = frozenset(values(store, graph, *QUALIFYING))
        for quad in store.quads_of_graph(graph):
            by_statement[quad.triple, standing].add(qualifiers)
    inherited = 0
    for (one, standing), several in by_statement.items():
        [qualifiers] = several
        codes = explainer.facts.vocabulary.encode_triple(one)
        proved = set(explainer.smallest_proof(codes, standing).qualifiers)
        # A triple without any may have a smaller proof from premises with some.
        assert qualifiers in (proved, frozenset())
        inherited += bool(qualifiers)
    assert inherited > 300
