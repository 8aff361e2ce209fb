"""The manifest of the reconciliation service: what a client may ask of it.

/reconcile: match names with entities of the release, for OpenRefine (Reconciliation API 0.2).

HTML previews of entities, types and properties, for reconciliation clients.

/reconcile/…: suggestions, fly-outs, previews and proposals of properties.
"""

import json
import time
from collections.abc import Iterator
from enum import StrEnum
from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode

from kg.errors import LimitExceeded, MalformedParameter
from kg.linking.name_index import Entity
from kg.linking.reconciler import SUGGESTIONS_PER_PAGE
from kg.linking.reconciliation_batches import BatchLimits, parse_extension, parse_queries
from kg.linking.reconciliation_terms import VocabularyTerm
from kg.namespaces import GLOCAL, ID, SKOS, shorten
from service.answers.formats import HTML, JSON
from service.errors import ContentTooLarge, MissingParameter
from service.http.html import FRAMEABLE_SECURITY_HEADERS, write_html_page
from service.http.openapi import Responses, describe_parameter, describe_responses
from service.http.request import (
    FORM_MEDIA_TYPE,
    Parameters,
    accepted_media_type,
    decode_parameters,
    query_parameters,
    read_body,
    register_path_words,
    single_value,
)
from service.served import ServedRelease, served_release

_DEFAULT_TYPES: Final = 12
_PREVIEW: Final = {"width": 400, "height": 220}
_PROPERTY_SETTINGS: Final = [
    {
        "name": "language",
        "label": "Language of texts",
        "type": "select",
        "default": "any",
        "help_text": "Leave out texts in other languages.",
        "choices": [
            {"value": "any", "name": "Both"},
            {"value": "en", "name": "English"},
            {"value": "zh", "name": "中文"},
        ],
    },
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "Maximum number of values; 0 means all.",
    },
]


def manifest(release: ServedRelease, base: str, *, batch_size: int) -> dict[str, Any]:
    """Return the manifest of the reconciliation service.

    Args:
        release: the release that names are matched with.
        base: the address of the service, without a trailing slash.
        batch_size: the most queries that one batch may have.

    Source: Reconciliation Service API v0.2, section "Service Manifest".
    """
    types = list(release.reconciler.vocabulary.types.values())[:_DEFAULT_TYPES]
    return {
        "versions": ["0.2"],
        "name": "Glocal: global cities and global governance",
        "identifierSpace": str(ID),
        "schemaSpace": str(GLOCAL),
        "defaultTypes": [{"id": type_.identifier, "name": type_.name} for type_ in types],
        "documentation": f"{base}/",
        "serviceVersion": release.service_version,
        "batchSize": batch_size,
        "view": {"url": f"{base}/id/{{{{id}}}}"},
        "preview": {"url": f"{base}/reconcile/preview?id={{{{id}}}}", **_PREVIEW},
        "suggest": {
            kind: {
                "service_url": base,
                "service_path": f"/reconcile/suggest/{kind}",
                "flyout_service_url": base,
                "flyout_service_path": f"/reconcile/flyout/{kind}?id=${{id}}",
            }
            for kind in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/reconcile/properties"},
            "property_settings": _PROPERTY_SETTINGS,
        },
    }


router = APIRouter(prefix="/reconcile", tags=["Reconciliation"])

LIMITS: Final = BatchLimits()
# Enough for the largest batch of Chinese names of usual length, percent-encoded.
_MAX_BODY_BYTES: Final = 4_000_000
_QUERIES: Final = describe_parameter(
    "queries", "A batch of queries in JSON: an object with a query under each key."
)
_EXTEND: Final = describe_parameter(
    "extend", "The entities and properties to return values of, in JSON."
)
_JSON: Final[Responses] = describe_responses((JSON,), 400, 404, 413)


async def read_form(request: Request) -> Parameters:
    """Read the fields of the posted form; a FastAPI dependency."""
    accepted_media_type(request, [FORM_MEDIA_TYPE])
    return decode_parameters(await read_body(request, _MAX_BODY_BYTES), "the body")


