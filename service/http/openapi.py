"""Describe parameters and responses in OpenAPI, those that FastAPI cannot see in the routes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from inspect import isawaitable, iscoroutinefunction
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

from fastapi import APIRouter, Request, Response

from kg.statuses import VIEWS
from service.answers.formats import (
    HTML,
    JSON,
    JSON_LD,
    LINKSET_JSON,
    RESULTS_JSON,
    VERSIONS,
    Format,
)
from service.answers.json_ld_types import JsonLdDocument
from service.answers.json_types import LinkSet, Problem, SparqlResults
from service.http.html import read_texts
from service.http.negotiation import LANGUAGES
from service.http.problems import MEDIA_TYPE
from service.http.threads import in_thread

Handler = TypeVar("Handler", bound=Callable[..., Any])
MULTIPLE_CHOICES: Final = 300
# The types of answers, by the names of their schemas; `service.http.api_document` describes them.
SCHEMAS: Final = "#/components/schemas/"
ANSWER_TYPES: Final[dict[str, Any]] = {}
_DESCRIPTIONS: Final = read_texts(Path(__file__).with_name("statuses.tsv"))
# The schema of an answer in JSON, unless its route names another.
_USUAL_ANSWERS: Final[dict[Format, Any]] = {
    JSON_LD: JsonLdDocument,
    LINKSET_JSON: LinkSet,
    RESULTS_JSON: SparqlResults,
}
# Generators of clients can read and send only these, and warn of an operation without any of them.
_READABLE: Final = ("text/", "json", "application/octet-stream")
_SENDABLE: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "json")
_BYTES: Final = {"type": "string", "format": "binary"}


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
        answer: Any = None,
        parameters: Sequence[Mapping[str, Any]] | None = None,
        body: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Callable[[Handler], Handler]:
        """Decorate the function that answers a method at a path; its docstring describes it.

        Unless it is a coroutine function, it runs in a thread (see `service.http.threads`);
        it may return a coroutine that goes on outside of the thread.

        The 200 response has these `formats` and the description `what`; without formats, the first
        of `statuses` stands in its place. `parameters` are those that the function itself reads, by
        default only `format` if it is negotiated, and the descriptions of parameters in the path;
        `context` is added for JSON-LD, `lang` for pages. A client is warned of any other.
        `answer` is the type of an answer in JSON, other than SPARQL results, or of a 300. `body`
        maps media types to schemas.
        """
        problem = {MEDIA_TYPE: {"schema": schema_of(Problem)}}
        responses: dict[int | str, dict[str, Any]] = {}
        if formats:
            responses[200] = {"description": what, "content": _describe_content(formats, answer)}
        for status in statuses:
            responses[status] = {"description": _DESCRIPTIONS[str(status)]}
            if status >= 400 or (status == MULTIPLE_CHOICES and answer is None):
                responses[status]["content"] = problem
            elif status == MULTIPLE_CHOICES:
                responses[status]["content"] = _describe_content([JSON], answer)
        responses["default"] = {"description": "Any other failure.", "content": problem}
        if parameters is None:
            parameters = [FORMAT_PARAMETER] if 406 in statuses else []
        if body is not None:
            parameters = [_without_default(one) for one in parameters]
        if 406 in statuses:
            parameters = _add_usual(parameters, formats)
        parameters = [_name_formats(one, formats) for one in parameters]
        extra: dict[str, Any] = {"parameters": parameters} if parameters else {}
        if body is not None:
            extra["requestBody"] = _describe_body(body)
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
            route(handler if iscoroutinefunction(handler) else _in_thread(handler))
            return handler

        return decorate


def _add_usual(
    parameters: Sequence[Mapping[str, Any]], formats: Sequence[Format]
) -> Sequence[Mapping[str, Any]]:
    """Add the parameters of every answer that may have one of these formats."""
    usual = {JSON_LD: CONTEXT_PARAMETER, HTML: LANGUAGE_PARAMETER}
    given = [one["name"] for one in parameters]
    missing = (one for form, one in usual.items() if form in formats and one["name"] not in given)
    return [*parameters, *missing]


def _in_thread(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Call a function, one of whose parameters is `request`, in a thread."""

    @wraps(handler)
    async def answer(request: Request, **parameters: Any) -> Any:
        answer = await in_thread(request, partial(handler, request=request, **parameters))
        return await answer if isawaitable(answer) else answer

    return answer


