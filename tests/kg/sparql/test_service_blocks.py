import pytest

from kg.errors import MalformedQuery, RefusedQuery
from kg.sparql.query import Query


def starts(text: str) -> list[str]:
    return [text[block.start : block.end] for block in Query(text).services]


@pytest.mark.parametrize(
    "block",
    [
        "SERVICE <http://e/s> { ?s ?p ?o }",
        "service<http://e/s>{?s ?p ?o}",
        "SERVICE SILENT e:s { ?s ?p '}' }",
        "SERVICE # { SERVICE\n <http://e/#x> { ?s ?p '''}'\"}''' # }\n }",
        "SERVICE ?e { { ?s ?p ?o } OPTIONAL { SERVICE <http://e/t> { } } }",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "SELECT * {{ {} }}",
        "SELECT * {{ ?s ?p '{{ SERVICE <x> {{' . OPTIONAL {{ {} }} }}",
        "ASK {{ {{ SELECT ?s {{ {} }} }} UNION {{ ?service ?p ?o }} }}",
        "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH ?g {{ {} ?s <http://e/SERVICE> ?o }} }}",
        "SELECT * {{ ?s ?p ?o FILTER(?o > 1 && EXISTS {{ {} }}) }} # SERVICE <x> {{",
    ],
)
def test_a_block_is_found_from_its_keyword_to_its_brace(around: str, block: str) -> None:
    assert starts(around.format(block)) == [block]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service ?p 'SERVICE <http://e/> { }' }",
        "SELECT * { ?s service:x <http://e/service> } # SERVICE <http://e/> { }",
        "SELECT * { ?s ?p _:service, '''SERVICE <x> {''' }",
    ],
)
def test_what_only_looks_like_the_keyword_is_none(text: str) -> None:
    assert Query(text).services == []


def test_a_block_knows_its_endpoint_its_group_and_whether_it_is_silent() -> None:
    [one, other] = Query("ASK { SERVICE SILENT <x> { ?a ?b 1 } SERVICE ?e { } }").services

    assert (one.endpoint.text, one.is_silent, one.body) == ("<x>", True, " ?a ?b 1 ")
    assert (other.variable, other.is_silent, other.body) == ("e", False, " ")
    assert one.variables == {"a", "b"}


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("?a <p> ?b . [ <q> ?c ] <r> $d", ("a", "b", "d")),
        ("?a <p> 1 OPTIONAL { ?a <p> ?b } FILTER(?c > 1) BIND(1 AS ?d)", ("a",)),
        ("{ ?a <p> ?b } UNION { ?c <p> ?d } GRAPH ?g { ?a ?b ?c } ?z <p> 1", ("z",)),
        ("VALUES ?a { 1 UNDEF } VALUES (?b ?c) { (1 UNDEF) } ?d <p> 2", ("d",)),
        ("SELECT ?a { ?a <p> ?b } GROUP BY ?c", ()),
        ("SERVICE ?e { ?a ?b ?c } SERVICE SILENT ?f { } ?x <p> (?y)", ("x",)),
    ],
)
def test_what_every_solution_binds_are_the_terms_of_its_own_triple_patterns(
    body: str, names: tuple[str, ...]
) -> None:
    [block, *_] = Query(f"ASK {{ SERVICE <s> {{ {body} }} }}").services

    assert block.certain_variables == names


@pytest.mark.parametrize(
    "text",
    [
        "ASK {\n SERVICE }",
        "ASK {\n SERVICE <x> ?s ?p ?o }",
        "ASK {\n SERVICE <x> { { ?s ?p ?o } ",
        "ASK {\n SERVICE SILENT:x { ?s ?p ?o } }",
        "ASK {\n SERVICESILENT<x> { ?s ?p ?o } }",
        "ASK {\n SERVICE SILENT { ?s ?p ?o } }",
    ],
)
def test_a_keyword_without_endpoint_and_group_is_a_mistake_with_its_line(text: str) -> None:
    with pytest.raises(MalformedQuery) as caught:
        _ = Query(text).services

    assert (caught.value.line, caught.value.column) == (2, 2)


def test_where_a_comparison_could_hide_a_brace_the_query_is_refused() -> None:
    with pytest.raises(RefusedQuery, match=r"needs a space after it \(line 1, column 17\)"):
        _ = Query("ASK { FILTER(?a <?b)#>\nSERVICE <x> { ?s ?p ?o } }").services
