import subprocess
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.routes.home import WITHOUT_LINK
from tests.service.scratch.conftest import scratch

pytestmark = pytest.mark.slow

DATASET_PARAMETERS = ["default-graph-uri", "named-graph-uri", "entailment", "version", "format"]


def operations(client: TestClient) -> dict[str, dict[str, Any]]:
    paths = client.get("/openapi.json").json()["paths"]
    return {
        f"{method} {path}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_operation_is_described_with_its_media_types(client: TestClient) -> None:
    found = operations(client)

    assert set(found) == {
        "get /",
        "get /healthz",
        "get /readyz",
        "get /metrics",
        "get /problems",
        "get /problems/{slug}",
        "get /sparql",
        "post /sparql",
        "get /sparql/support",
        "post /sparql/support",
        "get /graphs",
        "get /graphs/{name}",
        "get /explain",
        "get /whatif",
        "post /whatif",
        "get /contradictions",
        "get /disagreements",
        "get /rules",
        "get /queries",
        "get /queries/{name}",
        "get /ontology",
        "get /ontology.{ending}",
        "get /context.jsonld",
        "get /context/{version}.jsonld",
        "get /frames",
        "get /frames/{name}.jsonld",
        "get /ontology/rules/{rule}.rq",
        "get /ontology/{name}",
        "get /links",
        "get /links/quickstatements",
        "get /links/{name}",
        "get /lookup",
        "get /vocabulary.json",
        "get /neighbourhood",
        "get /search",
        "get /classes",
        "get /classes/{name}",
        "get /llms.txt",
        "get /logo.svg",
        "get /assets/{name}",
        "post /mcp",
        "get /reconcile",
        "post /reconcile",
        "get /reconcile/suggest/{kind}",
        "get /reconcile/flyout/{kind}",
        "get /reconcile/preview",
        "get /reconcile/properties",
        "get /.well-known/void",
        "get /void",
        "get /robots.txt",
        "get /sitemap.xml",
        "get /sitemap-{number}.xml",
        "get /.well-known/api-catalog",
        "get /catalog",
        "get /dumps/{release}/{name}",
        "get /.well-known/sparql-examples",
        "get /dumps",
        "get /dumps/{name}",
        "get /nanopub/{name}",
        "get /linkset/ontology",
        "get /linkset/{kind}/{name}",
        "get /data",
        "get /data/{kind}/{name}",
        "get /{kind}",
        "get /data/{kind}/{name}.jsonld",
        "get /{kind}/{name}",
    }
    for name, operation in found.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert "HTTPValidationError" not in str(operation["responses"]), name
        assert "application/problem+json" in operation["responses"]["default"]["content"], name


def test_the_endpoints_parameters_and_formats_are_documented(client: TestClient) -> None:
    found = operations(client)

    names = [one["name"] for one in found["get /sparql"]["parameters"]]
    assert names == [
        "query",
        "view",
        "world",
        *DATASET_PARAMETERS,
        "offset",
        "lang",
        "cells",
        "show",
        "context",
    ]
    body = found["post /sparql"]["requestBody"]
    assert list(body["content"]) == ["application/x-www-form-urlencoded"]
    assert body["description"] == "Or one of these as it is: `application/sparql-query`."
    assert "text/csv" in found["get /sparql"]["responses"]["200"]["content"]
    assert "406" in found["get /queries/{name}"]["responses"]
    for name in ("get /sparql", "post /sparql", "get /queries/{name}"):
        assert {"503", "504"} <= set(found[name]["responses"]), name


def test_the_service_starts_without_what_it_does_not_need() -> None:
    heavy = ("rdflib", "pyshacl", "owlready2", "pyld", "opencc", "kg.reasoning.axioms.compiler")
    heavy += ("mcp", "service.agents.answers")
    code = f"import sys, service.run.app; print([one for one in {heavy} if one in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert loaded.stdout == b"[]\n"


def test_a_scratch_store_is_the_same_application_with_routes_that_write(client: TestClient) -> None:
    with scratch() as store:
        found, ours = operations(store), operations(client)

        writing = {
            f"{method} {path}"
            for method in ("put", "post", "delete")
            for path in ("/graphs", "/graphs/{name}")
        }
        assert {name for name in found if name not in ours} == {*writing, "get /resource"}
        for name in set(found) & set(ours):
            assert found[name]["operationId"] == ours[name]["operationId"]
        listed = store.get("/").json()["interfaces"]
        listed = [path for path in listed if path not in WITHOUT_LINK]
        assert {store.get(path).status_code for path in listed} == {200}


def test_every_route_is_counted_by_the_first_part_of_its_path(client: TestClient) -> None:
    for path in ("/problems", "/problems/refused", "/logo.svg"):
        assert client.get(path).status_code == 200

    metrics = client.get("/metrics").text
    for kind in ("problems", "logo.svg"):
        assert f'glocal_requests_total{{kind="{kind}",status="200"}}' in metrics