def schema_of(answer: Any) -> dict[str, Any]:
    """Return the schema of an answer's type: a reference to its name, or what consists of such."""
    if get_origin(answer) is list:
        return {"type": "array", "items": schema_of(*get_args(answer))}
    if get_origin(answer) in (Union, UnionType):
        return {"anyOf": list(map(schema_of, get_args(answer)))}
    ANSWER_TYPES[answer.__name__] = answer
    return {"$ref": f"{SCHEMAS}{answer.__name__}"}


def _describe_content(formats: Sequence[Format], answer: Any) -> dict[str, Any]:
    """Describe the content of a response; files that no generator knows are also bytes."""
    schemas = {form.media_type: _schema(form, answer) for form in formats}
    if not any(part in media_type for media_type in schemas for part in _READABLE):
        schemas = {**dict.fromkeys(schemas, _BYTES), "application/octet-stream": _BYTES}
    return {media_type: {"schema": schema} for media_type, schema in schemas.items()}


def _schema(form: Format, answer: Any) -> dict[str, Any]:
    usual = _USUAL_ANSWERS.get(form)
    if form != RESULTS_JSON and form.media_type.endswith("json") and (answer or usual):
        return schema_of(answer or usual)
    return schema_of(usual) if usual else {"type": "string"}


def _name_formats(parameter: Mapping[str, Any], formats: Sequence[Format]) -> Mapping[str, Any]:
    """Add the names of the formats to the parameter that chooses one of them."""
    if parameter["name"] != FORMAT_PARAMETER["name"] or not formats:
        return parameter
    names = ", ".join(f"`{form.name}`" for form in formats)
    named = f"{parameter['description']} The names are {names}."
    return {**parameter, "description": named, "example": formats[0].name}


def _describe_body(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a body; media types that no generator can send are named in the description."""
    sendable = {name for name in schemas if name.endswith(_SENDABLE)} or set(schemas)
    others = [f"`{name}`" for name in schemas if name not in sendable]
    said = {"description": f"Or one of these as it is: {', '.join(others)}."} if others else {}
    content = {name: {"schema": schemas[name]} for name in schemas if name in sendable}
    return {"required": True, "content": content, **said}


def describe_parameter(
    name: str, description: str, *, place: str = "query", required: bool = False, **schema: Any
) -> dict[str, Any]:
    """Describe a parameter, which is a string unless its schema has another type.

    The names of enumerations are those of their parameters.
    """
    schema = {"type": "string", **schema}
    if "enum" in schema:
        schema.setdefault("title", f"{name[0].upper()}{name[1:]}")
    style = {"style": "form", "explode": True} if schema["type"] == "array" else {}
    needed = {"required": True} if required or place == "path" else {}
    parameter = {"name": name, "in": place, "description": description, "schema": schema}
    return {**parameter, **style, **needed}


def describe_form(
    title: str, fields: Sequence[Mapping[str, Any]], *, required: Sequence[str] = ()
) -> dict[str, Any]:
    """Describe a form, which may have these parameters as its fields."""
    properties = {
        field["name"]: {"description": field["description"], **field["schema"]}
        for field in map(_without_default, fields)
    }
    return {
        "title": title,
        "type": "object",
        **({"required": list(required)} if required else {}),
        "properties": properties,
    }


def _without_default(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """Name the default in the description only.

    Clients send each default that a schema has: in the address and in the form, if both have it.
    """
    schema, described = dict(parameter["schema"]), dict(parameter)
    if "default" in schema:
        default = schema.pop("default")
        described["description"] += f" The default is `{default}`."
    return {**described, "schema": schema}


FORMAT_PARAMETER: Final = describe_parameter(
    "format",
    "The name or media type of a format; overrides the Accept header. The first known one counts.",
)
LANGUAGE_PARAMETER: Final = describe_parameter(
    "lang",
    "The language of a page; overrides the Accept-Language header.",
    enum=list(LANGUAGES),
    title="Language",
)
CONTEXT_PARAMETER: Final = describe_parameter(
    "context", "`inline` puts the context into the JSON-LD document.", enum=["inline"]
)
RESOURCE_PARAMETERS: Final = [
    CONTEXT_PARAMETER,
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
        "What the view supposes beyond that: the claims of one holder, by any name, or "
        "`hypotheses`, or `plans`; by default nothing.",
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