@router.get(
    "",
    summary="Get the manifest of the reconciliation service",
    responses=_JSON,
    response_class=Response,
    openapi_extra={"parameters": [_QUERIES, _EXTEND]},
)
def reconcile_by_address(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Return the manifest; with `queries` or `extend`, the same answer as POST."""
    pairs = query_parameters(request)
    if not any(name in ("queries", "extend") for name, _ in pairs):
        base = str(request.base_url).rstrip("/")
        return json_response(manifest(release, base, batch_size=LIMITS.queries))
    return json_response(_answer(release, pairs))


@router.post(
    "",
    summary="Reconcile a batch of names, or extend entities",
    responses=describe_responses((JSON,), 400, 413, 415),
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM_MEDIA_TYPE: {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "queries": {"type": "string", "description": _QUERIES["description"]},
                            "extend": {"type": "string", "description": _EXTEND["description"]},
                        },
                    }
                }
            },
        }
    },
)
def reconcile(
    pairs: Annotated[Parameters, Depends(read_form)],
    release: Annotated[ServedRelease, Depends(served_release)],
) -> Response:
    """Return candidates for each query by score (0 to 100), or property values of entities.

    `match` is true if exactly one entity of the given types and property values has this name,
    regardless of case, punctuation and Chinese script.
    """
    return json_response(_answer(release, pairs))


def _answer(release: ServedRelease, pairs: Parameters) -> dict[str, Any]:
    queries, extend = single_value(pairs, "queries"), single_value(pairs, "extend")
    if (queries is None) == (extend is None):
        raise MissingParameter("queries", "expected either queries or extend")
    reconciler = release.reconciler
    try:
        if extend is not None:
            return reconciler.extend(parse_extension(extend, reconciler.vocabulary, LIMITS))
        batch = parse_queries(queries or "", reconciler.vocabulary, LIMITS)
    except LimitExceeded as error:
        raise ContentTooLarge(int(error.allowed), error.limit) from error
    max_seconds = release.settings.max_query_seconds
    deadline, results = time.monotonic() + max_seconds, {}
    for name, query in batch.items():
        if time.monotonic() > deadline:
            raise LimitExceeded("seconds for a batch", max_seconds, "Send smaller batches.")
        results[name] = {"result": reconciler.reconcile(query)}
    return results


def json_response(content: dict[str, Any]) -> Response:
    """Return a response with this content as JSON."""
    # On one line, which is four times as fast to write; only programs read it.
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, media_type=JSON.media_type)


_MATCH_RELATIONS: Final = (SKOS["exactMatch"], SKOS["closeMatch"])


class SuggestionKind(StrEnum):
    """The kinds of things that can be suggested."""

    entity = "entity"
    type = "type"
    property = "property"


register_path_words("suggested", SuggestionKind)


def preview(release: ServedRelease, identifier: str) -> bytes:
    """Return a small self-contained page about an entity.

    Raises:
        UnknownName: there is no such entity.
    """
    entity = release.reconciler.entity(identifier)
    body = "\n".join(_paragraphs(release, entity))
    return write_html_page(escape(entity.label()), f'<main class="preview">{body}</main>')


def flyout_html(release: ServedRelease, kind: SuggestionKind, identifier: str) -> str:
    """Return an HTML fragment about a suggestion.

    Raises:
        UnknownName: there is no such entity, type or property.
    """
    if kind is SuggestionKind.entity:
        return "".join(_paragraphs(release, release.reconciler.entity(identifier)))
    vocabulary = release.reconciler.vocabulary
    find = vocabulary.type if kind is SuggestionKind.type else vocabulary.property
    term = find(identifier)
    labels = " · ".join(_span(language, text) for language, text in term.labels.items())
    return f"<p><b>{labels or escape(term.name)}</b></p><p>{escape(term.definition)}</p>"


def _paragraphs(release: ServedRelease, entity: Entity) -> Iterator[str]:
    labels = [name for name in entity.names if name.is_label]
    aliases = [name for name in entity.names if not name.is_label]
    yield f"<p><b>{' · '.join(_span(name.language, name.text) for name in labels)}</b></p>"
    if aliases:
        yield f"<p>{', '.join(_span(name.language, name.text) for name in aliases)}</p>"
    types = ", ".join(escape(type_["name"]) for type_ in release.reconciler.stated_types(entity))
    yield f"<p>{types}</p>"
    for relation in _MATCH_RELATIONS:
        for triple in sorted(release.store.triples(entity.iri, relation), key=str):
            if isinstance(triple.object, NamedNode):
                iri, name = escape(triple.object.value), escape(shorten(triple.object.value))
                yield f'<p><a href="{iri}">{name}</a> ({escape(shorten(relation.value))})</p>'


def _span(language: str, text: str) -> str:
    return f'<span lang="{escape(language)}">{escape(text)}</span>'


_MAX_PROPERTIES: Final = 100
_MAX_DIGITS: Final = 9
_PREFIX: Final = describe_parameter("prefix", "The text typed so far.")
_CURSOR: Final = describe_parameter("cursor", "Number of suggestions to skip.", type="integer")
_ID: Final = describe_parameter("id", "The identifier of an entity, a class or a property.")
_SUGGESTION_RESPONSES: Final[Responses] = describe_responses((JSON,), 400, 404)


@router.get(
    "/suggest/{kind:suggested}",
    summary="Suggest completions of a typed text",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [_PREFIX, _CURSOR]},
)
def suggest(
    request: Request,
    kind: SuggestionKind,
    release: Annotated[ServedRelease, Depends(served_release)],
) -> Response:
    """Suggest entities, types or properties whose names begin with the prefix, or resemble it."""
    pairs = query_parameters(request)
    prefix, cursor = single_value(pairs, "prefix"), single_value(pairs, "cursor") or "0"
    if prefix is None:
        raise MissingParameter("prefix", "expected the text typed so far")
    if len(prefix) > LIMITS.characters:
        raise MalformedParameter("prefix", f"expected at most {LIMITS.characters} characters")
    if not _is_number(cursor):
        raise MalformedParameter("cursor", "expected a whole number, 0 or greater")
    suggestions = _suggest(release, kind, prefix)
    return json_response({"result": suggestions[int(cursor) : int(cursor) + SUGGESTIONS_PER_PAGE]})


@router.get(
    "/flyout/{kind:suggested}",
    summary="Describe one suggestion in a fly-out",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def flyout(
    request: Request,
    kind: SuggestionKind,
    release: Annotated[ServedRelease, Depends(served_release)],
) -> Response:
    """Return names and definition as an HTML fragment within JSON."""
    identifier = _read_identifier(request)
    return json_response({"id": identifier, "html": flyout_html(release, kind, identifier)})


@router.get(
    "/preview",
    summary="Preview an entity",
    responses=describe_responses((HTML,), 400, 404),
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def preview_entity(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Return a page with names, types and links of an entity, of the size given in the manifest."""
    page = preview(release, _read_identifier(request))
    content_type = f"{HTML.media_type}; charset=utf-8"
    return Response(page, headers={"Content-Type": content_type, **FRAMEABLE_SECURITY_HEADERS})


@router.get(
    "/properties",
    summary="List the properties of a type",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={
        "parameters": [
            describe_parameter("type", "A class."),
            describe_parameter("limit", "Maximum number of properties."),
        ]
    },
)
def properties(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """List properties that data extension may ask for, the most frequent first."""
    pairs = query_parameters(request)
    name, limit = single_value(pairs, "type"), single_value(pairs, "limit") or str(_MAX_PROPERTIES)
    if name is None:
        raise MissingParameter("type", "expected a class, such as City")
    if not (limit.isascii() and limit.isdecimal() and 0 < len(limit) <= _MAX_DIGITS and int(limit)):
        raise MalformedParameter("limit", "expected a whole number, 1 or greater")
    vocabulary = release.reconciler.vocabulary
    type_ = vocabulary.type(name)
    proposals = [_describe(term) for term in vocabulary.properties_of(type_)[: int(limit)]]
    return json_response({"type": type_.identifier, "limit": int(limit), "properties": proposals})


def _suggest(release: ServedRelease, kind: SuggestionKind, prefix: str) -> list[dict[str, Any]]:
    reconciler = release.reconciler
    if kind is SuggestionKind.type:
        return [_describe_type(release, term) for term in reconciler.suggest_types(prefix)]
    if kind is SuggestionKind.property:
        return [_describe(term) for term in reconciler.suggest_properties(prefix)]
    return [
        {
            "id": entity.local_name,
            "name": entity.label(),
            "description": entity.label("zh"),
            "notable": reconciler.stated_types(entity),
        }
        for entity in reconciler.suggest_entities(prefix)
    ]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS


def _describe(term: VocabularyTerm) -> dict[str, Any]:
    description = {"description": term.definition} if term.definition else {}
    return {"id": term.identifier, "name": term.name, **description}


def _describe_type(release: ServedRelease, term: VocabularyTerm) -> dict[str, Any]:
    types = release.reconciler.vocabulary.types
    broader = [{"id": name, "name": types[name].name} for name in term.broader if name in types]
    return {**_describe(term), **({"broader": broader} if broader else {})}


def _read_identifier(request: Request) -> str:
    identifier = single_value(query_parameters(request), "id")
    if not identifier or len(identifier) > LIMITS.characters:
        raise MissingParameter("id", "expected an identifier, such as London")
    return identifier
