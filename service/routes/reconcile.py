"""What the reconciliation service can do, for clients that ask it first.

/reconcile: tables of names against the release, as OpenRefine asks (Reconciliation API 0.2).

Small pieces of HTML about an entity, a class or a property, for reconciliation clients.

/reconcile/…: suggestions, small pictures of them, previews and proposals of properties.
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
from kg.linking.reconciler import PAGE
from kg.linking.reconciliation_batches import Limits, read_batch, read_extension
from kg.linking.reconciliation_terms import Term
from kg.namespaces import GLOCAL, ID, SKOS, shorten
from service.answers.formats import HTML, JSON
from service.errors import ContentTooLarge, MissingParameter
from service.http.html import POLICY_IN_FRAMES, html_page
from service.http.openapi import Responses, parameter, responses
from service.http.request import (
    FORM,
    Pairs,
    in_address,
    media_type_of,
    pairs_of,
    read_body,
    register_words,
    single,
)
from service.served import Served, served

_DEFAULT_TYPES: Final = 12
_PREVIEW: Final = {"width": 400, "height": 220}
_SETTINGS: Final = [
    {
        "name": "language",
        "label": "Language of texts",
        "type": "select",
        "default": "any",
        "help_text": "Leave out texts in the other language.",
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
        "help_text": "How many values at most; 0 for all.",
    },
]


def manifest(here: Served, base: str, *, batch_size: int) -> dict[str, Any]:
    """The manifest, with addresses below this one.

    Source: Reconciliation Service API v0.2, section "Service Manifest".
    """
    types = list(here.reconciler.vocabulary.types.values())[:_DEFAULT_TYPES]
    return {
        "versions": ["0.2"],
        "name": "Glocal: global cities and global governance",
        "identifierSpace": str(ID),
        "schemaSpace": str(GLOCAL),
        "defaultTypes": [{"id": one.identifier, "name": one.name} for one in types],
        "documentation": f"{base}/",
        "serviceVersion": here.service_version,
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
            "property_settings": _SETTINGS,
        },
    }


router = APIRouter(prefix="/reconcile", tags=["Reconciliation"])

LIMITS: Final = Limits()
# A batch at the limits, of names of usual length, in percent-encoded Chinese.
_MOST_BYTES: Final = 4_000_000
_QUERIES: Final = parameter("queries", "A batch of queries by name, in JSON.")
_EXTEND: Final = parameter("extend", "Entities and properties whose values are asked, in JSON.")
_JSON: Final[Responses] = responses((JSON,), 400, 404, 413)


async def posted(request: Request) -> Pairs:
    """The fields of the form; a FastAPI dependency."""
    media_type_of(request, [FORM])
    return pairs_of(await read_body(request, _MOST_BYTES), "the body")


@router.get(
    "",
    summary="The manifest of the reconciliation service",
    responses=_JSON,
    response_class=Response,
    openapi_extra={"parameters": [_QUERIES, _EXTEND]},
)
def reconcile_by_address(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Without parameters the manifest; with `queries` or `extend` what POST answers to them."""
    pairs = in_address(request)
    if not any(name in ("queries", "extend") for name, _ in pairs):
        base = str(request.base_url).rstrip("/")
        return write(manifest(here, base, batch_size=LIMITS.queries))
    return write(_answer(here, pairs))


@router.post(
    "",
    summary="Reconcile a batch of names, or extend entities",
    responses=responses((JSON,), 400, 413, 415),
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                FORM: {
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
    pairs: Annotated[Pairs, Depends(posted)], here: Annotated[Served, Depends(served)]
) -> Response:
    """Candidates for each query by score (0 to 100), or the values of properties of entities.

    `match` is true where one entity alone, of the types asked for and with the property values
    given, bears exactly this name but for case, punctuation and Chinese script.
    """
    return write(_answer(here, pairs))


def _answer(here: Served, pairs: Pairs) -> dict[str, Any]:
    queries, extend = single(pairs, "queries"), single(pairs, "extend")
    if (queries is None) == (extend is None):
        raise MissingParameter("queries", "right would be queries or extend, one of the two")
    reconciler = here.reconciler
    try:
        if extend is not None:
            return reconciler.extend(read_extension(extend, reconciler.vocabulary, LIMITS))
        batch = read_batch(queries or "", reconciler.vocabulary, LIMITS)
    except LimitExceeded as error:
        raise ContentTooLarge(int(error.allowed), error.limit) from error
    allowed = here.settings.max_query_seconds
    end, found = time.monotonic() + allowed, {}
    for name, question in batch.items():
        if time.monotonic() > end:
            raise LimitExceeded("seconds for a batch", allowed, "Ask in smaller batches.")
        found[name] = {"result": reconciler.reconcile(question)}
    return found


def write(content: dict[str, Any]) -> Response:
    """The answer in JSON."""
    # On one line: that is written four times as fast, and programs alone read it.
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, media_type=JSON.media_type)


_MATCHES: Final = (SKOS["exactMatch"], SKOS["closeMatch"])


class Kind(StrEnum):
    """What can be suggested."""

    entity = "entity"
    type = "type"
    property = "property"


register_words("suggested", Kind)


def preview(here: Served, identifier: str) -> bytes:
    """A page about an entity that loads nothing.

    Raises:
        UnknownName: there is no such entity.
    """
    entity = here.reconciler.entity(identifier)
    body = "\n".join(_lines(here, entity))
    return html_page(escape(entity.label()), f'<main class="preview">{body}</main>')


