"""Quads are found on a server as in the embedded engine, whatever form it gives to values."""

from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import GLOCAL, GRAPH, ID, RDF, RDFS, XSD
from kg.remote import patterns
from kg.remote.blank_nodes import skolemize
from kg.remote.engine import RemoteEngine
from kg.remote.layout import DEFAULT, GRAPHS, NAMED_GRAPH
from kg.remote.loading.authentication import read_auth_file
from kg.remote.loading.writer import GraphStoreWriter
from kg.remote.store import RemoteStore
from kg.store.quad_store import Store
from tests.engines.programs import Program

PROPERTY, NAME = GLOCAL["value"], GRAPH["test"]
VALUES = [
    *(
        Literal(text, datatype=XSD[kind])
        for text, kind in (
            ("true", "boolean"),
            ("0", "boolean"),
            ("1", "integer"),
            ("01", "integer"),
            ("-0", "integer"),
            ("1.50", "decimal"),
            ("100", "decimal"),
            ("1", "double"),
            ("1.5E10", "double"),
            ("0.1", "double"),
            ("1e-7", "double"),
            ("0.1", "float"),
            ("2020-01-01T00:00:00Z", "dateTime"),
            ("2020-01-01T00:00:00.50+08:00", "dateTime"),
            ("2020-01-01", "date"),
            ("12:30:00", "time"),
            ("2020", "gYear"),
            ("-0044", "gYear"),
            ("2020-05", "gYearMonth"),
            ("P1Y", "duration"),
            ("PT36H", "dayTimeDuration"),
            ("P14M", "yearMonthDuration"),
            ("ABCD", "hexBinary"),
            ("http://x/", "anyURI"),
            ("5", "nonNegativeInteger"),
            ("5", "string"),
        )
    ),
    *(Literal(text) for text in ("", " a ", "a\r\nb\t", "\x01", "<&>\"'\\", "\U0001f600", "  ")),
    *(Literal(text, language=tag) for text, tag in (("a", "en-gb"), ("", "en"), (" a", "zh"))),
    BlankNode("b1"),
    ID["London"],
]
QUADS = [Quad(ID[f"T{i}"], PROPERTY, value, NAME) for i, value in enumerate(VALUES)]


def fill(program: Program, quads: list[Quad]) -> RemoteEngine:
    """Put the quads on a server, in their graph and in the default graph; return its engine."""
    triples = [
        Triple(skolemize(one.subject), one.predicate, skolemize(one.object)) for one in quads
    ]
    listed = [Triple(NAME, RDF["type"], NAMED_GRAPH)]
    auth = read_auth_file(program.auth_file) if program.auth_file else None
    with closing(GraphStoreWriter(program.graph_store, auth, 60)) as writer:
        writer.add([(NAME, triples), (DEFAULT, triples), (GRAPHS, listed)])
    return RemoteEngine(program.server, 2 * len(quads))


def test_every_form_of_value_is_read_and_found(blank_engine: Program) -> None:
    engine = fill(blank_engine, QUADS)
    store, embedded = Store(engine, {}), Store.in_memory(QUADS)

    assert set(store.quads(graph=NAME)) == set(embedded.quads())
    for quad in QUADS:
        found = set(store.quads(None, PROPERTY, quad.object, graph=NAME))
        assert found == set(embedded.quads(None, PROPERTY, quad.object)), quad
        assert store.contains(quad.triple, NAME)
        assert store.contains(quad.triple)
    assert not store.contains(
        next(Store.in_memory([Quad(QUADS[0].subject, PROPERTY, Literal(1))]).triples()), NAME
    )


def test_other_data_on_the_server_is_not_read(blank_engine: Program) -> None:
    engine = fill(blank_engine, QUADS)
    others = NamedNode("http://example.org/g"), GRAPH["unlisted"]
    for graph in others:
        blank_engine.send_update(
            f"INSERT DATA {{ GRAPH {graph} {{ {ID['London']} {PROPERTY} {ID['T1']} }} }}"
        )
    store = Store(engine, {})

    assert list(store.quads(ID["London"])) == []
    assert list(store.quads(None, None, ID["T1"])) == []
    assert {quad.graph_name for quad in store.quads(graph=others[0])} == set()
    assert list(store.quads_of_graphs(others)) == []
    assert not store.has_graph(others[1])


@pytest.mark.parametrize("limit", [3, 20_000])
def test_patterns_are_read_alike_whatever_is_kept(
    engine: Program,
    embedded: Store,
    newest_release: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
) -> None:
    monkeypatch.setattr(patterns, "_MAX_KEPT_OF_ONE", limit)
    monkeypatch.setattr(patterns, "_MAX_ROWS", 10 * limit)
    store = RemoteStore.connect(engine.server, newest_release)
    london, label, city = ID["London"], RDFS["label"], GLOCAL["City"]
    asked = [
        (london, None, None),
        (london, label, None),
        (london, RDF["type"], city),
        (None, RDF["type"], city),
        (None, None, london),
        (None, GLOCAL["hasMember"], london),
        (None, GLOCAL["memberOf"], None),
    ]

    for is_ahead in (False, True):
        if is_ahead:
            store = RemoteStore.connect(engine.server, newest_release)
            store.read_ahead([*asked, *((ID[name], None, None) for name in ("C40", "Paris"))])
        for pattern in asked:
            for graph in (None, GRAPH["asserted"]):
                found = list(store.quads(*pattern, graph=graph))
                assert len(found) == len(set(found))
                assert set(found) == set(embedded.quads(*pattern, graph=graph)), pattern
            assert set(store.triples(*pattern)) == set(embedded.triples(*pattern))
    names = embedded.named_graphs[::20]
    expected = [quad for name in names for quad in embedded.quads(graph=name)]
    read = list(store.quads_of_graphs(names))
    assert set(read) == set(expected)
    assert [*dict.fromkeys(quad.graph_name for quad in read)] == [*names]
