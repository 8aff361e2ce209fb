"""Describe parameters and responses in OpenAPI, those that FastAPI cannot see in the routes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Response

from service.answers.formats import VERSIONS, Format
from service.http.negotiation import LANGUAGES
from service.http.problems import MEDIA_TYPE

Handler = TypeVar("Handler", bound=Callable[..., Any])
_DESCRIPTIONS: Final = {
    201: "The graph was created.",
    204: "Done; the response has no body.",
    206: "The part of the file that Range requests.",
    300: "Several resources match; the response lists them for the client to choose from.",
    303: "See the resource or its document, which is in the format that Accept prefers.",
    304: "The client already holds the answer (If-None-Match).",
    307: "Redirect to the newest version.",
    400: "A malformed query or parameter, or a result that is too large.",
    401: "The token is missing; WWW-Authenticate says how to send it.",
    403: "Refused: an endpoint that is not allowed, an unknown function, a wrong token, or a "
    "read-only store.",
    404: "Nothing has this name; the response lists similar names.",
    406: "No offered media type is acceptable; the response lists those that are offered.",
    409: "A well-formed update that cannot be carried out; nothing was changed.",
    410: "The resource was withdrawn; the response says why, since when, and what replaces it.",
    412: "The condition of If-Match or If-None-Match does not hold; nothing was changed.",
    413: "The body is longer than allowed.",
    414: "The URL, or the query in it, is longer than allowed.",
    415: "The media type of the body is not supported.",
    416: "The part that Range requests begins after the end of the file.",
    422: "A well-formed patch that changes more than facts, or names something unknown.",
    502: "Another endpoint, called by SERVICE, returned no usable answer.",
    503: "Too many requests at once, too much memory, or a process that ended; Retry-After says "
    "when to try again.",
    504: "The query, or an endpoint that it calls, took longer than allowed.",
}
_TEXT: Final = {"type": "string"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_LACKING_RULE: Final = {
    "rule": _TEXT,
    "sentence": {"type": "object", "additionalProperties": _TEXT},
    "missing": _TEXT,
    "present": _TEXTS,
}
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "line": {"type": "integer", "description": "In a malformed query, counted from 1."},
        "column": {"type": "integer", "description": "In characters, counted from 1."},
        "near": _TEXTS,
        "nearest": {
            "type": "array",
            "description": "For a triple without a proof: rules that lack only one premise for it.",
            "items": {"type": "object", "properties": _LACKING_RULE},
        },
        "offered": _TEXTS,
    },
}


class Router(APIRouter):
    """A router whose operations are described in OpenAPI with all that FastAPI cannot see."""

    def __init__(self, tag: str, *, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[tag], default_response_class=Response)

    def operation(
        self,
        path: str,
        summary: str,
        formats: Sequence[Format],
        statuses: Sequence[int] = (304, 406),
        *,
        method: str = "GET",
        what: str = "The answer.",
        schemas: Mapping[str, Any] | None = None,
        parameters: Sequence[Mapping[str, Any]] | None = None,
        body: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """Decorate the function that answers a method at a path; its docstring describes it.

        The 200 response has these `formats` and the description `what`; without formats, the first
        of `statuses` stands in its place. `parameters` are those that the function itself reads, by
        default only `format` if it is negotiated. `schemas` and `body` map media types to schemas.
        """
        problem = {MEDIA_TYPE: {"schema": _PROBLEM}}
        responses: dict[int | str, dict[str, Any]] = {}
        if formats:
            content = {form.media_type: _schema(form) for form in formats} | dict(schemas or {})
            responses[200] = {"description": what, "content": _content(content)}
        for status in statuses:
            responses[status] = {"description": _DESCRIPTIONS[status]}
            if status >= 400:
                responses[status]["content"] = problem
        responses["default"] = {"description": "Any other failure.", "content": problem}
        if parameters is None:
            parameters = [FORMAT_PARAMETER] if 406 in statuses else []
        extra: dict[str, Any] = {"parameters": list(parameters)} if parameters else {}
        if body is not None:
            extra["requestBody"] = {"required": True, "content": _content(body)}
        return self.api_route(
            path,
            methods=[method],
            summary=summary,
            responses=responses,
            openapi_extra=extra,
            status_code=200 if formats else statuses[0],
            **options,
        )


def _content(schemas: Mapping[str, Any]) -> dict[str, Any]:
    return {media_type: {"schema": schema} for media_type, schema in schemas.items()}


def _schema(form: Format) -> dict[str, str]:
    return {"type": "object"} if form.media_type.endswith("json") else {"type": "string"}


def describe_parameter(
    name: str, description: str, *, required: bool = False, **schema: Any
) -> dict[str, Any]:
    """Describe a query parameter, which is a string unless its schema has another type."""
    schema = {"type": "string", **schema}
    style = {"style": "form", "explode": True} if schema["type"] == "array" else {}
    needed = {"required": True} if required else {}
    parameter = {"name": name, "in": "query", "description": description, "schema": schema}
    return {**parameter, **style, **needed}


FORMAT_PARAMETER: Final = describe_parameter(
    "format", "The name or media type of a format; overrides the Accept header."
)
LANGUAGE_PARAMETER: Final = describe_parameter(
    "lang", "The language of a page; overrides the Accept-Language header.", enum=list(LANGUAGES)
)
RESOURCE_PARAMETERS: Final = [
    describe_parameter(
        "context", "`inline` puts the context into the JSON-LD document.", enum=["inline"]
    ),
    describe_parameter(
        "evidence",
        "`1` puts each statement into the graphs that state it; TriG, N-Quads and JSON-LD only.",
        enum=["0", "1"],
    ),
    describe_parameter("frame", "The name of a frame for JSON-LD; see `/frames`."),
]
ENTAILMENT_PARAMETER: Final = describe_parameter(
    "entailment", "`none` leaves out derived triples.", enum=["all", "none"], default="all"
)
VERSION_PARAMETER: Final = describe_parameter(
    "version",
    "The version of SPARQL, and the highest of RDF; by default, the answer says if it has 1.2.",
    enum=list(VERSIONS),
)
_GRAPHS: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string", "format": "iri"}}
# The parameters that identify a graph (Graph Store Protocol, section 4.2).
GRAPH_PARAMETERS: Final = [
    describe_parameter("graph", "The IRI of a named graph.", format="iri"),
    {
        **describe_parameter("default", "The default graph; the parameter has no value."),
        "allowEmptyValue": True,
    },
]
DATASET_PARAMETERS: Final = [
    describe_parameter(
        "default-graph-uri", "A graph to merge into the default graph, instead of FROM.", **_GRAPHS
    ),
    describe_parameter(
        "named-graph-uri", "A named graph of the dataset, instead of FROM NAMED.", **_GRAPHS
    ),
    ENTAILMENT_PARAMETER,
    VERSION_PARAMETER,
    FORMAT_PARAMETER,
]
