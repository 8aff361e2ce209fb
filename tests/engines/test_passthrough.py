"""What a server answers is what the embedded engine answers; all else is not asked of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import QueryBoolean, QuerySolutions
from pyoxigraph import Store as Engine

from benchmarks.mixes import PAPER
from kg.namespaces import DCTERMS, ID, PREFIXES, RDFS
from kg.remote.layout import DEFAULT, GRAPHS_OF_VIEWS, MARKER
from kg.remote.passthrough import Passthrough
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from kg.store.release_folder import STORE_FOLDER
from kg.store.saved_queries import read_queries
from service.run.app import create_app
from service.settings import Settings
from tests.engines.programs import Program
from tests.service.conftest import free_port

_DECLARED: Final = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
_SAVED: Final = read_queries()
_FEATURES: Final = Path(__file__).with_name("feature_queries.tsv")
_ONE_GROUP: Final = (
    "SELECT DISTINCT ?n ?l { ?s a glocal:City ; glocal:memberOf ?n . ?n rdfs:label ?l }"
)


@pytest.fixture(scope="module")
def passthrough(engine: Program, embedded: Store) -> Iterator[Passthrough]:
    with closing(Passthrough([engine.query], embedded.manifest["hash"], 30)) as one:
        yield one


@pytest.fixture(scope="module")
def near(newest_release: Path) -> Iterator[TestClient]:
    """The release, served from its folder."""
    settings = Settings(release=newest_release, log_requests=False, max_query_seconds=60)
    with TestClient(create_app(settings)) as client:
        yield client


@pytest.fixture(scope="module")
def far(engine: Program, newest_release: Path) -> Iterator[TestClient]:
    """The same with a server for plain queries; no answer is kept."""
    settings = Settings(
        release=newest_release,
        log_requests=False,
        max_query_seconds=60,
        # The first one is down.
        store=(f"http://127.0.0.1:{free_port()}/sparql", engine.query),
        cache_mebibytes=0,
    )
    with TestClient(create_app(settings)) as client:
        yield client


def _rows(results: Any) -> tuple[list[str], Counter[Any]]:
    if isinstance(results, QueryBoolean):
        return [], Counter([bool(results)])
    assert isinstance(results, QuerySolutions)
    return [one.value for one in results.variables], Counter(tuple(row) for row in results)


def test_plain_queries_have_the_same_answers(
    passthrough: Passthrough, engine: Program, embedded: Store, newest_release: Path
) -> None:
    features = (line.split("\t")[1] for line in _FEATURES.read_text("utf-8").splitlines())
    mix = PAPER.draw(Engine.read_only(str(newest_release / STORE_FOLDER)), 5)
    asked = [*(_DECLARED + text for text in features), *mix, _DECLARED + _ONE_GROUP]
    answered = list[str]()

    for text in asked:
        found = passthrough.answer(Query(text), DEFAULT_VIEW)
        if found is not None:
            answered.append(text)
            assert _rows(found) == _rows(embedded.query(text)), text

    assert answered[-1] == _DECLARED + _ONE_GROUP
    assert len(answered) > (5 if engine.name == "virtuoso" else 30)


@pytest.mark.parametrize("view", [*GRAPHS_OF_VIEWS])
def test_a_view_has_the_same_answers(
    passthrough: Passthrough, engine: Program, embedded: Store, view: Standing
) -> None:
    for text in (_ONE_GROUP, "SELECT ?s ?p ?o { ?s glocal:holds ?c . ?c ?p ?o }"):
        found = passthrough.answer(Query(_DECLARED + text), view)
        expected = embedded.in_view(view).query(_DECLARED + text)
        # Virtuoso's answer is not used where it has other values than texts.
        assert found is None or _rows(found) == _rows(expected), text
        assert found is not None or (engine.name == "virtuoso" and "?p" in text)
    sizes = map(engine.graph_size, GRAPHS_OF_VIEWS[view])
    assert sum(sizes) == len(list(embedded.in_view(view).triples()))


@pytest.mark.parametrize("name", [*_SAVED])
def test_a_saved_question_has_the_same_bytes(near: TestClient, far: TestClient, name: str) -> None:
    examples = {key: one.example for key, one in _SAVED[name].parameters.items()}

    found, expected = (
        client.get(f"/queries/{name}", params=examples, headers={"Accept": "text/csv"})
        for client in (far, near)
    )

    assert (found.status_code, found.content) == (200, expected.content)
    assert found.headers["ETag"] == expected.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/explain?subject=Lyon&predicate=isBoundBy&object=ParisAgreement&format=json",
        "/data/id/London.ttl",
        "/sparql?query=SELECT%20*%20%7B%20?s%20?p%20%7D",
    ],
)
def test_proofs_descriptions_and_errors_are_those_of_the_folder(
    near: TestClient, far: TestClient, path: str
) -> None:
    found, expected = far.get(path), near.get(path)

    assert found.status_code == expected.status_code
    assert found.status_code >= 400 or found.content == expected.content


def test_the_server_answers_only_while_it_has_the_marker(engine: Program, far: TestClient) -> None:
    query = f"SELECT ?l {{ {ID['London']} {RDFS['label']} ?l }}"
    here = f'GRAPH {DEFAULT} {{ {ID["London"]} {RDFS["label"]} "only on the server" }}'
    marker = f'GRAPH {MARKER} {{ {MARKER} {DCTERMS["identifier"]} "of another one" }}'

    def answers() -> bool:
        found = far.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
        assert "London" in found.text
        return "only on the server" in found.text

    assert not answers()
    engine.send_update(f"INSERT DATA {{ {here} }}")
    try:
        assert answers()
        engine.send_update(f"INSERT DATA {{ {marker} }}")
        assert not answers()
    finally:
        engine.send_update(f"DELETE DATA {{ {here} }} ; DELETE DATA {{ {marker} }}")


def test_a_server_that_is_down_changes_no_answer(
    blank_engine: Program, near: TestClient, newest_release: Path
) -> None:
    settings = Settings(release=newest_release, log_requests=False, store=(blank_engine.query,))
    blank_engine.kill()

    with TestClient(create_app(settings)) as client:
        ask = {"query": _DECLARED + "SELECT ?s { ?s a glocal:City }"}
        found, expected = (one.get("/sparql", params=ask) for one in (client, near))

        assert client.get("/readyz").status_code == 200
        assert (found.status_code, found.json()) == (200, expected.json())
