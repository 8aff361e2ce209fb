"""`glocal serve --store`: the quads are on a real server, which may fail."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx2
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from kg.remote.engine import RemoteEngine
from kg.store.quad_store import Store
from service.answers.formats import QUAD_FORMATS
from service.routes.resources import ResourceKind
from service.run.app import create_app
from service.settings import Settings
from tests.engines.programs import Program

_PER_KIND: Final = 6


@contextmanager
def _in_process(release: Path, **settings: Any) -> Iterator[TestClient]:
    app = create_app(
        Settings(release=release, log_requests=False, max_query_seconds=60, **settings)
    )
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def near(newest_release: Path) -> Iterator[TestClient]:
    """The release, served from memory."""
    with _in_process(newest_release) as client:
        yield client


@pytest.fixture(scope="module")
def far(engine: Program, newest_release: Path) -> Iterator[TestClient]:
    """The same, served from a server."""
    with _in_process(newest_release, store=[engine.query], cache_mebibytes=0) as client:
        yield client


def _sample(store: Store) -> Iterator[tuple[ResourceKind, str]]:
    """Yield the kinds and names of some resources of each kind."""
    for kind in ResourceKind:
        names = [iri for iri in store.known_iris if iri.startswith(kind.namespace)]
        for iri in names[:: max(1, len(names) // _PER_KIND)][:_PER_KIND]:
            yield kind, iri.removeprefix(kind.namespace)


def _is_equal(first: httpx2.Response, second: httpx2.Response) -> bool:
    """Compare two documents by value, up to blank nodes."""
    if (first.status_code, first.content) == (second.status_code, second.content):
        return True
    if first.status_code >= 400:
        # Problem documents have the ids of their requests.
        return first.status_code == second.status_code
    media_type = first.headers.get("Content-Type", "")
    if media_type != second.headers.get("Content-Type", ""):
        return False
    if "json" in media_type:
        return bool(first.json() == second.json())
    form = RdfFormat.from_media_type(media_type.partition(";")[0])
    if form is None:
        return False
    return _canonical(first.content, form) == _canonical(second.content, form)


def _canonical(content: bytes, form: RdfFormat) -> set[str]:
    dataset = Dataset(parse(content, format=form))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def test_documents_are_those_of_an_embedded_store(
    near: TestClient, far: TestClient, embedded: Store
) -> None:
    sampled = list(_sample(embedded))
    asked = [
        f"/data/{kind.value}/{quote(name)}.{form.name}{options}"
        for kind, name in sampled
        for form, options in (
            *((form, "") for form in kind.formats),
            *((form, "?evidence=1") for form in QUAD_FORMATS),
        )
    ]

    different = [path for path in asked if not _is_equal(near.get(path), far.get(path))]

    assert len(sampled) > 30
    assert different == []


_BATCH: Final = json.dumps({"q": {"query": "Londn", "type": "City"}})
_EXTENSION: Final = json.dumps({"ids": ["London"], "properties": [{"id": "memberOf"}]})
_OTHERS: Final = [
    *("/lookup?name=Canton", "/lookup?wikidata=Q84", "/lookup?label=伦敦", "/search?q=Lond"),
    *("/search?q=climate&type=Network", "/classes", "/classes/City", "/id?type=City"),
    *("/reconcile", "/reconcile/suggest/entity?prefix=Par", "/reconcile/properties?type=City"),
    *(f"/reconcile?queries={quote(_BATCH)}", f"/reconcile?extend={quote(_EXTENSION)}"),
    *("/void", "/catalog", "/vocabulary.json", "/openapi.json", "/rules", "/links"),
    *("/neighbourhood?resource=C40", "/nanopub/p10.2-fact", "/sitemap.xml", "/ontology.nt"),
    *("/graph", "/source", "/linkset/id/London", "/dumps", "/queries", "/.well-known/void"),
    *("/id?view=facts", "/classes/City?view=readings", "/data/id/London.ttl?view=facts"),
    *("/graphs/graph/derived", "/data/ontology/City.jsonld", "/data/id/C40.jsonld?frame=network"),
]


@pytest.mark.parametrize("path", _OTHERS)
def test_other_answers_are_those_of_an_embedded_store(
    path: str, near: TestClient, far: TestClient
) -> None:
    assert _is_equal(near.get(path), far.get(path))


@pytest.fixture
def blocking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names what was read on a thread that runs an event loop."""
    found: list[str] = []

    def watch(name: str) -> None:
        read: Callable[..., Any] = getattr(RemoteEngine, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            try:
                asyncio.get_running_loop()
                found.append(f"{name}{arguments[1:]}")
            except RuntimeError:
                pass
            return read(*arguments, **options)

        monkeypatch.setattr(RemoteEngine, name, watched)

    for name in ("query", "quads_for_pattern", "named_graphs", "contains_named_graph"):
        watch(name)
    return found


def _example_paths(document: Any) -> Iterator[tuple[str, str]]:
    """Yield a path with its examples, and a media type, for each GET that OpenAPI describes."""
    for path, operations in document["paths"].items():
        operation = operations.get("get", {})
        pairs: list[tuple[str, Any]] = []
        for one in operation.get("parameters", ()):
            example = one.get("example")
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", str(example or "x"))
            elif one["in"] == "query" and one["name"] != "format" and example is not None:
                pairs.append((one["name"], example))
        found = operation.get("responses", {}).get("200", {}).get("content", {})
        required = {one["name"] for one in operation.get("parameters", ()) if one.get("required")}
        needed = [pair for pair in pairs if pair[0] in required]
        asked = [needed, *([*needed, pair] for pair in pairs if pair not in needed)]
        for chosen in asked if operation else ():
            for media_type in dict.fromkeys((*found, "text/html")):
                yield f"{path}?{httpx2.QueryParams(_flat(chosen))}", media_type


def _flat(pairs: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [
        (name, one if isinstance(one, str) else json.dumps(one))
        for name, value in pairs
        for one in (value if isinstance(value, list) else [value])
    ]


_PAGES: Final = [
    *("/sparql", "/explain", "/whatif", "/id/Lnodon", "/nowhere", "/queries/nowhere"),
    "/sparql?query=SELECT+*+%7B?s+a+<https://w3id.org/glocal/ontology%23Citty>%7D",
    *("/id?view=readings", "/classes/City?view=facts", "/search?q=Par&view=readings"),
    "/explain?subject=London&predicate=memberOf&object=C40&world=AkiraIriye",
]


# Which server it is makes no difference here.
@pytest.mark.parametrize("engine", ["oxigraph"], indirect=True)
def test_the_event_loop_never_waits_for_the_store(
    engine: Program, newest_release: Path, blocking: list[str]
) -> None:
    with _in_process(newest_release, store=[engine.query], cache_mebibytes=0) as client:
        asked = list(_example_paths(client.get("/openapi.json").json()))
        asked += [(path, "text/html") for path in _PAGES]
        wrong = [
            (path, media_type, answer.status_code)
            for path, media_type in asked
            if (answer := client.get(path, headers={"Accept": media_type})).status_code >= 500
        ]

    assert len(asked) > 300
    assert (blocking, wrong) == ([], [])
