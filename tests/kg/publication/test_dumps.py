"""Every dump loads back to what it says it holds."""

import gzip
import hashlib

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import DERIVED, EVIDENCE, GLOCAL, RDF
from kg.publication.dumps import DUMPS, Content, dumped, packed
from kg.publication.void import void_of
from kg.store.quad_store import Store
from kg.store.release_folder import DUMP_FILES

SYNTAX = {
    "application/n-quads": RdfFormat.N_QUADS,
    "application/trig": RdfFormat.TRIG,
    "text/turtle": RdfFormat.TURTLE,
}
CLAIM = NamedNode(f"{EVIDENCE}p06.1-claim-StefanNiederhafner")


def loaded(release: Store, name: str) -> set[Quad]:
    return set(parse(dumped(DUMPS[name], release), format=SYNTAX[DUMPS[name].media_type]))


# Blank nodes keep their canonical names in every form, so that sets can be compared.
@pytest.mark.parametrize("name", ["nquads", "trig"])
def test_a_dump_of_all_graphs_holds_exactly_these(release: Store, name: str) -> None:
    assert loaded(release, name) == set(release.quads())


def test_the_turtle_file_is_the_default_graph(release: Store) -> None:
    held = {Quad(one.subject, one.predicate, one.object) for one in release.matching()}

    assert loaded(release, "turtle") == held


def test_with_reifiers_a_triple_has_every_status_that_it_stands_under(release: Store) -> None:
    reifies = RDF["reifies"]
    triples = {quad.triple for quad in loaded(release, "rdf12")}
    reified = {(one.subject, one.object) for one in triples if one.predicate == reifies}

    assert {one for one in triples if one.predicate != reifies} == set(release.matching())
    assert reified == {
        (quad.graph_name, quad.triple)
        for quad in release.quads()
        if isinstance(quad.graph_name, NamedNode)
        and quad.graph_name.value.startswith((EVIDENCE, f"{DERIVED.value}-"))
    }


def test_with_reifiers_a_claim_is_told_and_not_stated(release: Store) -> None:
    triples = {quad.triple for quad in loaded(release, "rdf12")}
    claimed = {
        one.object for one in triples if one.subject == CLAIM and one.predicate == RDF["reifies"]
    }

    assert claimed == {quad.triple for quad in release.graph(CLAIM)}
    assert not claimed & triples
    assert Triple(CLAIM, GLOCAL["hasStatus"], GLOCAL["Claim"]) in triples


@pytest.mark.parametrize("name", DUMPS)
def test_the_file_of_the_release_is_what_is_made_of_its_store(release: Store, name: str) -> None:
    dump, shuffled = DUMPS[name], sorted(release.quads(), key=hash)
    made = packed(dump.write(Content(shuffled, void_of(release))))

    assert release.folder is not None
    assert (release.folder / dump.file).read_bytes() == made


def test_a_store_without_a_release_is_written_as_well() -> None:
    quad = Quad(GLOCAL["a"], GLOCAL["b"], GLOCAL["c"], DefaultGraph())

    text = dumped(DUMPS["nquads"], Store.in_memory([quad]))
    assert text == f"{GLOCAL['a']} {GLOCAL['b']} {GLOCAL['c']} .\n".encode()


def test_a_packed_file_says_nothing_of_when_and_where() -> None:
    assert packed(b"text")[3:8] == b"\0\0\0\0\0"
    assert gzip.decompress(packed(b"text")) == b"text"


def test_the_sums_of_the_release_are_those_of_its_files(release: Store) -> None:
    assert release.folder is not None
    sums = (release.folder / "SHA256SUMS").read_text().splitlines()
    named = {line.split("  ")[1]: line.split("  ")[0] for line in sums}

    files = {path.name: path for path in release.folder.iterdir() if path.is_file()}
    assert named == {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in files.items()
        if name != "SHA256SUMS"
    }


def test_every_file_is_known_to_be_of_a_release() -> None:
    made = {dump.file for dump in DUMPS.values() if not dump.is_source}

    assert made == set(DUMP_FILES)
