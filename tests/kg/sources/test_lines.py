"""The line of a statement, in Turtle and TriG."""

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from kg.content import own_content
from kg.namespaces import EVIDENCE, GLOCAL, ID, RDF, RDFS, SKOS
from kg.sources.files import read_file
from kg.sources.lines import find_line, statement_positions, term_key

TURTLE = '''\
@prefix id: <https://w3id.org/glocal/id/> .
@prefix glocal: <https://w3id.org/glocal/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

# id:Lyon is not here
id:Lyon
    a glocal:City ;
    rdfs:label "Lyon"@en ,
        # in Chinese
        "里昂"@zh ;
    rdfs:comment """first
second
third""" ; glocal:rank 007 ;
    glocal:hosted [
        rdfs:label "a meeting"@en ;
        glocal:value 1.50
    ] , id:Fair ;
    glocal:names (
        id:One
        id:Two
    ) .
id:Lyon glocal:memberOf id:Eurocities . id:Oslo glocal:memberOf
    id:C40 .
'''
TRIG = """\
@prefix ev: <https://w3id.org/glocal/evidence/> .
@prefix id: <https://w3id.org/glocal/id/> .
@prefix glocal: <https://w3id.org/glocal/ontology#> .

ev:a {
    id:C40 glocal:foundedAt id:London ,
        id:Paris .
}

ev:a a glocal:Evidence ;
    glocal:hasStatus glocal:Fact .

ev:b {
    id:C40 glocal:foundedAt id:London .
}
"""


@pytest.fixture
def turtle(tmp_path: Path) -> Path:
    path = tmp_path / "a.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return path


@pytest.fixture
def trig(tmp_path: Path) -> Path:
    path = tmp_path / "a.trig"
    path.write_text(TRIG, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("predicate", "value", "line"),
    [
        (RDF["type"], GLOCAL["City"], 7),
        (RDFS["label"], Literal("Lyon", language="en"), 8),
        (RDFS["label"], Literal("里昂", language="zh"), 10),
        (RDFS["comment"], Literal("first\nsecond\nthird"), 11),
        (GLOCAL["rank"], None, 13),
        (GLOCAL["hosted"], BlankNode(), 14),
        (GLOCAL["hosted"], ID["Fair"], 17),
        (GLOCAL["names"], None, 18),
        (GLOCAL["memberOf"], ID["Eurocities"], 22),
    ],
)
def test_each_object_has_its_own_line(
    turtle: Path, predicate: NamedNode, value: NamedNode | Literal | None, line: int
) -> None:
    assert find_line(turtle, ID["Lyon"], predicate, value) == line


def test_a_statement_about_a_blank_node_is_found_by_its_object(turtle: Path) -> None:
    label = Literal("a meeting", language="en")

    assert find_line(turtle, BlankNode(), RDFS["label"], label) == 15
    assert find_line(turtle, BlankNode(), GLOCAL["value"], None) == 16


def test_an_object_on_the_next_line_counts_there(turtle: Path) -> None:
    assert find_line(turtle, ID["Oslo"], GLOCAL["memberOf"]) == 23


def test_what_is_not_there_is_found_at_what_comes_nearest(turtle: Path) -> None:
    assert find_line(turtle, ID["Lyon"], RDFS["label"], Literal("Lyons", language="en")) == 8
    assert find_line(turtle, ID["Lyon"], SKOS["note"]) == 7
    assert find_line(turtle, ID["Paris"]) is None


def test_one_triple_in_two_graphs_has_two_lines(trig: Path) -> None:
    triple = ID["C40"], GLOCAL["foundedAt"], ID["London"]

    assert find_line(trig, *triple, graph=EVIDENCE["a"]) == 6
    assert find_line(trig, *triple, graph=EVIDENCE["b"]) == 14
    assert find_line(trig, *triple) == 6


def test_a_graph_stands_at_its_description_or_else_at_its_opening(trig: Path) -> None:
    assert find_line(trig, EVIDENCE["a"]) == 10
    assert find_line(trig, EVIDENCE["b"]) == 13


def test_a_file_that_cannot_be_parsed_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("id:Lyon a id:City .", encoding="utf-8")

    assert find_line(path, ID["Lyon"]) is None


def test_every_statement_of_the_real_files_has_a_line() -> None:
    paths = [*own_content().curated.rglob("*.ttl"), *own_content().curated.rglob("*.trig")]
    for path in [*paths, *own_content().ontology.glob("*.ttl")]:
        held = {(at.subject, at.predicate, at.object) for at in statement_positions(path)}
        asked = {
            (term_key(quad.subject), term_key(quad.predicate), term_key(quad.object))
            for quad in read_file(path)
            if not quad.predicate.value.startswith((RDF["first"].value, RDF["rest"].value))
        }
        assert asked - held == set(), path
