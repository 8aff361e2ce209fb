"""Resources and the documents about them.

/id/…, /source/…, /evidence/…, /graph/…, /rule/… and /contradiction/… redirect to documents below
/data/…. The terms of the ontology also have documents, at /data/ontology/…, but their IRIs lead to
the whole ontology. A prefix as in JSON-LD (/data/passage/p1) redirects to the kind that it means.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from functools import cache, partial
from itertools import chain
from typing import Any, Final

from fastapi import Request, Response
from pyoxigraph import NamedNode, Quad, Triple

from kg.describe.evidence import describe_with_graphs
from kg.describe.json_ld_context import FRAMED_ONLY, THING_PROFILES, UNFRAMED, Profile
from kg.describe.json_ld_frames import Frame, find_frame, require_fit, write_framed
from kg.errors import AmbiguousName, UnknownName
from kg.linking.resolver import NAME_PREFIXES
from kg.namespaces import BASE, GLOCAL, is_in
from kg.store.rdf_version import version_of_all
from kg.store.release_folder import has_rdf_1_2
from service.answers.formats import (
    DATASET_FORMATS,
    GRAPH_FORMATS,
    HTML,
    JSON_LD,
    QUAD_FORMATS,
    Choice,
    Format,
)
from service.answers.json_ld_types import Thing
from service.answers.serialization import write_graph
from service.answers.version import require_version
from service.errors import MultipleChoices
from service.evaluators.jobs import FrameJob
from service.http import documents, openapi
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import Documents, ResourceRequest, redirect
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import Router
from service.http.query_answer import answer_job
from service.http.request import base_url, query_parameters, register_path_words
from service.http.views import choose_view, view_headers
from service.pages.terms import path_of
from service.served import CurrentRelease, ServedRelease


class ResourceKind(StrEnum):
    """The kinds of resources: the first part of their paths.

    `ontology` stands for terms, and is used in the paths of their documents only.
    """

    id = "id"
    source = "source"
    evidence = "evidence"
    graph = "graph"
    rule = "rule"
    contradiction = "contradiction"
    ontology = "ontology"

    @property
    def namespace(self) -> str:
        """The namespace of their IRIs; the IRIs of terms have the form `…/ontology#GlobalCity`."""
        return GLOCAL if self is ResourceKind.ontology else f"{BASE}{self.value}/"

    @property
    def is_graph(self) -> bool:
        """Whether they are named graphs."""
        return self in (ResourceKind.evidence, ResourceKind.graph)

    @property
    def formats(self) -> tuple[Format, ...]:
        """The formats of their documents; for graphs, those with named graphs come first."""
        return (*(DATASET_FORMATS if self.is_graph else GRAPH_FORMATS), HTML)


_NAMESPACES: Final = tuple(kind.namespace for kind in ResourceKind)
register_path_words("kind", ResourceKind, ResourceKind)
# The prefixes of names that are not kinds themselves.
_PREFIXES: Final = [
    prefix
    for prefix, namespace in NAME_PREFIXES.items()
    if namespace.startswith(_NAMESPACES) and prefix not in [*ResourceKind]
]
register_path_words("prefix", _PREFIXES, str)
router = Router("Resources")

# A frame for more than this could delay other requests.
_MANY_TRIPLES: Final = 1_000
NAME_PARAMETERS: Final = [
    openapi.describe_parameter(
        "kind", "The kind of resource: the first part of its path.", place="path"
    ),
    openapi.describe_parameter(
        "name", "The name of a resource: the rest of its path.", place="path"
    ),
]
_NAMES: Final[dict[str, Any]] = {"type": "array", "items": {"type": "string"}}
# What the scripts of a page show of its drawing; the service sends the same page with any of them.
_DRAWING_PARAMETERS: Final = [
    openapi.describe_parameter(
        "expanded", "The local names of the things that are expanded in the drawing.", **_NAMES
    ),
    openapi.describe_parameter(
        "hide",
        "What the drawing leaves out, such as `status:Background` or `pattern:Membership`.",
        **_NAMES,
    ),
]
_PARAMETERS: Final = [
    *NAME_PARAMETERS,
    openapi.FORMAT_PARAMETER,
    openapi.LANGUAGE_PARAMETER,
    *openapi.RESOURCE_PARAMETERS,
    *openapi.VIEW_PARAMETERS,
    *_DRAWING_PARAMETERS,
]


@router.operation(
    "/data/{kind:kind}/{name:path}.jsonld",
    "Get a resource as JSON-LD",
    (JSON_LD,),
    (304, 404, 410),
    answer=Thing,
    parameters=[*NAME_PARAMETERS, *openapi.RESOURCE_PARAMETERS, *openapi.VIEW_PARAMETERS],
    operation_id="getThing",
)
def thing(
    request: Request, kind: ResourceKind, name: str, release: CurrentRelease
) -> Response | Awaitable[Response]:
    """Return the document about a resource in the format that programs read most easily.

    It is one of those that `/data/{kind}/{name}` returns, described apart for its members.
    """
    return document(request, kind, f"{name}.{JSON_LD.name}", release)


@router.operation(
    "/data/{kind:kind}/{name:path}",
    "Get the document about a resource",
    (*GRAPH_FORMATS, HTML),
    (300, 303, 304, 400, 404, 406, 410),
    parameters=_PARAMETERS,
    operation_id="getDocument",
)
def document(
    request: Request, kind: ResourceKind, name: str, release: CurrentRelease
) -> Response | Awaitable[Response]:
    """Return the description of a resource; an extension (`.ttl`, `.json`, …) names the format.

    For an evidence graph or other graph, formats with named graphs (`.trig`, `.nq`, `.jsonld`)
    include its content; other formats have its description only. With `evidence=1`, possible only
    in those formats, each statement is given in the graphs that contain it. For JSON-LD, a
    `profile` in Accept selects the form, and `frame` the frame of a framed document.
    """
    name, format_names = _split_extension(release, kind, name)
    iri = find_resource(request, release, kind, name)
    if iri.value != kind.namespace + name:
        return redirect(request, f"/data/{'.'.join([document_path(iri), *format_names])}")
    about = documents_of(release, kind, iri)
    view = choose_view(request.scope, release.resolver(request), query_parameters(request))
    release = release.in_view(view)
    options = documents.resource_request(request)
    choose = partial(
        choose_format, request, options.formats(kind.formats), format_names=format_names
    )
    choice, frame = _choose_form(release, iri, options, choose)
    language = choose_page_language(request) if choice.format == HTML else None
    describe = cache(partial(_describe, release, iri, choice, kind, options))
    thing = cache(lambda: release.describer.describe(iri).triples)
    if has_rdf_1_2(release.store.manifest) and choice.format in GRAPH_FORMATS:
        choice = require_version(choice, version_of_all(chain(*describe())))

    def body() -> bytes:
        if language is not None:
            return release.resource_pages.page(about, iri, language, base_url(request))
        if Profile.context in choice.profiles:
            return release.context.text
        if frame is not None:
            return write_framed(
                release.context, thing(), iri, frame.pattern, address=choice.context
            )
        description, named = describe()
        return write_graph(description, choice, release.context, root=iri, named=named)

    frame_text = "" if frame is None else frame.text.decode()
    parts = (iri.value, repr(options), frame_text, *map(str, language or ()))
    headers = documents.document_headers(request, about, choice, language)
    if frame is not None and len(thing()) > _MANY_TRIPLES:
        job = FrameJob(choice=choice, resource=iri, pattern=frame.pattern, view=view)
        tag = entity_tag(release, choice, str(view_headers(request.scope)), *parts)
        evaluations = release.shared_evaluations
        return answer_job(request, release, evaluations, job, tag=tag, others=headers)
    return conditional_response(request, choice, body, *parts, headers=headers)


@router.operation(
    "/{kind:kind}/{name:path}",
    "Get a resource",
    (),
    (303, 300, 400, 404, 406, 410),
    parameters=_PARAMETERS,
    operation_id="findDocument",
)
def resource(request: Request, kind: ResourceKind, name: str, release: CurrentRelease) -> Response:
    """Redirect (303) to the document about the resource, in the format that the client prefers.

    Any other name of a resource redirects to the resource itself. Of a term of the ontology,
    programs get its own document, and people its place on the page of all terms. If several have
    the name, the answer is 300 with all of them in `candidates`.
    """
    iri = find_resource(request, release, kind, name)
    choice = choose_format(request, documents.resource_request(request).formats(kind.formats))
    is_term = is_in(iri, GLOCAL) and choice.format != HTML
    if iri.value != kind.namespace + name and not is_term:
        return redirect(request, path_of(iri))
    return documents.see_other(request, documents_of(release, kind, iri), choice)


@router.get("/data/{prefix:prefix}/{name:path}", include_in_schema=False)
async def document_by_prefix(request: Request, prefix: str, name: str) -> Response:
    """Redirect (303) to the document about what a CURIE names."""
    return redirect(request, f"/data/{document_path(NamedNode(NAME_PREFIXES[prefix] + name))}")


@router.get("/{prefix:prefix}/{name:path}", include_in_schema=False)
async def resource_by_prefix(request: Request, prefix: str, name: str) -> Response:
    """Redirect (303) to what a CURIE names."""
    return redirect(request, path_of(NamedNode(NAME_PREFIXES[prefix] + name)))


def _split_extension(
    release: ServedRelease, kind: ResourceKind, name: str
) -> tuple[str, list[str]]:
    """Return the name of a resource, and as a list the name of a format that is its extension.

    The names of some resources have a dot, such as that of the passage `p08.n3`. An extension that
    names no format is split off too if the rest is a resource.
    """
    stem, dot, ending = name.rpartition(".")
    if not dot or _find_iri(release, kind, name) is not None:
        return name, []
    names = [each for form in kind.formats for each in (form.name, *form.other_names)]
    is_extension = ending in names or _find_iri(release, kind, stem) is not None
    return (stem, [ending]) if is_extension else (name, [])


def _find_iri(release: ServedRelease, kind: ResourceKind, name: str) -> NamedNode | None:
    """Return the IRI of a resource with this name, or None if the release has none."""
    with suppress(ValueError):
        iri = NamedNode(kind.namespace + name)
        return iri if release.store.contains_iri(iri) else None
    return None


def find_resource(
    request: Request, release: ServedRelease, kind: ResourceKind, name: str
) -> NamedNode:
    """Return the IRI of a resource by its name in a path, if possible one of this kind.

    Raises UnknownName, MultipleChoices or Withdrawn.
    """
    try:
        iri = release.resolver(request).resolve(name, namespace=kind.namespace, kind="resource")
    except AmbiguousName as error:
        raise MultipleChoices(error.name, error.candidates) from error
    if not iri.value.startswith(_NAMESPACES):
        raise UnknownName(name, kind="resource")
    return iri


def documents_of(release: ServedRelease, kind: ResourceKind, iri: NamedNode) -> Documents:
    """Return the documents about a resource of this kind."""
    path = document_path(iri)
    return documents.documents_about(release.store, iri, path, kind.formats, stem=f"/data/{path}")


def document_path(iri: NamedNode) -> str:
    """Return the path of a resource's documents below `/data/` and `/linkset/`."""
    return iri.value.removeprefix(BASE).replace("#", "/", 1)


