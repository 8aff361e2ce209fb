"""Validate every kind of response of /reconcile with the JSON schemas of the specification.

The schemas are not part of this project: pass the folder `0.2/schemas` of a checkout of
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
# The manifest's schema refers to this external schema, for a member that is not used here.
ELSEWHERE = "http://swagger.io/v2/schema.json"
STUB: dict[str, Any] = {"definitions": {"securityDefinitions": {"additionalProperties": {}}}}


def main() -> None:
    """Print the violations; exit with 1 if there are any."""
    folder = Path(sys.argv[1])
    schemas = {path.stem: json.loads(path.read_text("utf-8")) for path in folder.glob("*.json")}
    resources = [(schema["$id"], schema) for schema in schemas.values() if "$id" in schema]
    registry: Registry[Any] = Registry().with_resources(
        (name, DRAFT7.create_resource(schema)) for name, schema in [*resources, (ELSEWHERE, STUB)]
    )
    violations = checked = 0
    with TestClient(create_app(Settings())) as client:
        for schema, label, document in answers(client):
            checked += 1
            for error in Draft7Validator(schemas[schema], registry=registry).iter_errors(document):
                violations += 1
                say(f"{label}: {error.json_path}: {error.message}")
    say(f"{checked} documents validated with {len(schemas)} schemas: {violations} violation(s)")
    sys.exit(1 if violations else 0)


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def answers(client: TestClient) -> Iterator[tuple[str, str, Any]]:
    """Yield the schema, a label and the document of each response and of each query sent."""
    yield "manifest", "manifest", client.get("/reconcile").json()
    with NAMES.open(encoding="utf-8", newline="") as lines:
        queries: dict[str, Any] = {
            row["query"]: {"query": row["query"]} for row in csv.DictReader(lines)
        }
    queries["typed"] = {"query": "Singapore", "type": ["State"], "type_strict": "should"}
    queries["by property"] = {"properties": [{"pid": "cityOf", "v": [{"id": "China"}, "日本"]}]}
    queries["blank"] = {"query": " "}
    queries["unknown type"] = {"query": "London", "type": "Citty"}
    yield "reconciliation-query-batch", "the query batch", queries
    batch = client.post("/reconcile", data={"queries": json.dumps(queries)}).json()
    yield "reconciliation-result-batch", "the result batch", batch
    for kind, schema in (("entity", "entities"), ("type", "types"), ("property", "properties")):
        for prefix in ("", "c", "city", "member", "伦"):
            address = f"/reconcile/suggest/{kind}?prefix={prefix}"
            yield f"suggest-{schema}-response", address, client.get(address).json()
    types = [one["id"] for one in client.get("/reconcile").json()["defaultTypes"]]
    for name in ("", *types):
        address = f"/reconcile/properties?type={name}"
        proposal = client.get(address).json()
        yield "data-extension-property-proposal", address, proposal
        properties = [{"id": item["id"]} for item in proposal["properties"][:50]]
        properties += [{"id": "nonsense"}, {"id": "exactMatch"}]
        ids = [candidate["id"] for candidate in batch["by property"]["result"]]
        ids += ["London", "C40", "Nowhere", "id:Paris"]
        query = {"ids": ids, "properties": properties}
        yield "data-extension-query", "the extension query", query
        extended = client.post("/reconcile", data={"extend": json.dumps(query)}).json()
        yield "data-extension-response", f"extension of {name or 'all'}", extended


if __name__ == "__main__":
    main()
