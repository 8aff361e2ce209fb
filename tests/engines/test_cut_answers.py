"""An answer that is not whole is an error, never a shorter answer."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kg.remote.client import SparqlServer
from kg.remote.engine import RemoteEngine
from kg.remote.errors import AnswerCut, StoreFailed
from kg.remote.layout import DEFAULT
from tests.engines.faults import FaultyProxy
from tests.engines.programs import Program, Virtuoso

_TRIPLES = 500


def _fill(program: Program) -> None:
    triples = " ".join(f'<x:s{number}> <x:p> "{number}" .' for number in range(_TRIPLES))
    program.send_update(f"INSERT DATA {{ GRAPH {DEFAULT} {{ {triples} }} }}")


@pytest.fixture
def short(tmp_path: Path) -> Iterator[RemoteEngine]:
    """500 triples on a Virtuoso whose answers have at most 100 rows."""
    program = Virtuoso(tmp_path / "virtuoso")
    settings = program.folder / "virtuoso.ini"
    text = settings.read_text("utf-8")
    allowed = [line for line in text.splitlines() if line.startswith("ResultSetMaxRows")]
    program.start()
    try:
        _fill(program)
        program.kill()
        settings.write_text(text.replace(*allowed, "ResultSetMaxRows = 100"), "utf-8")
        program.start()
        with closing(SparqlServer(program.query, 60)) as server:
            yield RemoteEngine(server, _TRIPLES)
    finally:
        program.end()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT * { ?s ?p ?o } LIMIT 101",
        "SELECT ?o { ?s ?p ?o } ORDER BY ?o",
        "SELECT (UCASE(?o) AS ?x) { ?s ?p ?o }",
        "SELECT (MAX(?o) AS ?x) { ?s ?p ?o }",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        "DESCRIBE ?s { ?s ?p ?o }",
    ],
)
def test_a_server_that_sends_fewer_rows_has_no_short_answer(short: RemoteEngine, text: str) -> None:
    with pytest.raises(AnswerCut, match="ResultSetMaxRows"):
        short.query(text)


def test_what_fits_into_the_rows_of_a_server_is_answered(short: RemoteEngine) -> None:
    rows = [*short.query("SELECT * { ?s ?p ?o } LIMIT 100")]  # type: ignore[arg-type]
    [count] = short.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")  # type: ignore[misc]

    assert len(rows) == 100
    assert count["n"].value == str(_TRIPLES)


@pytest.mark.parametrize("text", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_half_an_answer_is_an_error(blank_engine: Program, text: str) -> None:
    _fill(blank_engine)
    proxy = FaultyProxy(blank_engine.query)
    try:
        with closing(SparqlServer(proxy.query, 60)) as server:
            engine = RemoteEngine(server, _TRIPLES)
            engine.query("ASK { ?s ?p ?o }")
            proxy.fault = "half"
            with pytest.raises(StoreFailed):
                engine.query(text)
    finally:
        proxy.close()


def test_an_answer_of_too_many_bytes_is_an_error(
    start_engine: Callable[[str], Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = start_engine("oxigraph")
    _fill(program)
    monkeypatch.setattr("kg.remote.client.MAX_BYTES", 10_000)

    with closing(SparqlServer(program.query, 60)) as server:
        engine = RemoteEngine(server, _TRIPLES)
        assert len([*engine.query("SELECT * { ?s ?p ?o } LIMIT 20")]) == 20  # type: ignore[arg-type]
        with pytest.raises(AnswerCut, match="10,000 bytes"):
            engine.query("SELECT * { ?s ?p ?o }")
