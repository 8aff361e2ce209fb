"""What OpenAPI says of the routes whose parameters and answers FastAPI cannot see."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from service.answers.formats import VERSIONS, Format
from service.http.negotiation import LANGUAGES
from service.http.problems import MEDIA_TYPE

_WHAT: Final = {
    201: "The graph is new.",
    204: "It is done; there is nothing to say of it.",
    206: "The part of the file that Range asks for.",
    300: "Several resources fit; the answer lists them, and the client chooses.",
    303: "See the document that describes the resource, in the format that Accept likes best.",
    304: "The client holds the answer already (If-None-Match).",
    307: "See the newest version.",
    400: "A malformed query or parameter, or a result that is too large.",
    401: "The token is missing; WWW-Authenticate says how to bring it.",
    403: "Refused: an endpoint that is not allowed, an unknown function, a wrong token, or a "
    "store that is read-only.",
    404: "Nothing of this name; near names are given.",
    406: "No offered media type fits; those that are offered are named.",
    409: "A well-formed update that cannot be carried out; nothing was changed.",
    410: "It was here once; why, since when, and what stands for it now.",
    412: "The condition of If-Match or If-None-Match does not hold; nothing was changed.",
    413: "The body is longer than allowed.",
    414: "The address, or the query in it, is longer than allowed.",
    415: "The body is of a media type that is not read.",
    416: "The part that Range asks for begins behind the end of the file.",
    422: "A well-formed patch that changes more than facts, or speaks of what is not there.",
    502: "Another endpoint, which SERVICE asks, gives no answer that can be used.",
    503: "Too many at once, too much memory, or a process that was ended; Retry-After says when "
    "to ask again.",
    504: "The query, or an endpoint that it asks, took longer than allowed.",
}
_FAILURES: Final = frozenset(range(400, 600))
_PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "line": {"type": "integer", "description": "Of a malformed query, counted from 1."},
        "column": {"type": "integer", "description": "In characters, counted from 1."},
        "near": {"type": "array", "items": {"type": "string"}},
        "nearest": {
            "type": "array",
            "description": "For a triple without a proof: rules that lack one premise for it.",
            "items": {
                "type": "object",
                "properties": {
                    "rule": {"type": "string"},
                    "sentence": {"type": "object", "additionalProperties": {"type": "string"}},
                    "missing": {"type": "string"},
                    "present": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
        "offered": {"type": "array", "items": {"type": "string"}},
    },
}

Responses = dict[int | str, dict[str, Any]]


def responses(
    formats: Sequence[Format],
    *statuses: int,
    what: str = "The answer.",
    schemas: Mapping[str, Any] | None = None,
) -> Responses:
    """The answers of a route: 200 in these formats, some with their schema, and these failures."""
    found: Responses = {}
    if formats:
        content = {form.media_type: {"schema": _schema(form)} for form in formats}
        content |= {name: {"schema": schema} for name, schema in (schemas or {}).items()}
        found[200] = {"description": what, "content": content}
    for status in statuses:
        found[status] = {"description": _WHAT[status]}
        if status in _FAILURES:
            found[status]["content"] = {MEDIA_TYPE: {"schema": _PROBLEM}}
    found["default"] = {
        "description": "Any other failure.",
        "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
    }
    return found


def _schema(form: Format) -> dict[str, str]:
    return {"type": "object"} if form.media_type.endswith("json") else {"type": "string"}


def parameter(name: str, what: str, **schema: Any) -> dict[str, Any]:
    """A parameter in the address."""
    is_list = schema.get("type") == "array"
    style = {"style": "form", "explode": True} if is_list else {}
    schema = schema or {"type": "string"}
    return {"name": name, "in": "query", "description": what, "schema": schema, **style}


FORMAT: Final = parameter(
    "format", "A format's name or media type; stronger than the Accept header."
)
LANGUAGE: Final = parameter(
    "lang",
    "The language of a page; stronger than the Accept-Language header.",
    type="string",
    enum=list(LANGUAGES),
)
OF_RESOURCE: Final = [
    parameter(
        "context",
        "`inline` puts the context into the JSON-LD document.",
        type="string",
        enum=["inline"],
    ),
    parameter(
        "evidence",
        "1 gives each statement in the graphs that say so; TriG, N-Quads, JSON-LD.",
        type="string",
        enum=["0", "1"],
    ),
    parameter("frame", "The name of a frame for JSON-LD; see `/frames`."),
]
ENTAILMENT: Final = parameter(
    "entailment",
    "`none` leaves out what is derived.",
    type="string",
    enum=["all", "none"],
    default="all",
)
VERSION: Final = parameter(
    "version",
    "Of SPARQL and RDF; without 1.2, the answer is in RDF 1.1.",
    type="string",
    enum=list(VERSIONS),
)
_GRAPHS: Final = {"type": "array", "items": {"type": "string", "format": "iri"}}
# Which graph of a store (Graph Store Protocol, section 4.2).
GRAPH: Final = [
    parameter("graph", "The IRI of a named graph.", type="string", format="iri"),
    {
        **parameter("default", "The default graph, without a value.", type="string"),
        "allowEmptyValue": True,
    },
]
DATASET: Final = [
    parameter("default-graph-uri", "A graph of the default graph, instead of FROM.", **_GRAPHS),
    parameter("named-graph-uri", "A named graph, instead of FROM NAMED.", **_GRAPHS),
    ENTAILMENT,
    VERSION,
    FORMAT,
]
