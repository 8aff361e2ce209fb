"""The queries that ask Wikidata too, against a local endpoint with a small hand-made slice."""

import csv
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import rdflib
import uvicorn
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse, serialize

from kg.content import own_content
from kg.namespaces import shorten
from kg.store.quad_store import Store
from kg.store.saved_queries import read_query
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

HERE: Final = Path(__file__).parent
QUERIES: Final = sorted((own_content().queries / "federated").glob("*.rq"))
# Since May 2025 scholarly articles have a graph of their own; all else is in the main one.
ENDPOINTS: Final = {
    "https://query.wikidata.org/sparql",
    "https://query-scholarly.wikidata.org/sparql",
}
# What only Blazegraph understands.
DIALECT: Final = ("wikibase:label", "wikibase:mwapi", "bd:", "hint:", "gas:", "WITH {", "INCLUDE")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The project's own service with the slice, on a port that is free."""
    slice_ = parse(path=HERE / "wikidata.trig", format=RdfFormat.TRIG)
    app = create_app(Settings(), store=Store.in_memory(slice_))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/sparql"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def ours(store: Store) -> rdflib.Graph:
    """The statements that hold, in an engine that federates."""
    triples = serialize(store.triples(), format=RdfFormat.N_TRIPLES)
    return rdflib.Graph().parse(data=triples, format="nt")


@pytest.fixture(scope="module")
def service(store: Store, endpoint: str) -> Iterator[TestClient]:
    """Our own service over what holds, which may ask the endpoint and nobody else."""
    app = create_app(Settings(services=(endpoint.removesuffix("/sparql"),)), store=store)
    with TestClient(app) as found:
        yield found


def asking(path: Path, endpoint: str) -> str:
    """The query, with the endpoint instead of Wikidata's."""
    return re.sub(r"SERVICE <[^>]+>", f"SERVICE <{endpoint}>", path.read_text("utf-8"))


def expected(path: Path) -> list[list[str]]:
    """The columns and rows that it has to have."""
    with (HERE / f"{path.stem}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def written(term: rdflib.term.Node | None) -> str:
    """A term as it stands in the expected rows; rdflib writes Z as +00:00."""
    return shorten(str(term)).replace("+00:00", "Z") if term is not None else ""


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_federated_query_has_exactly_these_rows(
    path: Path, endpoint: str, ours: rdflib.Graph
) -> None:
    results = ours.query(asking(path, endpoint))

    columns = [str(variable) for variable in results.vars or []]
    rows = [[written(row[name]) for name in columns] for row in results]
    assert [columns, *rows] == expected(path)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_our_own_service_answers_a_federated_query_with_the_same_rows(
    path: Path, endpoint: str, service: TestClient
) -> None:
    parameters = {"query": asking(path, endpoint), "format": "csv"}
    answer = service.get("/sparql", params=parameters)

    assert answer.status_code == 200, answer.text
    columns, *rows = csv.reader(answer.text.splitlines())
    assert [columns, *([shorten(value) for value in row] for row in rows)] == expected(path)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_our_own_service_asks_wikidata_only_if_its_operator_allows_it(
    path: Path, service: TestClient
) -> None:
    answer = service.get("/sparql", params={"query": path.read_text("utf-8")})

    [address] = re.findall(r"SERVICE <([^>]+)/sparql>", path.read_text("utf-8"))
    assert (answer.status_code, answer.json()["endpoint"]) == (403, f"{address}/sparql")
    assert f"adding {address} to the setting services" in answer.json()["detail"]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_federated_query_asks_wikidata_in_the_standards_words(path: Path) -> None:
    text = path.read_text("utf-8")

    assert set(re.findall(r"SERVICE\s+(?:SILENT\s+)?<([^>]*)>", text)) <= ENDPOINTS
    assert text.count("SERVICE") == 1
    assert [word for word in DIALECT if word in text] == []


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_federated_query_says_in_both_languages_what_it_asks_and_where(path: Path) -> None:
    query = read_query(path, ("en", "zh"), is_federated=True)

    assert {*query.questions} == {*query.answers} == {*query.columns} == {"en", "zh"}
    assert [*query.columns["zh"]] == [*query.columns["en"]] == query.variables
    assert "endpoint is Wikidata's" in query.answers["en"]
    assert "端点为维基数据的" in query.answers["zh"]


def test_articles_are_asked_for_in_the_scholarly_graph() -> None:
    scholarly = {path.stem for path in QUERIES if "query-scholarly" in path.read_text("utf-8")}

    assert scholarly == {"articles-of-scholars-at-wikidata"}
