from fastapi import FastAPI, Request, Response

from service.answers.formats import JSON, TURTLE, Format
from service.http.openapi import Router, describe_parameter


def test_an_operation_is_described_by_its_formats_statuses_and_parameters() -> None:
    router = Router("Cities")

    @router.operation("/cities", "List the cities", (TURTLE, JSON), what="All cities.")
    def cities(request: Request) -> Response:
        """One triple per city."""
        return Response(request.method)

    app = FastAPI()
    app.include_router(router)
    described = app.openapi()["paths"]["/cities"]["get"]

    assert (described["tags"], described["summary"]) == (["Cities"], "List the cities")
    assert described["description"] == "One triple per city."
    assert list(described["responses"]["200"]["content"]) == ["text/turtle", "application/json"]
    assert set(described["responses"]) == {"200", "304", "406", "default"}
    [parameter] = described["parameters"]
    assert (parameter["name"], parameter["example"]) == ("format", "ttl")
    assert parameter["description"].endswith("The names are `ttl`, `json`.")


def test_an_operation_that_negotiates_nothing_has_only_its_own_parameters() -> None:
    router = Router("Cities", prefix="/cities")
    name = describe_parameter("name", "The name of a city.", required=True)

    @router.operation("", "Add a city", (), (204, 400), parameters=[name], method="POST")
    @router.operation("", "Remove all cities", (), (204,), method="DELETE")
    def change(request: Request) -> Response:
        """Change the cities."""
        return Response(request.method)

    app = FastAPI()
    app.include_router(router)
    described = app.openapi()["paths"]["/cities"]

    assert [parameter["name"] for parameter in described["post"]["parameters"]] == ["name"]
    assert described["post"]["parameters"][0]["required"]
    assert "parameters" not in described["delete"]
    assert "200" not in described["delete"]["responses"]


def test_a_file_that_no_generator_knows_is_also_described_as_bytes() -> None:
    router = Router("Cities")

    @router.operation("/cities.gz", "All cities", (Format("gz", "application/gzip"),))
    def cities(request: Request) -> Response:
        """One file."""
        return Response(request.method)

    app = FastAPI()
    app.include_router(router)
    content = app.openapi()["paths"]["/cities.gz"]["get"]["responses"]["200"]["content"]

    assert list(content) == ["application/gzip", "application/octet-stream"]
    assert content["application/gzip"]["schema"] == {"type": "string", "format": "binary"}