def _choose_form(
    release: ServedRelease, iri: NamedNode, options: ResourceRequest, choose: Callable[..., Choice]
) -> tuple[Choice, Frame | None]:
    """Choose the format, and for a framed document the frame.

    The frame is the one that the request names, or else that of the resource's class. If there is
    none, the framed profile is not offered.
    """
    if options.frame is not None:
        frame = release.frame(options.frame)
        require_fit(frame, iri, release.frames, release.store)
        return replace(choose(), profiles=FRAMED_ONLY), frame
    choice = choose(profiles=UNFRAMED if options.evidence else THING_PROFILES)
    if Profile.framed not in choice.profiles:
        return choice, None
    class_frame = find_frame(iri, release.frames, release.store)
    if class_frame is None:
        choice = choose(profiles=UNFRAMED)
    return choice, class_frame


def _describe(
    release: ServedRelease,
    iri: NamedNode,
    choice: Choice,
    kind: ResourceKind,
    options: ResourceRequest,
) -> tuple[Sequence[Triple], Sequence[Quad]]:
    """Return the triples about a resource, and the quads of named graphs that belong to them."""
    has_content = kind.is_graph and choice.format in QUAD_FORMATS
    named: Sequence[Quad] = release.store.quads_of_graph(iri) if has_content else ()
    description = release.describer.describe(iri)
    if not options.evidence:
        return description.triples, named
    evidence = describe_with_graphs(release.store, release.describer, description)
    return evidence.triples, tuple(dict.fromkeys((*named, *evidence.named)))
