import pytest
from pyoxigraph import Store

from kg.sparql.query import Query
from kg.sparql.query_parts import PatternPart, asks_for, read_parts

PREFIX = "PREFIX g: <http://g/> "


def parts_of(text: str) -> list[PatternPart]:
    return read_parts(Query(PREFIX + text))


def test_each_triple_of_a_subject_is_a_part() -> None:
    query = 'SELECT * WHERE { ?c a g:City ; g:in/g:on* ?x , "a"@en , "b"^^g:t, -5 . ?x g:p g:C40. }'

    assert [part.text for part in parts_of(query)] == [
        "?c a g:City .",
        "?c g:in/g:on* ?x .",
        '?c g:in/g:on* "a"@en .',
        '?c g:in/g:on* "b"^^g:t .',
        "?c g:in/g:on* -5 .",
        "?x g:p g:C40 .",
    ]


def test_other_elements_are_parts_by_their_keyword() -> None:
    query = """ASK { { ?a ?b ?c } UNION { SELECT * { ?x ?y ?z } } MINUS { ?a ?b 1 }
        VALUES (?a ?b) { (1 2) } BIND(1 AS ?d) OPTIONAL { ?a g:z ?z }
        FILTER NOT EXISTS { ?q ?r ?s } FILTER regex(?a, "}") FILTER(?a > 3 && ?b) }"""

    assert [(part.kind, part.text) for part in parts_of(query)] == [
        ("GROUP", "{ ?a ?b ?c } UNION { SELECT * { ?x ?y ?z } }"),
        ("MINUS", "MINUS { ?a ?b 1 }"),
        ("VALUES", "VALUES (?a ?b) { (1 2) }"),
        ("BIND", "BIND(1 AS ?d)"),
        ("OPTIONAL", "OPTIONAL { ?a g:z ?z }"),
        ("FILTER", "FILTER NOT EXISTS { ?q ?r ?s }"),
        ("FILTER", 'FILTER regex(?a, "}")'),
        ("FILTER", "FILTER(?a > 3 && ?b)"),
    ]


def test_the_triples_of_a_graph_are_parts_that_the_graph_joins() -> None:
    parts = parts_of(
        "SELECT * { GRAPH ?g { ?a g:p ?b ; g:q ?c } GRAPH ?h { ?a g:r ?d FILTER(?d) } }"
    )

    assert [part.text for part in parts] == [
        "GRAPH ?g { ?a g:p ?b . }",
        "GRAPH ?g { ?a g:q ?c . }",
        "GRAPH ?h { ?a g:r ?d FILTER(?d) }",
    ]


@pytest.mark.parametrize(
    "block", ["[ g:a ?x ] g:b ?y ; g:c ?z", "( 1 2 ) g:b ?y ; g:c ?z", "<< ?a ?b ?c >> g:b ?y"]
)
def test_a_subject_without_a_name_is_not_taken_apart(block: str) -> None:
    assert [part.text for part in parts_of(f"ASK {{ {block} }}")] == [f"{block} ."]


def test_a_query_without_a_pattern_has_no_parts() -> None:
    assert parts_of("DESCRIBE <http://a>") == []


def test_the_pattern_is_that_after_where_not_a_template_or_an_expression() -> None:
    construct = parts_of("CONSTRUCT { ?a g:new ?b } WHERE { ?a g:old ?b . }")
    select = parts_of("SELECT (EXISTS { ?x ?y ?z } AS ?e) { ?a g:old ?b }")

    assert construct == select == [PatternPart("triple", "?a g:old ?b .")]


def test_parts_are_asked_for_in_the_dataset_of_the_query() -> None:
    text = "SELECT ?a FROM <http://one> FROM NAMED <http://two> { ?a g:p ?b ; g:q ?c }"
    query = Query(PREFIX + text)

    asked = asks_for(query, read_parts(query)[1:])

    assert "FROM <http://one>\nFROM NAMED <http://two>\n" in asked
    assert "g:p" not in asked
    assert bool(Store().query(asked)) is False
