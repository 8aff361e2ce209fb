"""A query that names `owl:sameAs` finds that everything is the same as itself."""

import pytest
from pyoxigraph import RdfFormat, Store

from kg.namespaces import OWL
from kg.reasoning.regimes.reflexive_equality import with_reflexive_equality
from kg.sparql.query import Query

PREFIXES = f"PREFIX : <https://example.org/> PREFIX owl: <{OWL}>"
DATA = f"{PREFIXES} :a :p :b , 1 . :b owl:sameAs :c ."


def rows(text: str) -> set[tuple[str, ...]]:
    store = Store()
    store.load(DATA, format=RdfFormat.TURTLE)
    query = with_reflexive_equality(Query(f"{PREFIXES} {text}"))
    found = store.query(query.text)
    return {tuple(str(value).rpartition("/")[2].rstrip(">") for value in row) for row in found}


def test_a_thing_is_the_same_as_itself_and_a_literal_is_no_subject() -> None:
    assert rows("SELECT ?y { :a :p ?x . ?x owl:sameAs ?y }") == {("b",), ("c",)}
    assert rows("SELECT ?x { ?x owl:sameAs ?y . ?y :p :b . }") == {("a",)}
    assert rows("SELECT ?y { ?x :p ?z ; owl:sameAs ?y }") == {("a",)}


def test_a_subject_before_a_semicolon_is_found() -> None:
    query = with_reflexive_equality(Query(f"{PREFIXES} ASK {{ ?x a ?c ; owl:sameAs ?y }}"))

    assert "FILTER(!isLiteral(?x))" in query.text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x { ?x :p :b }",
        "SELECT ?x { ?x owl:sameAs+ ?y }",
        "SELECT ?x { ?x owl:sameAs/:p ?y }",
        "SELECT ?x { ?x :p owl:sameAs . }",
        "SELECT ?p { VALUES ?p { :p owl:sameAs :q } ?x ?p ?y }",
        "SELECT ?p { owl:sameAs :p ?y }",
        "SELECT ?x { ?x :p [ owl:sameAs ?y ] }",
        "CONSTRUCT { ?x owl:sameAs ?y } WHERE { ?x :p ?y }",
        "SELECT ?x { ?x :p 'owl:sameAs' }",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    query = Query(f"{PREFIXES} {text}")

    assert with_reflexive_equality(query) == query


def test_the_pattern_of_a_construct_is_changed_and_its_template_is_not() -> None:
    text = f"{PREFIXES} CONSTRUCT {{ ?x owl:sameAs ?y }} WHERE {{ ?x owl:sameAs ?y }}"

    changed = with_reflexive_equality(Query(text)).text

    assert changed.count("(owl:sameAs)?") == 1
    assert changed.startswith(f"{PREFIXES} CONSTRUCT {{ ?x owl:sameAs ?y }}")
