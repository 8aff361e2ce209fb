"""/reconcile: match names with entities of the release, for OpenRefine.

/reconcile itself matches batches and extends entities; the paths below it suggest and describe
entities, types and properties to a user who is typing. A client learns all paths from the manifest.

Source: Reconciliation Service API v0.2.
"""

import json
from enum import StrEnum
from functools import partial
from typing import Any, Final

from fastapi import Request, Response
from pyoxigraph import NamedNode

from kg.content import Content, english
from kg.errors import MalformedParameter
from kg.linking.name_index import Entity, language_of
from kg.linking.reconciler import SUGGESTIONS_PER_PAGE
from kg.linking.reconciliation_batches import BatchLimits
from kg.linking.reconciliation_terms import VocabularyTerm, search_terms
from kg.namespaces import GLOCAL, ID, SKOS, shorten
from service.answers.formats import HTML, JSON, Choice
from service.answers.reconciliation_types import (
    Extension,
    Flyout,
    PropertyProposals,
    ReconciledBatch,
    ReconciliationManifest,
    Suggestions,
)
from service.errors import MissingParameter
from service.evaluators.jobs import ReconcileJob
from service.http import request as http
from service.http.html import FRAMEABLE_SECURITY_HEADERS, write_html
from service.http.negotiation import LANGUAGE_NAMES
from service.http.openapi import Router, describe_form, describe_parameter
from service.http.query_answer import answer_job
from service.http.threads import in_thread
from service.served import CurrentRelease, ServedRelease


class SuggestionKind(StrEnum):
    """The kinds of things that can be suggested."""

    entity = "entity"
    type = "type"
    property = "property"


http.register_path_words("suggested", SuggestionKind, SuggestionKind)
router = Router("Reconciliation", prefix="/reconcile")

_LIMITS: Final = BatchLimits()
_JSON: Final = Choice(JSON, JSON.media_type)
# Enough for the largest batch of Chinese names of usual length, percent-encoded.
_MAX_BODY_BYTES: Final = 4_000_000
_MAX_DEFAULT_TYPES: Final = 12
_MAX_PROPERTIES: Final = 100
_MAX_DIGITS: Final = 9
_MATCH_RELATIONS: Final = (SKOS["exactMatch"], SKOS["closeMatch"])
_QUERIES: Final = describe_parameter(
    "queries", "A batch of queries in JSON: an object with a query under each key."
)
_EXTEND: Final = describe_parameter(
    "extend", "The entities and properties to return values of, in JSON."
)
_FORM: Final = describe_form("ReconciliationForm", (_QUERIES, _EXTEND))
_PREFIX: Final = describe_parameter("prefix", "The text typed so far.", required=True)
_CURSOR: Final = describe_parameter(
    "cursor", "The number of suggestions to skip.", type="integer", minimum=0, default=0
)
_KIND: Final = describe_parameter("kind", "What to suggest.", place="path")
_ID: Final = describe_parameter(
    "id", "The identifier of an entity, a class or a property.", required=True
)
_LIMIT_SETTING: Final = {
    "name": "limit",
    "label": "Limit",
    "type": "number",
    "default": 0,
    "help_text": "Maximum number of values; 0 means all.",
}


@router.operation(
    "",
    "Get the manifest of the reconciliation service",
    (JSON,),
    (400, 404, 413),
    parameters=[_QUERIES, _EXTEND],
    answer=ReconciliationManifest | Extension | ReconciledBatch,
    operation_id="getReconciliationManifest",
)
async def reconcile_by_address(request: Request, release: CurrentRelease) -> Response:
    """Return the manifest; with `queries` or `extend`, the same answer as POST."""
    pairs = http.query_parameters(request)
    if any(name in ("queries", "extend") for name, _ in pairs):
        return await _answer(request, release, pairs)
    return await in_thread(request, partial(_send_manifest, request, release))


def _send_manifest(request: Request, release: ServedRelease) -> Response:
    return _send_json(_manifest(release, str(request.base_url).rstrip("/")))


@router.operation(
    "",
    "Reconcile a batch of names, or extend entities",
    (JSON,),
    (400, 413, 415),
    body={http.FORM_MEDIA_TYPE: _FORM},
    method="POST",
    answer=Extension | ReconciledBatch,
    operation_id="reconcile",
)
async def reconcile(request: Request, release: CurrentRelease) -> Response:
    """Return candidates for each query by score (0 to 100), or property values of entities.

    A query with a mistake has no result but an `error`, and so has an unknown property in `meta`.

    `match` is true if exactly one entity of the given types and property values has this name,
    regardless of case, punctuation and Chinese script.
    """
    http.accepted_media_type(request, [http.FORM_MEDIA_TYPE])
    body = await http.read_body(request, _MAX_BODY_BYTES)
    pairs = http.decode_parameters(body, "the body")
    return await _answer(request, release, pairs)


