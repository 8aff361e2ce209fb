"""/reconcile: tables of names against the release, as OpenRefine asks (Reconciliation API 0.2)."""

import json
import time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import LimitExceeded, MalformedParameter
from kg.reconciliation import Limits, Term, read_batch, read_extension
from kg.reconciliation.reconciler import PAGE
from service import reconciliation_pages as pages
from service.address import Pairs, in_address, pairs_of, single
from service.bodies import FORM, media_type_of, read_body
from service.documentation import Responses, parameter, responses
from service.errors import ContentTooLarge, MissingParameter
from service.formats import HTML, JSON
from service.manifest import manifest
from service.served import Served, served

router = APIRouter(prefix="/reconcile", tags=["Reconciliation"])

LIMITS: Final = Limits()
# A batch at the limits, of names of usual length, in percent-encoded Chinese.
_MOST_BYTES: Final = 4_000_000
_MOST_PROPERTIES: Final = 100
_MOST_DIGITS: Final = 9
_QUERIES: Final = parameter("queries", "A batch of queries by name, in JSON.")
_EXTEND: Final = parameter("extend", "Entities and properties whose values are asked, in JSON.")
_PREFIX: Final = parameter("prefix", "What somebody has typed.")
_CURSOR: Final = parameter("cursor", "How many suggestions to leave out.", type="integer")
_ID: Final = parameter("id", "An entity, a class or a property.")
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
        return _json(manifest(here, base, batch_size=LIMITS.queries))
    return _json(_answer(here, pairs))


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
    return _json(_answer(here, pairs))


@router.get(
    "/suggest/{kind:suggested}",
    summary="Suggestions for what somebody types",
    responses=_JSON,
    response_class=Response,
    openapi_extra={"parameters": [_PREFIX, _CURSOR]},
)
def suggest(
    request: Request, kind: pages.Kind, here: Annotated[Served, Depends(served)]
) -> Response:
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
    return _json({"result": found[int(cursor) : int(cursor) + PAGE]})


@router.get(
    "/flyout/{kind:suggested}",
    summary="A small picture of one suggestion",
    responses=_JSON,
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def flyout(
    request: Request, kind: pages.Kind, here: Annotated[Served, Depends(served)]
) -> Response:
    """Names and definition as HTML within JSON."""
    identifier = _identifier(request)
    return _json({"id": identifier, "html": pages.summary(here, kind, identifier)})


@router.get(
    "/preview",
    summary="A small page about an entity",
    responses=responses((HTML,), 400, 404),
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def preview(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """An entity's names, types and links, for a frame of the size that the manifest says."""
    page = pages.preview(here, _identifier(request))
    return Response(page, headers={"Content-Type": f"{HTML.media_type}; charset=utf-8"})


@router.get(
    "/properties",
    summary="Properties that entities of a type have",
    responses=_JSON,
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
    return _json({"type": type_.identifier, "limit": int(limit), "properties": found})


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


def _suggested(here: Served, kind: pages.Kind, prefix: str) -> list[dict[str, Any]]:
    reconciler = here.reconciler
    if kind is pages.Kind.type:
        return [_typed(here, one) for one in reconciler.suggest_types(prefix)]
    if kind is pages.Kind.property:
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


def _json(content: dict[str, Any]) -> Response:
    # On one line: that is written four times as fast, and programs alone read it.
    body = json.dumps(content, ensure_ascii=False).encode()
    return Response(body, media_type=JSON.media_type)
