import pytest
from pyoxigraph import Variable

from kg.remote.queries.query_reader import read_query
from kg.remote.queries.value_kinds import Kinds, ValueKinds
from kg.store.sparql.query import Query

_KINDS = {
    "number": frozenset({"integer", "decimal"}),
    "text": frozenset({"text"}),
    "node": frozenset({"iri", "blank"}),
}


def _kinds(pattern: str) -> ValueKinds:
    select = read_query(Query(f"PREFIX x: <x:> SELECT * {{ {pattern} }}"))
    return ValueKinds(select, lambda predicate: _KINDS[predicate.value.removeprefix("x:")])


@pytest.mark.parametrize(
    "pattern",
    [
        "?s x:number ?o",
        "{ ?s x:number ?o } UNION { ?t x:number ?o }",
        "?s ?p ?o VALUES ?o { x:a x:b }",
        "?s ?p ?o . ?t ?q ?o VALUES ?o { x:a }",
        "?s ?p ?o . ?t ?q ?o . ?o a x:C",
        "?s ?p ?o OPTIONAL { ?o x:text ?l }",
        "{ ?s ?p ?o . ?t ?q ?o . ?o a x:C } UNION { ?s ?p ?o }",
        "?s x:text ?o . ?t x:text ?o",
        "GRAPH ?g { ?s ?p ?g } ?t ?q ?g",
        "?s x:number ?o { SELECT ?s { ?s x:number ?o } }",
    ],
)
def test_a_join_that_no_number_takes_part_in_is_equal(pattern: str) -> None:
    assert [*_kinds(pattern).unequal_joins()] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "?s x:number ?o . ?t x:number ?o",
        "?s x:number ?o { ?t x:number ?o } UNION { ?t x:text ?l }",
        "?s x:number ?o . ?t x:number ?o OPTIONAL { ?o a x:C }",
        "{ ?s x:number ?o . ?t x:number ?o } UNION { ?o a x:C }",
        "?s x:number ?o FILTER EXISTS { ?t x:number ?o }",
        "?s x:number ?o MINUS { ?t x:number ?o }",
        "?s x:number ?o OPTIONAL { ?t x:number ?o VALUES ?o { x:a } } ?u x:number ?o",
        "?s x:number ?o { SELECT ?o { ?t x:number ?o } }",
        "?s x:number ?o { SELECT (COUNT(*) AS ?o) { ?t a x:C } }",
        "?s x:number ?o BIND(1 AS ?o)",
    ],
)
def test_a_join_on_numbers_of_several_types_is_found(pattern: str) -> None:
    assert [*_kinds(pattern).unequal_joins()] == ["a join on numbers of several types"]


@pytest.mark.parametrize(
    ("pattern", "kinds"),
    [
        ("?s x:number ?o", _KINDS["number"]),
        ("?s x:number ?o . ?o a x:C", _KINDS["node"]),
        ("?s x:number ?o OPTIONAL { ?o a x:C }", _KINDS["number"] | _KINDS["node"]),
        ("{ ?s x:number ?o } UNION { ?o a x:C }", _KINDS["number"] | _KINDS["node"]),
        ("?s x:node ?o VALUES ?o { x:a }", frozenset({"iri"})),
        ('VALUES ?o { x:a "b" } ?s ?p ?o', frozenset({"iri", "text"})),
        ("{ VALUES ?o { x:a } } UNION { ?s x:text ?o }", frozenset({"iri", "text"})),
        ("?s ?p ?o", None),
        ("?s ?p ?t BIND(?t AS ?o)", None),
    ],
)
def test_kinds_are_those_that_a_whole_solution_may_have(pattern: str, kinds: Kinds | None) -> None:
    assert _kinds(pattern).of(Variable("o")) == kinds
