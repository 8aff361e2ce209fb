"""The OpenAPI document: every operation is named, described and typed, and its examples work."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from tests.service.scratch.conftest import scratch

pytestmark = pytest.mark.slow

# The parameters to send with what is required, one at a time; empty for none.
SENT_ONE_BY_ONE = {
    "search": ("", "q", "filter"),
    "lookUp": ("wikidata", "geonames", "iri", "label", "alias", "name", "term"),
    "getGraph": ("graph",),
    "runQuery": ("", "query"),
    "showWhatIf": ("", "remove"),
}
# No request of a test release can succeed: its sitemap has one part.
WITHOUT_EXAMPLE = {"getSitemapPart"}
Operation = dict[str, Any]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def inline_schemas(node: Any, place: str) -> Iterator[str]:
    """Yield the places of enumerations and objects that have no name in the components."""
    if isinstance(node, list):
        for each in node:
            yield from inline_schemas(each, place)
    if isinstance(node, dict):
        if "enum" in node or "properties" in node or node.get("type") == "object":
            yield place
        for value in node.values():
            yield from inline_schemas(value, place)


def mistakes(document: dict[str, Any]) -> list[str]:
    """Say what a generated client would lack, with the operation that lacks it."""
    found = []
    for path, method, operation in operations(document):
        name = f"{method} {path} ({operation['operationId']})"
        if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", operation["operationId"]):
            found.append(f"{name}: no operation_id such as getThing")
        found += [f"{name}: no {key}" for key in ("summary", "description") if key not in operation]
        for parameter in operation.get("parameters", ()):
            if not parameter.get("description"):
                found.append(f"{name}: parameter {parameter['name']} is not described")
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if media_type.endswith("json") and "#/components/" not in str(content["schema"]):
                    found.append(f"{name}: {status} as {media_type} has no type")
        found += inline_schemas({**operation, "example": None}, f"{name}: schema without a name")
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    return found + [f"{one}: not unique" for one in set(ids) if ids.count(one) > 1]


@pytest.fixture(scope="module")
def document(paper: TestClient) -> dict[str, Any]:
    answer = paper.get("/openapi.json")
    described: dict[str, Any] = answer.json()
    return described


def test_every_operation_is_named_described_and_typed(document: dict[str, Any]) -> None:
    assert mistakes(document) == []


def test_so_is_every_operation_of_a_scratch_store() -> None:
    with scratch() as store:
        described = store.get("/openapi.json").json()

    assert mistakes(described) == []
    assert described["servers"] == [{"url": "http://e.org"}]


def test_an_operation_without_name_and_types_is_found() -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    wrong = {"operationId": "x__get", "responses": {"200": {"content": content}}, "parameters": []}
    wrong["parameters"] = [{"name": "limit", "schema": {"enum": ["1"]}}]

    assert mistakes({"paths": {"/x": {"get": wrong}}}) == [
        "get /x (x__get): no operation_id such as getThing",
        "get /x (x__get): no summary",
        "get /x (x__get): no description",
        "get /x (x__get): parameter limit is not described",
        "get /x (x__get): 200 as application/json has no type",
        "get /x (x__get): schema without a name",
        "get /x (x__get): schema without a name",
    ]


def test_the_server_is_the_one_that_was_asked(paper: TestClient, document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": "http://testserver"}]
    tag = paper.get("/openapi.json").headers["etag"]
    again = paper.get("/openapi.json", headers={"if-none-match": tag})
    assert again.status_code == 304


def requests(operation: Operation) -> Iterator[dict[str, Any]]:
    """Yield the examples to send: those that are needed, and each of which one is needed."""
    examples = {one["name"]: one["example"] for one in operation["parameters"] if "example" in one}
    needed = {one["name"] for one in operation["parameters"] if one.get("required")}
    assert needed <= set(examples), operation["operationId"]
    for name in SENT_ONE_BY_ONE.get(operation["operationId"], ("",)):
        yield {key: value for key, value in examples.items() if key in needed | {name}}


def validate(document: dict[str, Any], response: dict[str, Any], answer: httpx2.Response) -> None:
    """Check that an answer has a described media type, and in JSON the described members."""
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = response["content"][media_type]["schema"]
    if media_type.endswith("json"):
        whole = {**schema, "components": document["components"]}
        Draft202012Validator(whole).validate(answer.json())


def test_examples_are_answered_as_described(paper: TestClient, document: dict[str, Any]) -> None:
    checked = set()
    for path, method, operation in operations(document):
        if method != "get" or operation["operationId"] in WITHOUT_EXAMPLE:
            continue
        success = next(iter(operation["responses"]))
        media_types = operation["responses"][success].get("content", {})
        for sent in requests({"parameters": [], **operation}):
            address = path.format(**sent)
            query = {key: value for key, value in sent.items() if f"{{{key}}}" not in path}
            for media_type in [*media_types] or ["*/*"]:
                asked = "*/*" if media_type == "application/octet-stream" else media_type
                answer = paper.get(address, params=query, headers={"accept": asked})
                status = str(answer.status_code)
                assert status in operation["responses"], (address, answer.text)
                assert answer.status_code < 400 or status == "406", (address, answer.text)
                # Who accepts nothing but HTML gets a failure as a page.
                is_page_of_failure = status == "406" and asked == "text/html"
                if "content" in operation["responses"][status] and not is_page_of_failure:
                    validate(document, operation["responses"][status], answer)
                    checked.add((operation["operationId"], media_type))

    assert len({name for name, media_type in checked if media_type.endswith("json")}) >= 35


def test_examples_of_bodies_are_answered_as_described(
    paper: TestClient, document: dict[str, Any]
) -> None:
    for path, method, operation in operations(document):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if "example" in content:
                assert (method, media_type) == ("post", "application/x-www-form-urlencoded")
                answer = paper.post(path, data=content["example"])
                assert answer.status_code == 200, answer.text
                validate(document, operation["responses"]["200"], answer)


def test_the_ambiguous_and_the_failed_are_answered_as_described(
    paper: TestClient, document: dict[str, Any]
) -> None:
    responses = document["paths"]["/lookup"]["get"]["responses"]
    ambiguous = paper.get("/lookup", params={"wikidata": "Q334"})
    failed = paper.get("/lookup", params={"label": "Londn"})

    assert (ambiguous.status_code, failed.status_code) == (300, 404)
    validate(document, responses["300"], ambiguous)
    validate(document, responses["404"], failed)
    assert json.loads(failed.content)["near"]
