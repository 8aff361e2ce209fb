from io import BytesIO

import pytest
from pyoxigraph import BaseDirection, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.errors import (
    KgError,
    LimitExceeded,
    MalformedParameter,
    MalformedUpdate,
    RefusedQuery,
    UnknownName,
    UpdateFailed,
)
from kg.sparql.dataset import QueryDataset
from kg.store.writable_store import WritableStore, prepare_update

S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")
ONE = Quad(S, P, Literal("1"))
DATASET = QueryDataset([G], [NamedNode("a:h")])
USING = "USING <a:g> USING NAMED <a:h> "


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


def test_a_saved_store_is_restored_with_blank_nodes_directions_and_empty_graphs() -> None:
    direction = Literal("x", language="en", direction=BaseDirection.LTR)
    quads = {
        ONE,
        Quad(BlankNode("b"), P, Literal("# graph <a:none>\n# graph <a:none>")),
        Quad(S, P, direction, BlankNode("g")),
        Quad(S, P, Triple(S, P, direction)),
    }
    store = WritableStore.in_memory(quads)
    store.add(G, [])
    emptied = "GRAPH <a:left> { <a:s> <a:p> 1 }"
    store.update(f"INSERT DATA {{ {emptied} }} ; DELETE DATA {{ {emptied} }}")
    file = BytesIO()
    store.save(file)
    file.seek(0)
    restored = WritableStore.restore(file)

    assert set(restored.quads()) == quads
    assert restored.named_graphs == (G, NamedNode("a:left"))


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <a:x>",
        "load<a:x>into graph<a:y>",
        "# comment\nCLEAR ALL ; LOAD <a:x>",
        "PREFIX e: <a:> LOAD e:x INTO GRAPH e:y ; CLEAR ALL",
        "BASE <a:> LOAD <x>",
        "LOAD SILENT <a:x> ; LOAD <a:y>",
    ],
)
def test_a_load_that_is_not_silent_is_told_and_left_out(text: str) -> None:
    prepared = prepare_update(text)

    assert prepared.has_load
    assert "LOAD" not in prepared.text.upper()


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX : <a:> LOAD:x",
        "PREFIX : <a:> LOADSILENT:x",
        "LOADSILENT<a:x>",
        "CLEAR ALL;LOADSILENT<a:x>INTOGRAPH<a:y>",
        "INSERT {} WHERE { FILTER(1<?b&&'>'='>') } ; LOAD <a:x> #'",
    ],
)
def test_what_may_be_a_load_is_refused(text: str) -> None:
    with pytest.raises(RefusedQuery, match="LOAD"):
        prepare_update(text)


@pytest.mark.parametrize(
    "text",
    [
        'INSERT DATA { <a:s> <a:p> "; LOAD <a:x>" }',
        "CLEAR ALL # ; LOAD <a:x>",
        "PREFIX load: <a:> INSERT DATA { load:s load:p load:o }",
        "PREFIX load: <a:> CLEAR GRAPH load:g",
        "INSERT DATA { <a:load> <http://e.org/#LOAD> ?load }",
    ],
)
def test_no_load_is_seen_where_none_is(text: str) -> None:
    prepared = prepare_update(text)

    assert (prepared.text, prepared.has_load) == (text, False)


def test_a_silent_load_is_left_out_and_nothing_else_moves() -> None:
    text = "CLEAR ALL ;\nLOAD SILENT <a:x> INTO GRAPH <a:y> ;\nCLEAR DEFAULT"
    prepared = prepare_update(text)

    assert prepared.text.split() == ["CLEAR", "ALL", ";", "CLEAR", "DEFAULT"]
    assert prepared.text.index("CLEAR DEFAULT") == text.index("CLEAR DEFAULT")
    assert not prepared.has_load


@pytest.mark.parametrize(
    "text", ["LOAD", "LOAD ; CLEAR ALL", "LOAD 1", "LOAD <a:x> CLEAR ALL", "CLEAR ALL LOAD <a:x>"]
)
def test_a_load_of_the_wrong_form_is_malformed(text: str) -> None:
    with pytest.raises(MalformedUpdate):
        prepare_update(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("INSERT {} WHERE {}", "INSERT {} @WHERE {}"),
        ("DELETE{}INSERT{}WHERE{}", "DELETE{}INSERT{}@WHERE{}"),
        ("DELETE WHERE { GRAPH ?g {} }", "DELETE { GRAPH ?g {} } @WHERE { GRAPH ?g {} }"),
        ("CLEAR ALL ; INSERT DATA {}", "CLEAR ALL ; INSERT DATA {}"),
        ("INSERT { 'WHERE' } WHERE { {} # WHERE\n }", "INSERT { 'WHERE' } @WHERE { {} # WHERE\n }"),
    ],
)
def test_a_dataset_is_put_before_the_pattern_of_each_operation(text: str, right: str) -> None:
    assert prepare_update(text, DATASET).text == right.replace("@", USING)
    assert prepare_update(text, DATASET).text_without_loads == text


@pytest.mark.parametrize(
    "text",
    [
        "WITH <a:x> DELETE {} WHERE {}",
        "DELETE {} USING <a:x> WHERE {}",
        "DELETE {} USING NAMED <a:x> WHERE {}",
        "PREFIX : <a:> WITH:x DELETE {} WHERE {}",
        "PREFIX : <a:> DELETE {} USING:x WHERE {}",
        "DELETEWHERE {}",
        "DELETE {} USINGNAMED<a:x> WHERE {}",
        "DELETE {} WHERE { FILTER(?a<?b&&'>'='>') }",
    ],
)
def test_no_dataset_is_put_where_there_is_one_or_it_is_not_clear(text: str) -> None:
    with pytest.raises(MalformedParameter, match="using-graph-uri"):
        prepare_update(text, DATASET)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"INSERT {{}} WHERE {{ {'{' * 300}{'}' * 300} }}", LimitExceeded),
        (f"INSERT {{}} WHERE {{ FILTER(1{'+1' * 3000}) }}", LimitExceeded),
        ("INSERT {} WHERE { SERVICE <a:e> {} }", RefusedQuery),
    ],
)
def test_what_the_engine_must_not_have_is_refused(text: str, error: type[KgError]) -> None:
    with pytest.raises(error):
        prepare_update(text)


def test_many_triples_are_no_long_update() -> None:
    triples = "<a:s> <a:p> 1 . " * 5000

    assert prepare_update(f"INSERT DATA {{ GRAPH <a:g> {{ {triples} }} }}").has_load is False
