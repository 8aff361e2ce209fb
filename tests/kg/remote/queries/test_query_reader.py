"""The parts of a query, by what its gaps and the triples that it needs are found."""

import pytest
from pyoxigraph import Literal, NamedNode, Variable

from kg.content import own_content
from kg.namespaces import PREFIXES
from kg.remote.queries.needed_quads import NeededQuads
from kg.remote.queries.query_reader import read_query
from kg.remote.queries.query_scanner import UnreadQuery
from kg.remote.queries.query_tree import Group, Path, Select, Triples
from kg.remote.queries.scopes import unsafe_joins
from kg.store.saved_queries import read_queries
from kg.store.sparql.query import Query

_DECLARED = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def _read(text: str) -> Select:
    return read_query(Query(_DECLARED + text))


def test_every_saved_question_is_read() -> None:
    for query in read_queries(own_content().queries).values():
        select = read_query(Query(query.text))

        assert [variable.value for variable, _ in select.items] == [*query.variables]


def test_triples_have_their_terms_and_paths() -> None:
    select = _read("SELECT ?l { id:London a ?t ; glocal:memberOf/rdfs:label ?l , 'C40'@en . }")

    [element] = select.where.elements
    assert isinstance(element, Triples)
    assert [pattern[2] for pattern in element.patterns] == [
        Variable("t"),
        Variable("l"),
        Literal("C40", language="en"),
    ]
    assert isinstance(element.patterns[1][1], Path)


def test_a_comparison_beside_a_variable_is_no_iri() -> None:
    select = _read("SELECT ?a { ?s glocal:rank ?a , ?b FILTER(?a<?b&&?b>3) }")

    assert select.where.elements[1].expression.name == "&&"


@pytest.mark.parametrize("part", ["SERVICE <urn:x> { ?s ?p ?o }", "<< ?s ?p ?o >> ?q ?r"])
def test_what_is_not_known_is_not_read(part: str) -> None:
    with pytest.raises(UnreadQuery):
        _read(f"SELECT ?s {{ {part} }}")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("?s a ?t OPTIONAL { ?s rdfs:label ?l }", []),
        (
            "?s a ?t OPTIONAL { ?n a ?k OPTIONAL { ?s glocal:memberOf ?n } }",
            ["OPTIONAL with a variable that the pattern before it need not bind"],
        ),
        (
            "?s a ?t OPTIONAL { ?s glocal:memberOf ?n } ?n rdfs:label ?l",
            [
                "OPTIONAL with a variable that the pattern before it need not bind",
                "a join on a variable that may be unbound",
            ],
        ),
        (
            "?s a ?t MINUS { ?x a ?y }",
            ["MINUS without a variable that both of its sides bind"],
        ),
    ],
)
def test_unsafe_joins_are_found(pattern: str, found: list[str]) -> None:
    assert [*unsafe_joins(_read(f"SELECT ?s {{ {pattern} }}").where)] == found


def test_an_optional_pattern_is_restricted_by_the_one_before_it_alone() -> None:
    select = _read("SELECT ?s { ?s a ?t OPTIONAL { ?s rdfs:label ?l } ?l glocal:memberOf ?n }")

    questions = NeededQuads(select, {}).questions

    [label] = [one for one in questions if "label" in str(one.pattern.predicate)]
    assert [part.object for part in label.context] == [Variable("t")]


def test_a_parameter_restricts_what_is_needed() -> None:
    select = _read("SELECT ?s ?l { ?s rdfs:label ?l }")

    questions = NeededQuads(select, {Variable("s"): NamedNode("urn:a")}).questions

    assert [one.pattern.subject for one in questions] == [NamedNode("urn:a")]


def test_the_group_of_a_graph_has_its_name() -> None:
    select = _read("SELECT ?s { GRAPH ?g { ?s ?p ?o } }")

    [group] = select.where.elements
    assert isinstance(group, Group)
    assert group.graph == Variable("g")
