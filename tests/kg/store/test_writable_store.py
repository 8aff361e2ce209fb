import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad

from kg.errors import MalformedUpdate, RefusedQuery, UnknownName, UpdateFailed
from kg.store.writable_store import WritableStore

S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")
ONE = Quad(S, P, Literal("1"))


@pytest.fixture
def store() -> WritableStore:
    return WritableStore.in_memory([])


def test_quads_go_to_the_graph_that_is_meant(store: WritableStore) -> None:
    assert store.add(G, [ONE])
    assert not store.add(G, [Quad(S, P, Literal("2"), NamedNode("a:other"))])
    assert {str(quad.graph_name) for quad in store.quads()} == {"<a:g>"}
    assert not store.replace(G, [])
    assert (list(store.quads()), store.has_graph(G)) == ([], True)
    assert not store.add(DefaultGraph(), [ONE])


def test_a_graph_that_there_is_not_cannot_be_dropped(store: WritableStore) -> None:
    store.add(G, [])
    store.drop(G)

    with pytest.raises(UnknownName):
        store.drop(G)
    store.drop(DefaultGraph())


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("CREATE GRAPH <a:g> ; CREATE GRAPH <a:g>", UpdateFailed),
        ("INSERT {} WHERE { FILTER(<a:f>()) } ; INSERT DATA { <a:s> <a:p> }", MalformedUpdate),
        ("LOAD <a:x> ; INSERT DATA { <a:s> <a:p> }", MalformedUpdate),
        ("LOAD <http://127.0.0.1:9/> ; CLEAR GRAPH <a:none>", RefusedQuery),
        ("INSERT { <a:s> <a:p> ?f } WHERE { BIND(<a:f>() AS ?f) }", RefusedQuery),
    ],
)
def test_what_is_wrong_with_an_update_is_told(
    store: WritableStore, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.update(text)


def test_a_compact_copy_has_the_same_quads_and_graphs(store: WritableStore) -> None:
    store.add(G, [])
    store.add(DefaultGraph(), [ONE, Quad(BlankNode("b"), P, S)])
    copy = store.compact_copy()
    store.drop(G)

    assert set(copy.quads()) == {ONE, Quad(BlankNode("b"), P, S)}
    assert copy.named_graphs == (G,)