def summary(here: Served, kind: Kind, identifier: str) -> str:
    """A piece of HTML about what was suggested.

    Raises:
        UnknownName: there is nothing of this kind and name.
    """
    if kind is Kind.entity:
        return "".join(_lines(here, here.reconciler.entity(identifier)))
    vocabulary = here.reconciler.vocabulary
    find = vocabulary.type if kind is Kind.type else vocabulary.property
    term = find(identifier)
    labels = " · ".join(_in(language, text) for language, text in term.labels.items())
    return f"<p><b>{labels or escape(term.name)}</b></p><p>{escape(term.definition)}</p>"


def _lines(here: Served, entity: Entity) -> Iterator[str]:
    labels = [one for one in entity.names if one.is_label]
    others = [one for one in entity.names if not one.is_label]
    yield f"<p><b>{' · '.join(_in(one.language, one.text) for one in labels)}</b></p>"
    if others:
        yield f"<p>{', '.join(_in(one.language, one.text) for one in others)}</p>"
    types = ", ".join(escape(one["name"]) for one in here.reconciler.types_of(entity))
    yield f"<p>{types}</p>"
    for relation in _MATCHES:
        for one in sorted(here.store.matching(entity.iri, relation), key=str):
            if isinstance(one.object, NamedNode):
                iri, name = escape(one.object.value), escape(shorten(one.object.value))
                yield f'<p><a href="{iri}">{name}</a> ({escape(shorten(relation.value))})</p>'


def _in(language: str, text: str) -> str:
    return f'<span lang="{escape(language)}">{escape(text)}</span>'


_MOST_PROPERTIES: Final = 100
_MOST_DIGITS: Final = 9
_PREFIX: Final = parameter("prefix", "What somebody has typed.")
_CURSOR: Final = parameter("cursor", "How many suggestions to leave out.", type="integer")
_ID: Final = parameter("id", "An entity, a class or a property.")
_SUGGESTION_RESPONSES: Final[Responses] = responses((JSON,), 400, 404)


@router.get(
    "/suggest/{kind:suggested}",
    summary="Suggestions for what somebody types",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [_PREFIX, _CURSOR]},
)
def suggest(request: Request, kind: Kind, here: Annotated[Served, Depends(served)]) -> Response:
    """Entities, types or properties whose name begins so or, failing that, is like it."""
    pairs = in_address(request)
    prefix, cursor = single(pairs, "prefix"), single(pairs, "cursor") or "0"
    if prefix is None:
        raise MissingParameter("prefix", "right would be what somebody has typed")
    if len(prefix) > LIMITS.characters:
        raise MalformedParameter("prefix", f"is longer than {LIMITS.characters} characters")
    if not _is_number(cursor):
        raise MalformedParameter("cursor", "right would be a whole number from 0 on")
    found = _suggested(here, kind, prefix)
    return write({"result": found[int(cursor) : int(cursor) + PAGE]})


@router.get(
    "/flyout/{kind:suggested}",
    summary="A small picture of one suggestion",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def flyout(request: Request, kind: Kind, here: Annotated[Served, Depends(served)]) -> Response:
    """Names and definition as HTML within JSON."""
    identifier = _identifier(request)
    return write({"id": identifier, "html": summary(here, kind, identifier)})


@router.get(
    "/preview",
    summary="A small page about an entity",
    responses=responses((HTML,), 400, 404),
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def preview_entity(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """An entity's names, types and links, for a frame of the size that the manifest says."""
    page = preview(here, _identifier(request))
    content_type = f"{HTML.media_type}; charset=utf-8"
    return Response(page, headers={"Content-Type": content_type, **POLICY_IN_FRAMES})


@router.get(
    "/properties",
    summary="Properties that entities of a type have",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={
        "parameters": [parameter("type", "A class."), parameter("limit", "How many at most.")]
    },
)
def properties(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """What data extension can ask for, those of most entities first."""
    pairs = in_address(request)
    name, limit = single(pairs, "type"), single(pairs, "limit") or str(_MOST_PROPERTIES)
    if name is None:
        raise MissingParameter("type", "right would be one class, such as City")
    if not (
        limit.isascii() and limit.isdecimal() and 0 < len(limit) <= _MOST_DIGITS and int(limit)
    ):
        raise MalformedParameter("limit", "right would be a whole number from 1 on")
    vocabulary = here.reconciler.vocabulary
    type_ = vocabulary.type(name)
    found = [_named(one) for one in vocabulary.properties_of(type_)[: int(limit)]]
    return write({"type": type_.identifier, "limit": int(limit), "properties": found})


def _suggested(here: Served, kind: Kind, prefix: str) -> list[dict[str, Any]]:
    reconciler = here.reconciler
    if kind is Kind.type:
        return [_typed(here, one) for one in reconciler.suggest_types(prefix)]
    if kind is Kind.property:
        return [_named(one) for one in reconciler.suggest_properties(prefix)]
    return [
        {
            "id": one.local_name,
            "name": one.label(),
            "description": one.label("zh"),
            "notable": reconciler.types_of(one),
        }
        for one in reconciler.suggest_entities(prefix)
    ]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _named(term: Term) -> dict[str, Any]:
    description = {"description": term.definition} if term.definition else {}
    return {"id": term.identifier, "name": term.name, **description}


def _typed(here: Served, term: Term) -> dict[str, Any]:
    known = here.reconciler.vocabulary.types
    broader = [{"id": one, "name": known[one].name} for one in term.broader if one in known]
    return {**_named(term), **({"broader": broader} if broader else {})}


def _identifier(request: Request) -> str:
    identifier = single(in_address(request), "id")
    if not identifier or len(identifier) > LIMITS.characters:
        raise MissingParameter("id", "right would be one identifier, such as London")
    return identifier
