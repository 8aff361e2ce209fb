"""The OpenAPI document as a whole: FastAPI's, with named schemas, servers and examples.

Generators of clients name a class after each schema, so every object and enumeration has a name of
its own in the components.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from service.http.openapi import ANSWER_TYPES, SCHEMAS

_REFERENCE: Final = re.compile(rf'"{SCHEMAS}(\w+)"')


class _UntitledMembers(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        _ = schema
        return False


def complete_document(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document with each parameter once and all schemas that it refers to."""
    schemas = dict(document.get("components", {}).get("schemas", {}))
    paths = _name_schemas(document["paths"], schemas)
    for operation in _operations(paths):
        if "parameters" in operation:
            operation["parameters"] = _merge(operation["parameters"])
    names = set(_REFERENCE.findall(json.dumps([paths, schemas]))) - set(schemas)
    schemas |= _describe_answers(sorted(names))
    return {**document, "paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


def locate_document(
    document: Mapping[str, Any], server: str, examples: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the document of the service at a URL, with examples.

    An example is that of an operation's parameter (`getThing.name`) or of every parameter with a
    name; that of a body has the names of its operation and of the body's media type.
    """
    located: dict[str, Any] = json.loads(json.dumps({**document, "servers": [{"url": server}]}))
    for operation in _operations(located["paths"]):
        name = operation["operationId"]
        for parameter in operation.get("parameters", ()):
            own = examples.get(parameter["name"])
            _add_example(parameter, examples.get(f"{name}.{parameter['name']}", own))
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            _add_example(content, examples.get(f"{name}.{media_type}"))
    return located


def _add_example(described: dict[str, Any], example: Any) -> None:
    if example is not None:
        described["example"] = example


def _operations(paths: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in paths.values() for operation in methods.values()]


def _name_schemas(node: Any, schemas: dict[str, Any]) -> Any:
    """Return the node with references to its titled enumerations and objects, which it adds.

    A schema with the name of another one stays where it is.
    """
    if isinstance(node, list):
        return [_name_schemas(each, schemas) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: _name_schemas(value, schemas) for key, value in node.items()}
    title = node.get("title")
    if not isinstance(title, str) or not ({"enum", "properties"} & set(node)):
        return node
    # What is said of one use of an enumeration is no part of it.
    own = ("default", "description") if "enum" in node else ()
    said = {key: node.pop(key) for key in own if key in node}
    if schemas.setdefault(title, node) != node:
        return {**node, **said}
    reference = {"$ref": f"{SCHEMAS}{title}"}
    return {"allOf": [reference], **said} if said else reference


def _merge(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each parameter once: FastAPI and the route both describe those in the path."""
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for one in parameters:
        key = one["name"], one["in"]
        merged[key] = {**one, **merged.get(key, {})}
    return list(merged.values())


def _describe_answers(names: list[str]) -> dict[str, Any]:
    mode: Literal["serialization"] = "serialization"
    _, described = TypeAdapter.json_schemas(
        [(name, mode, TypeAdapter(ANSWER_TYPES[name])) for name in names],
        ref_template=f"{SCHEMAS}{{model}}",
        schema_generator=_UntitledMembers,
    )
    schemas: dict[str, Any] = described["$defs"]
    return schemas
