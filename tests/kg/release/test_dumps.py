"""Every dump loads back to the statements it should have.

Nanopublications follow their guidelines, section "Well-formed Nanopublications".
"""

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterable

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import DCTERMS, EVIDENCE, GLOCAL, GRAPH, NP, PROV, RDF, SOURCE
from kg.release.dumps import (
    DUMPS,
    ReleaseContent,
    dump_text,
    nanopublication_iri,
    to_nanopublication,
)
from kg.release.void import void_description
from kg.store.quad_store import Store
from kg.store.release_folder import DUMP_FILES
from kg.store.serialization import gzip_text

SYNTAX = {
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
    "text/turtle": RdfFormat.TURTLE,
}
CLAIM = NamedNode(f"{EVIDENCE}p01.1-claim-Ann")


def loaded(small: Store, name: str) -> set[Quad]:
    return set(parse(dump_text(DUMPS[name], small), format=SYNTAX[DUMPS[name].media_type]))


# Blank nodes keep their canonical names in every format, so sets can be compared.
@pytest.mark.parametrize("name", ["nquads", "trig"])
def test_a_dump_of_all_graphs_holds_exactly_these(small: Store, name: str) -> None:
    assert loaded(small, name) == set(small.quads())


def test_the_turtle_file_is_the_default_graph(small: Store) -> None:
    held = {Quad(one.subject, one.predicate, one.object) for one in small.triples()}

    assert loaded(small, "turtle") == held


def test_with_reifiers_a_triple_has_every_status_that_it_stands_under(small: Store) -> None:
    reifies = RDF["reifies"]
    triples = {quad.triple for quad in loaded(small, "rdf12")}
    reified = {(one.subject, one.object) for one in triples if one.predicate == reifies}
    kinds = GLOCAL["Evidence"], GLOCAL["DerivedGraph"]
    said = {one.subject for one in small.quads_of_graph(GRAPH["meta"]) if one.object in kinds}

    assert {one for one in triples if one.predicate != reifies} == set(small.triples())
    assert reified == {
        (quad.graph_name, quad.triple) for quad in small.quads() if quad.graph_name in said
    }


def test_with_reifiers_a_claim_is_told_and_not_stated(small: Store) -> None:
    triples = {quad.triple for quad in loaded(small, "rdf12")}
    claimed = {
        one.object for one in triples if one.subject == CLAIM and one.predicate == RDF["reifies"]
    }

    assert claimed == {quad.triple for quad in small.quads_of_graph(CLAIM)}
    assert not claimed & triples
    assert Triple(CLAIM, GLOCAL["hasStatus"], GLOCAL["Claim"]) in triples


@pytest.mark.parametrize("name", DUMPS)
def test_the_file_of_the_release_is_what_is_made_of_its_store(small: Store, name: str) -> None:
    dump, shuffled = DUMPS[name], sorted(small.quads(), key=hash)
    made = gzip_text(dump.write(ReleaseContent(shuffled, void_description(small))))

    assert small.folder is not None
    assert (small.folder / dump.file).read_bytes() == made


def test_a_store_without_a_release_is_written_as_well() -> None:
    quad = Quad(GLOCAL["a"], GLOCAL["b"], GLOCAL["c"], DefaultGraph())

    text = dump_text(DUMPS["nquads"], Store.in_memory([quad]))
    assert text == f"{GLOCAL['a']} {GLOCAL['b']} {GLOCAL['c']} .\n".encode()


def test_a_packed_file_says_nothing_of_when_and_where() -> None:
    assert gzip_text(b"text")[3:8] == b"\0\0\0\0\0"
    assert gzip.decompress(gzip_text(b"text")) == b"text"


def test_the_sums_of_the_release_are_those_of_its_files(small: Store) -> None:
    assert small.folder is not None
    sums = (small.folder / "SHA256SUMS").read_text().splitlines()
    named = {line.split("  ")[1]: line.split("  ")[0] for line in sums}

    for name in (*DUMP_FILES, "glocal.nq.gz", "release.json", "content/compiled.rq"):
        assert named[name] == hashlib.sha256((small.folder / name).read_bytes()).hexdigest()


def test_every_file_is_known_to_be_of_a_release() -> None:
    made = {dump.file for dump in DUMPS.values() if not dump.is_source}

    assert made == set(DUMP_FILES)


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
def graphs(small: Store) -> Graphs:
    return by_graph(parse(dump_text(DUMPS["nanopubs"], small), format=RdfFormat.TRIG))


def test_every_one_is_well_formed(graphs: Graphs) -> None:
    found = {name: what_is_wrong(name, head, graphs) for name, head in heads(graphs).items()}

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    # Four graphs each, and no others.
    assert len(graphs) == 4 * len(found)


def test_the_check_finds_what_is_broken(graphs: Graphs) -> None:
    name, head = next(iter(heads(graphs).items()))
    broken = {**graphs, head: {one for one in graphs[head] if one.predicate != NP[PARTS[1]]}}

    assert what_is_wrong(name, head, broken) == [
        "hasProvenance: not exactly one graph with a triple",
        "names are shared",
        "the head says more",
    ]


def test_the_assertions_are_the_evidence_graphs(small: Store, graphs: Graphs) -> None:
    evidence = by_graph(
        quad for quad in small.quads() if str(quad.graph_name).startswith(f"<{EVIDENCE}")
    )

    asserted = {graph for graph in graphs if str(graph).startswith(f"<{EVIDENCE}")}
    assert {graph: graphs[graph] for graph in asserted} == evidence
    assert {nanopublication_iri(graph) for graph in evidence} == set(heads(graphs))


def test_provenance_says_passage_holder_and_status_in_both_vocabularies() -> None:
    passage, holder = NamedNode(f"{SOURCE}wang/p01.1"), GLOCAL["Ann"]
    about = [
        Triple(EVIDENCE_OF_A, GLOCAL["fromPassage"], passage),
        Triple(EVIDENCE_OF_A, GLOCAL["heldBy"], holder),
        Triple(EVIDENCE_OF_A, GLOCAL["hasStatus"], GLOCAL["Claim"]),
    ]
    made = by_graph(to_nanopublication(EVIDENCE_OF_A, [Triple(A, B, A)], about, []))

    provenance = made[NamedNode(f"{nanopublication_iri(EVIDENCE_OF_A).value}#provenance")]
    assert provenance == {
        *about,
        Triple(EVIDENCE_OF_A, PROV["wasDerivedFrom"], passage),
        Triple(EVIDENCE_OF_A, PROV["wasAttributedTo"], holder),
    }
