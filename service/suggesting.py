"""/reconcile/…: suggestions, small pictures of them, previews and proposals of properties."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import MalformedParameter
from kg.linking.reconciler import PAGE
from kg.linking.reconciliation_terms import Term
from service import reconciliation_pages as pages
from service.answers.formats import HTML, JSON
from service.errors import MissingParameter
from service.http.html import POLICY_IN_FRAMES
from service.http.openapi import Responses, parameter, responses
from service.http.request import in_address, single
from service.reconciliation import LIMITS, write
from service.served import Served, served

router = APIRouter(prefix="/reconcile", tags=["Reconciliation"])

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
    return write({"result": found[int(cursor) : int(cursor) + PAGE]})


@router.get(
    "/flyout/{kind:suggested}",
    summary="A small picture of one suggestion",
    responses=_SUGGESTION_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def flyout(
    request: Request, kind: pages.Kind, here: Annotated[Served, Depends(served)]
) -> Response:
    """Names and definition as HTML within JSON."""
    identifier = _identifier(request)
    return write({"id": identifier, "html": pages.summary(here, kind, identifier)})


@router.get(
    "/preview",
    summary="A small page about an entity",
    responses=responses((HTML,), 400, 404),
    response_class=Response,
    openapi_extra={"parameters": [_ID]},
)
def preview_entity(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """An entity's names, types and links, for a frame of the size that the manifest says."""
    page = pages.preview(here, _identifier(request))
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
