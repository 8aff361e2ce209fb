from typing import Any

from fastapi import FastAPI, Request, Response
from typing_extensions import TypedDict

from service.answers.formats import JSON
from service.http.api_document import complete_document, locate_document
from service.http.openapi import Router, describe_form, describe_parameter


class Town(TypedDict):
    """A town."""

    name: str


class Towns(TypedDict):
    """All towns."""

    towns: list[Town]


SIZE = describe_parameter("size", "The size.", enum=["small", "large"], default="small")
NAME = describe_parameter("name", "The name of a town.", place="path")


def described() -> dict[str, Any]:
    router = Router("Towns")

    @router.operation(
        "/towns/{name}", "Get", (JSON,), answer=Towns, parameters=[NAME, SIZE], operation_id="get"
    )
    def get(request: Request, name: str) -> Response:
        """Return towns."""
        return Response(request.method + name)

    form = describe_form("TownForm", [SIZE], required=["size"])

    @router.operation(
        "/towns",
        "Add",
        (JSON,),
        answer=Town | list[Town],
        parameters=[SIZE],
        body={"application/x-www-form-urlencoded": form, "text/x-town": {"type": "string"}},
        method="POST",
        operation_id="add",
    )
    def add(request: Request) -> Response:
        """Add a town."""
        return Response(request.method)

    app = FastAPI()
    app.include_router(router)
    return complete_document(app.openapi())


def test_answers_are_described_by_their_types_and_whatever_these_refer_to() -> None:
    document = described()
    schemas = document["components"]["schemas"]

    answers = [
        document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
        for path, method in (("/towns/{name}", "get"), ("/towns", "post"))
    ]
    town = {"$ref": "#/components/schemas/Town"}
    assert answers == [
        {"$ref": "#/components/schemas/Towns"},
        {"anyOf": [town, {"type": "array", "items": town}]},
    ]
    assert schemas["Town"] == {
        "title": "Town",
        "description": "A town.",
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    }
    assert schemas["Towns"]["properties"]["towns"] == {"type": "array", "items": town}


def test_an_enumeration_has_one_name_wherever_it_is_used() -> None:
    document = described()
    schemas, size = document["components"]["schemas"], {"$ref": "#/components/schemas/Size"}

    asked = document["paths"]["/towns/{name}"]["get"]["parameters"]
    assert [one["name"] for one in asked] == ["name", "size"]
    assert asked[0]["description"] == "The name of a town."
    assert asked[1]["schema"] == {"allOf": [size], "default": "small"}
    assert schemas["Size"] == {"type": "string", "enum": ["small", "large"], "title": "Size"}
    # Clients would send the default twice: in the address, and in the form.
    added = document["paths"]["/towns"]["post"]
    described_size = "The size. The default is `small`."
    assert added["parameters"][0]["schema"] == size
    assert added["parameters"][0]["description"] == described_size
    form = schemas["TownForm"]
    assert form["properties"]["size"] == {"allOf": [size], "description": described_size}
    assert form["required"] == ["size"]


def test_a_body_that_no_generator_can_send_is_named_in_the_description() -> None:
    body = described()["paths"]["/towns"]["post"]["requestBody"]

    assert list(body["content"]) == ["application/x-www-form-urlencoded"]
    assert body["description"] == "Or one of these as it is: `text/x-town`."


def test_examples_are_those_of_an_operation_or_of_all_parameters_with_a_name() -> None:
    examples = {"size": "large", "get.name": "Ulm"}
    examples |= {"add.application/x-www-form-urlencoded": {"size": "small"}}
    document = described()
    located = locate_document(document, "http://example.org", examples)

    got, added = (located["paths"]["/towns/{name}"]["get"], located["paths"]["/towns"]["post"])
    assert [one["example"] for one in got["parameters"]] == ["Ulm", "large"]
    assert [one["example"] for one in added["parameters"]] == ["large"]
    [content] = added["requestBody"]["content"].values()
    assert content["example"] == {"size": "small"}
    assert located["servers"] == [{"url": "http://example.org"}]
    assert "example" not in document["paths"]["/towns"]["post"]["parameters"][0]
