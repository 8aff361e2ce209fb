"""Every kind of answer of /reconcile against the specification's own JSON schemas.

The schemas are not part of this project: give the folder `0.2/schemas` of a checkout of
https://github.com/reconciliation-api/specs. Needs a release (`glocal build`).

    .venv/bin/python benchmarks/reconciliation_schemas.py specs/0.2/schemas
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from service.run.app import create_app
from service.settings import Settings

NAMES = Path(__file__).parent.parent / "tests/service/routes/reconciliation.csv"
# A schema elsewhere that the manifest's schema refers to, for a member that is not used here.
ELSEWHERE = "http://swagger.io/v2/schema.json"
STUB: dict[str, Any] = {"definitions": {"securityDefinitions": {"additionalProperties": {}}}}


def main() -> None:
    """Print each answer's schema and what is wrong; exit 1 if anything is."""
    folder = Path(sys.argv[1])
    schemas = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    resources = [(one["$id"], one) for one in schemas.values() if "$id" in one]
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT7.create_resource(one)) for name, one in [*resources, (ELSEWHERE, STUB)]
    )
    wrong = checked = 0
    for schema, what, answer in answers(TestClient(create_app(Settings()))):
        checked += 1
        for error in Draft7Validator(schemas[schema], registry=registry).iter_errors(answer):
            wrong += 1
            say(f"{what}: {error.json_path}: {error.message}")
    say(f"{checked} documents against {len(schemas)} schemas: {wrong} violation(s)")
    sys.exit(1 if wrong else 0)


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def answers(client: TestClient) -> Iterator[tuple[str, str, Any]]:
    """The schema, a name and the document of each answer; of each query that was sent too."""
    yield "manifest", "manifest", client.get("/reconcile").json()
    with NAMES.open(encoding="utf-8", newline="") as lines:
        queries: dict[str, Any] = {
            row["query"]: {"query": row["query"]} for row in csv.DictReader(lines)
        }
    queries["typed"] = {"query": "Singapore", "type": ["State"], "type_strict": "should"}
    queries["by property"] = {"properties": [{"pid": "cityOf", "v": [{"id": "China"}, "日本"]}]}
    yield "reconciliation-query-batch", "the batch sent", queries
    batch = client.post("/reconcile", data={"queries": json.dumps(queries)}).json()
    yield "reconciliation-result-batch", "the results", batch
    for kind, schema in (("entity", "entities"), ("type", "types"), ("property", "properties")):
        for prefix in ("", "c", "city", "member", "伦"):
            address = f"/reconcile/suggest/{kind}?prefix={prefix}"
            yield f"suggest-{schema}-response", address, client.get(address).json()
    types = client.get("/reconcile").json()["defaultTypes"]
    for one in types:
        address = f"/reconcile/properties?type={one['id']}"
        proposal = client.get(address).json()
        yield "data-extension-property-proposal", address, proposal
        properties = [{"id": found["id"]} for found in proposal["properties"][:50]]
        ids = [found["id"] for found in batch["by property"]["result"]] + ["London", "C40"]
        query = {"ids": ids, "properties": properties}
        yield "data-extension-query", "the extension sent", query
        extended = client.post("/reconcile", data={"extend": json.dumps(query)}).json()
        yield "data-extension-response", f"extension of {one['id']}", extended


if __name__ == "__main__":
    main()
