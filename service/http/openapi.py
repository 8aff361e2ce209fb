"""Describe parameters and responses in OpenAPI, those that FastAPI cannot see in the routes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from inspect import isawaitable, iscoroutinefunction
from pathlib import Path
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Request, Response

from kg.statuses import VIEWS
from service.answers.formats import VERSIONS, Format
from service.http.html import read_texts
from service.http.negotiation import LANGUAGES
from service.http.problems import MEDIA_TYPE
from service.http.turns import in_turn

Handler = TypeVar("Handler", bound=Callable[..., Any])
_DESCRIPTIONS: Final = read_texts(Path(__file__).with_name("statuses.tsv"))
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
        "candidates": {
            "type": "array",
            "description": "For a name of several things: the IRI, CURIE, label and path of each.",
            "items": {"type": "object"},
        },
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

        Unless it is a coroutine function, it runs in a thread, in turn (see `service.http.turns`);
        it may return a coroutine that goes on outside of the thread.

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
            responses[status] = {"description": _DESCRIPTIONS[str(status)]}
            if status >= 400:
                responses[status]["content"] = problem
        responses["default"] = {"description": "Any other failure.", "content": problem}
        if parameters is None:
            parameters = [FORMAT_PARAMETER] if 406 in statuses else []
        extra: dict[str, Any] = {"parameters": list(parameters)} if parameters else {}
        if body is not None:
            extra["requestBody"] = {"required": True, "content": _content(body)}
        route = self.api_route(
            path,
            methods=[method],
            summary=summary,
            responses=responses,
            openapi_extra=extra,
            status_code=200 if formats else statuses[0],
            response_model=None,
            **options,
        )

        def decorate(handler: Handler) -> Handler:
            route(handler if iscoroutinefunction(handler) else _with_turns(handler))
            return handler

        return decorate


def _with_turns(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function, one of whose parameters is `request`, when it is the client's turn."""

    @wraps(handler)
    async def answer(request: Request, **parameters: Any) -> Any:
        answer = await in_turn(request, partial(handler, request=request, **parameters))
        return await answer if isawaitable(answer) else answer

    return answer


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
    "format",
    "The name or media type of a format; overrides the Accept header. The first known one counts.",
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
VIEW_PARAMETERS: Final = [
    describe_parameter(
        "view",
        "Whose judgement the default graph rests on: `facts` (facts and background), `paper` (also "
        "the theses of the paper; the default) or `readings` (also those of the curators).",
        enum=list(VIEWS),
    ),
    describe_parameter(
        "world",
        "What the view supposes beyond that: the claims of one holder, by any name, such as "
        "`LiuJianghua`, or `hypotheses`, or `plans`.",
    ),
]
PAGING_PARAMETERS: Final = [
    describe_parameter("limit", "The most rows to return.", type="integer", minimum=1),
    describe_parameter("offset", "The rows to leave out first.", type="integer", minimum=0),
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