@router.operation(
    "/suggest/{kind:suggested}",
    "Suggest completions of a typed text",
    (JSON,),
    (400, 404),
    parameters=[_KIND, _PREFIX, _CURSOR],
    answer=Suggestions,
    operation_id="suggest",
)
def suggest(request: Request, kind: SuggestionKind, release: CurrentRelease) -> Response:
    """Suggest entities, types or properties whose names begin with the prefix, or resemble it."""
    pairs = http.query_parameters(request)
    prefix, cursor = http.single_value(pairs, "prefix"), http.single_value(pairs, "cursor") or "0"
    if prefix is None:
        raise MissingParameter("prefix", "expected the text typed so far")
    if len(prefix) > _LIMITS.characters:
        raise MalformedParameter("prefix", f"expected at most {_LIMITS.characters} characters")
    if not _is_number(cursor):
        raise MalformedParameter("cursor", "expected a whole number, 0 or greater")
    suggestions, start = _suggestions(release, kind, prefix), int(cursor)
    end = start + SUGGESTIONS_PER_PAGE
    # OpenRefine offers to view more if the answer has a cursor.
    more = {"cursor": end} if end < len(suggestions) else {}
    return _send_json({"result": suggestions[start:end], **more})


@router.operation(
    "/flyout/{kind:suggested}",
    "Describe one suggestion in a fly-out",
    (JSON,),
    (400, 404),
    parameters=[_KIND, _ID],
    answer=Flyout,
    operation_id="getFlyout",
)
def flyout(request: Request, kind: SuggestionKind, release: CurrentRelease) -> Response:
    """Return names and definition as an HTML fragment within JSON."""
    identifier = _read_identifier(request)
    if kind is SuggestionKind.entity:
        shown = _names(release, release.reconciler.entity(identifier))
    else:
        vocabulary = release.reconciler.vocabulary
        find = vocabulary.type if kind is SuggestionKind.type else vocabulary.property
        term = find(identifier)
        shown = {"labels": term.labels.items(), "name": term.name, "text": term.definition}
    return _send_json({"id": identifier, "html": write_html("names.html", **shown).decode()})


@router.operation(
    "/preview",
    "Preview an entity",
    (HTML,),
    (400, 404),
    parameters=[_ID],
    operation_id="previewEntity",
)
def preview_entity(request: Request, release: CurrentRelease) -> Response:
    """Return a page with names, types and links of an entity, of the size given in the manifest."""
    entity = release.reconciler.entity(_read_identifier(request))
    page = write_html("preview.html", title=entity.label(), **_names(release, entity))
    content_type = f"{HTML.media_type}; charset=utf-8"
    return Response(page, headers={"Content-Type": content_type, **FRAMEABLE_SECURITY_HEADERS})


@router.operation(
    "/properties",
    "List the properties of a type",
    (JSON,),
    (400, 404),
    parameters=[
        describe_parameter("type", "A class; without one, all classes are meant."),
        describe_parameter(
            "limit",
            "The maximum number of properties.",
            type="integer",
            minimum=1,
            default=_MAX_PROPERTIES,
        ),
    ],
    answer=PropertyProposals,
    operation_id="proposeProperties",
)
def properties(request: Request, release: CurrentRelease) -> Response:
    """List properties that data extension may ask for, the most frequent first.

    Without a type, or with an empty one, they are those of all entities.
    """
    pairs = http.query_parameters(request)
    name, limit = (
        http.single_value(pairs, "type"),
        http.single_value(pairs, "limit") or str(_MAX_PROPERTIES),
    )
    if not (_is_number(limit) and int(limit)):
        raise MalformedParameter("limit", "expected a whole number, 1 or greater")
    vocabulary = release.reconciler.vocabulary
    type_ = vocabulary.type(name) if name else None
    proposals = [_describe(term) for term in vocabulary.properties_of(type_)[: int(limit)]]
    asked = {"type": type_.identifier} if type_ else {}
    return _send_json({**asked, "limit": int(limit), "properties": proposals})


