import pytest
from pyoxigraph import RdfFormat, Store

from benchmarks.conformance.answers import Answer, answer

pytestmark = pytest.mark.standards

PREFIX = "PREFIX : <https://example.org/>"


def asked(turtle: str, query: str) -> Answer:
    store = Store()
    store.load(f"@prefix : <https://example.org/> . {turtle}", format=RdfFormat.TURTLE)
    return answer(store.query(f"{PREFIX} {query}"))


def test_blank_nodes_may_have_other_names_but_not_other_places() -> None:
    query = "SELECT ?x ?y { ?x :p ?y }"
    chain = asked("_:a :p _:b . _:b :p _:c .", query)

    assert chain == asked("_:c :p _:x . _:b :p _:c .", query)
    assert chain != asked("_:a :p _:b . _:c :p _:d .", query)


def test_a_row_counts_as_often_as_it_is_there() -> None:
    twice = asked(":a :p 1 , 2 .", "SELECT ?x { ?x :p ?y }")

    assert twice != asked(":a :p 1 .", "SELECT ?x { ?x :p ?y }")
    assert twice == asked(":a :p 3 , 4 .", "SELECT ?x { ?x :p ?y }")


def test_an_unbound_variable_is_not_a_value_and_ask_is_true_or_false() -> None:
    query = "SELECT ?x ?z { ?x :p ?y OPTIONAL { ?x :q ?z } }"

    assert asked(":a :p 1 .", query) != asked(":a :p 1 ; :q 2 .", query)
    assert asked(":a :p 1 .", "ASK { ?x :p 1 }") is True
    assert asked(":a :p 1 .", "ASK { ?x :q 1 }") is False
