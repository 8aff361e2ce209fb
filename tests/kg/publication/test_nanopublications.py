"""Nanopublications by the rules of their guidelines, section "Well-formed Nanopublications"."""

from collections import defaultdict
from collections.abc import Iterable

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import DCTERMS, EVIDENCE, GLOCAL, NP, PROV, RDF, SOURCE
from kg.publication.dumps import DUMPS, dumped
from kg.publication.nanopublications import name_of, nanopublication
from kg.store.quad_store import Store

PARTS = ("hasAssertion", "hasProvenance", "hasPublicationInfo")
Graphs = dict[object, set[Triple]]
A, B = GLOCAL["a"], GLOCAL["b"]
EVIDENCE_OF_A = NamedNode(f"{EVIDENCE}p01.1-fact")


def by_graph(quads: Iterable[Quad]) -> Graphs:
    found: defaultdict[object, set[Triple]] = defaultdict(set)
    for quad in quads:
        found[quad.graph_name].add(quad.triple)
    return dict(found)


def heads(graphs: Graphs) -> dict[NamedNode, NamedNode]:
    """Each nanopublication and the graph that says that it is one."""
    return {
        triple.subject: graph
        for graph, triples in graphs.items()
        for triple in triples
        if triple.predicate == RDF["type"] and triple.object == NP["Nanopublication"]
    }


def what_is_wrong(name: NamedNode, head: NamedNode, graphs: Graphs) -> list[str]:
    """The rules that this nanopublication breaks."""
    found = []
    parts = []
    for part in PARTS:
        named = [one.object for one in graphs[head] if one.predicate == NP[part]]
        if len(named) != 1 or not graphs.get(named[0]):
            found.append(f"{part}: not exactly one graph with a triple")
        parts += named
    if len({name, head, *parts}) != 5:
        found.append("names are shared")
    if len(graphs[head]) != 4:
        found.append("the head says more")
    if found:
        return found
    assertion, provenance, info = parts
    if not any(assertion in (one.subject, one.object) for one in graphs[provenance]):
        found.append("the provenance is of something else")
    if not any(name in (one.subject, one.object) for one in graphs[info]):
        found.append("the publication info is of something else")
    said = {one.predicate for one in graphs[info] if one.subject == name}
    if not {DCTERMS["created"], DCTERMS["creator"], DCTERMS["license"]} <= said:
        found.append("who, when, under which licence")
    terms = {term for graph in (head, *parts) for one in graphs[graph] for term in one}
    if any(isinstance(term, BlankNode) for term in terms):
        found.append("a blank node")
    return found


@pytest.fixture(scope="module")
def graphs(release: Store) -> Graphs:
    return by_graph(parse(dumped(DUMPS["nanopubs"], release), format=RdfFormat.TRIG))


def test_every_one_is_well_formed(graphs: Graphs) -> None:
    found = {name: what_is_wrong(name, head, graphs) for name, head in heads(graphs).items()}

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    # Four graphs each, and none beside.
    assert len(graphs) == 4 * len(found)


def test_the_check_finds_what_is_broken(graphs: Graphs) -> None:
    name, head = next(iter(heads(graphs).items()))
    broken = {**graphs, head: {one for one in graphs[head] if one.predicate != NP[PARTS[1]]}}

    assert what_is_wrong(name, head, broken) == [
        "hasProvenance: not exactly one graph with a triple",
        "names are shared",
        "the head says more",
    ]


def test_the_assertions_are_the_evidence_graphs(release: Store, graphs: Graphs) -> None:
    evidence = by_graph(
        quad for quad in release.quads() if str(quad.graph_name).startswith(f"<{EVIDENCE}")
    )

    asserted = {graph for graph in graphs if str(graph).startswith(f"<{EVIDENCE}")}
    assert {graph: graphs[graph] for graph in asserted} == evidence
    assert {name_of(graph) for graph in evidence} == set(heads(graphs))


def test_provenance_says_passage_holder_and_status_in_both_vocabularies() -> None:
    passage, holder = NamedNode(f"{SOURCE}wang/p01.1"), GLOCAL["Ann"]
    about = [
        Triple(EVIDENCE_OF_A, GLOCAL["fromPassage"], passage),
        Triple(EVIDENCE_OF_A, GLOCAL["heldBy"], holder),
        Triple(EVIDENCE_OF_A, GLOCAL["hasStatus"], GLOCAL["Claim"]),
    ]
    made = by_graph(nanopublication(EVIDENCE_OF_A, [Triple(A, B, A)], about, []))

    provenance = made[NamedNode(f"{name_of(EVIDENCE_OF_A).value}#provenance")]
    assert provenance == {
        *about,
        Triple(EVIDENCE_OF_A, PROV["wasDerivedFrom"], passage),
        Triple(EVIDENCE_OF_A, PROV["wasAttributedTo"], holder),
    }