def _manifest(release: ServedRelease, base: str) -> dict[str, Any]:
    """Return the manifest of the service at this address, which has no slash at its end."""
    types = list(release.reconciler.vocabulary.types.values())[:_MAX_DEFAULT_TYPES]
    return {
        "versions": ["0.2"],
        "name": english(release.content.title),
        "identifierSpace": str(ID),
        "schemaSpace": str(GLOCAL),
        "defaultTypes": [{"id": type_.identifier, "name": type_.name} for type_ in types],
        "documentation": f"{base}/",
        "serviceVersion": release.service_version,
        "batchSize": _LIMITS.queries,
        "view": {"url": f"{base}/id/{{{{id}}}}"},
        "preview": {"url": f"{base}/reconcile/preview?id={{{{id}}}}", "width": 400, "height": 220},
        "suggest": {
            kind: {
                "service_url": base,
                "service_path": f"/reconcile/suggest/{kind}",
                "flyout_service_url": base,
                "flyout_service_path": f"/reconcile/flyout/{kind}?id=${{id}}",
            }
            for kind in SuggestionKind
        },
        "extend": {
            "propose_properties": {"service_url": base, "service_path": "/reconcile/properties"},
            "property_settings": [_language_setting(release.content), _LIMIT_SETTING],
        },
    }


def _language_setting(content: Content) -> dict[str, Any]:
    any_language = "Both" if len(content.languages) == 2 else "All"
    names = {"any": any_language, **{name: name for name in content.languages}} | {
        name: text for name, text in LANGUAGE_NAMES.items() if name in content.languages
    }
    return {
        "name": "language",
        "label": "Language of texts",
        "type": "select",
        "default": "any",
        "help_text": "Leave out texts in other languages.",
        "choices": [{"value": value, "name": name} for value, name in names.items()],
    }


async def _answer(request: Request, release: ServedRelease, pairs: http.Parameters) -> Response:
    queries, extend = http.single_value(pairs, "queries"), http.single_value(pairs, "extend")
    if (queries is None) == (extend is None):
        raise MissingParameter("queries", "expected either queries or extend")
    job = ReconcileJob(
        choice=_JSON, text=queries or extend or "", extends=extend is not None, limits=_LIMITS
    )
    return await answer_job(request, release, release.shared_evaluations, job, tag=None)


def _suggestions(release: ServedRelease, kind: SuggestionKind, prefix: str) -> list[dict[str, Any]]:
    reconciler, vocabulary = release.reconciler, release.reconciler.vocabulary
    if kind is SuggestionKind.type:
        types = search_terms(vocabulary.types.values(), prefix)
        return [_describe_type(release, term) for term in types]
    if kind is SuggestionKind.property:
        return [_describe(term) for term in search_terms(vocabulary.properties.values(), prefix)]
    return [
        {
            "id": entity.local_name,
            "name": entity.label(language_of(prefix)),
            "description": reconciler.describe_shortly(entity, language_of(prefix)),
            "notable": reconciler.stated_types(entity),
        }
        for entity in reconciler.suggest_entities(prefix)
    ]


def _describe(term: VocabularyTerm) -> dict[str, Any]:
    description = {"description": term.definition} if term.definition else {}
    return {"id": term.identifier, "name": term.name, **description}


def _describe_type(release: ServedRelease, term: VocabularyTerm) -> dict[str, Any]:
    types = release.reconciler.vocabulary.types
    broader = [{"id": name, "name": types[name].name} for name in term.broader if name in types]
    return {**_describe(term), **({"broader": broader} if broader else {})}


def _names(release: ServedRelease, entity: Entity) -> dict[str, Any]:
    """Return the names, the types and the links of an entity, as they are shown."""
    names = [(name.is_label, (name.language, name.text)) for name in entity.names]
    return {
        "labels": [name for is_label, name in names if is_label],
        "aliases": [name for is_label, name in names if not is_label],
        "text": ", ".join(type_["name"] for type_ in release.reconciler.stated_types(entity)),
        "matches": [
            (triple.object.value, shorten(triple.object.value), shorten(relation.value))
            for relation in _MATCH_RELATIONS
            for triple in sorted(release.store.triples(entity.iri, relation), key=str)
            if isinstance(triple.object, NamedNode)
        ],
    }


def _read_identifier(request: Request) -> str:
    identifier = http.single_value(http.query_parameters(request), "id")
    if not identifier or len(identifier) > _LIMITS.characters:
        raise MissingParameter("id", "expected the identifier of a thing")
    return identifier


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS


def _send_json(content: dict[str, Any]) -> Response:
    # On one line, which is four times as fast to write; only programs read it.
    return Response(json.dumps(content, ensure_ascii=False).encode(), media_type=JSON.media_type)
