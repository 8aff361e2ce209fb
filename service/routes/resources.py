"""/id/…, /source/…, /evidence/…, /graph/…, /rule/…, /contradiction/…: one thing, as RDF.

Terms have such documents too, at /data/ontology/…; their own IRIs lead to the whole ontology.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Quad, Triple

from kg.describe.description import withdrawal_of
from kg.describe.evidence import evidence_of
from kg.describe.json_ld_context import FRAMED, THING_PROFILES, UNFRAMED, Profile
from kg.describe.json_ld_frames import Frame, write_framed
from kg.errors import UnknownName
from kg.namespaces import BASE, GLOCAL
from service.answers.formats import DATASET_FORMATS, GRAPH_FORMATS, HTML, Choice, Format
from service.answers.serialization import has_quads, write_graph
from service.errors import Withdrawn
from service.http.conditional import answer, tag_of
from service.http.documents import (
    Documents,
    ResourceRequest,
    documents,
    headers_of,
    kept_parameters,
    resource_request,
    see_other,
)
from service.http.negotiation import choose, choose_language
from service.http.openapi import FORMAT, LANGUAGE, OF_RESOURCE, responses
from service.http.request import register_words
from service.served import Served, named_frame, served, usual_frame


class Kind(StrEnum):
    """The first part of a resource's path; of terms, that of the documents about them alone."""

    id = "id"
    source = "source"
    evidence = "evidence"
    graph = "graph"
    rule = "rule"
    contradiction = "contradiction"
    ontology = "ontology"

    @property
    def space(self) -> str:
        """What the IRIs of these resources begin with; terms are fragments of the ontology's."""
        return GLOCAL if self is Kind.ontology else f"{BASE}{self.value}/"

    @property
    def formats(self) -> tuple[Format, ...]:
        """Those that hold all there is to say come first."""
        is_graph = self in (Kind.evidence, Kind.graph)
        return (*(DATASET_FORMATS if is_graph else GRAPH_FORMATS), HTML)


register_words("kind", Kind)
router = APIRouter(tags=["Resources"])


@router.get(
    "/data/{kind:kind}/{name:path}",
    summary="The document about a resource",
    responses=responses((*GRAPH_FORMATS, HTML), 304, 404, 406, 410),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT, LANGUAGE, *OF_RESOURCE]},
)
def document(
    request: Request, kind: Kind, name: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """What is known of a resource; the name's ending (`.ttl`, `.html`, …) says the format.

    Of an evidence graph or another graph, formats with named graphs (`.trig`, `.nq`, `.jsonld`)
    have the content too, the others its description alone. With `evidence=1`, which those formats
    alone can hold, each statement stands in the graphs that say so. JSON-LD comes in the form that
    a profile names; `frame` names the frame of a framed document.
    """
    stem, dot, ending = name.rpartition(".")
    has_ending = bool(dot) and any(form.name == ending for form in kind.formats)
    name = stem if has_ending else name
    iri = known(here, kind, name)
    asked = resource_request(request)
    formats = asked.formats(kind.formats)
    choice, frame = _form(request, here, iri, asked, formats, ending if has_ending else None)
    found = about(here, kind, name, iri)
    language = choose_language(request) if choice.format == HTML else None

    def body() -> bytes:
        if language is not None:
            return here.resource_pages.page(found, iri, language)
        if Profile.context in choice.profiles:
            return here.context.text
        if frame is not None:
            triples = here.describer.describe(iri).triples
            return write_framed(here.context, triples, iri, frame.pattern, address=choice.context)
        return _described(here, iri, choice, kind, asked)

    frame_text = "" if frame is None else frame.text.decode()
    return answer(
        request,
        choice,
        body,
        tag=tag_of(here, choice, iri.value, repr(asked), frame_text, *map(str, language or ())),
        headers=headers_of(request, found, choice, language),
    )


@router.get(
    "/{kind:kind}/{name:path}",
    summary="A resource",
    status_code=303,
    responses=responses((), 303, 404, 406, 410),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT, LANGUAGE, *OF_RESOURCE]},
)
def resource(
    request: Request, kind: Kind, name: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """A thing is no document: see the document about it, in the format that Accept likes best."""
    found = about(here, kind, name, known(here, kind, name))
    asked = resource_request(request)
    choice = choose(request, asked.formats(kind.formats))
    answer = see_other(request, found, choice)
    kept = kept_parameters(request)
    if kept and choice.format != HTML:
        answer.headers["Location"] += kept
    return answer


def known(here: Served, kind: Kind, name: str) -> NamedNode:
    """The IRI of a resource that this release has.

    Raises:
        UnknownName: it never had it, or does not say so.
        Withdrawn: it has it no longer.
    """
    space = kind.space
    try:
        iri = NamedNode(space + name)
    except ValueError as error:
        raise _unknown(here, space, name) from error
    if not here.store.knows(iri):
        raise _unknown(here, space, name)
    withdrawal = withdrawal_of(here.store, iri)
    if withdrawal is not None:
        raise Withdrawn(withdrawal)
    return iri


def about(here: Served, kind: Kind, name: str, iri: NamedNode) -> Documents:
    """The documents about a resource of this release."""
    path = f"{kind.value}/{name}"
    return documents(here.store, iri, path, kind.formats, stem=f"/data/{path}")


def _form(
    request: Request,
    here: Served,
    iri: NamedNode,
    asked: ResourceRequest,
    formats: Sequence[Format],
    ending: str | None,
) -> tuple[Choice, Frame | None]:
    """The format, and for a framed document its frame: the one that is named, or that of the class.

    Where no frame is for the class, nothing can be framed.
    """
    if asked.frame is not None:
        frame = named_frame(here, asked.frame)
        return replace(choose(request, formats, format_name=ending), profiles=FRAMED), frame
    profiles = UNFRAMED if asked.evidence else THING_PROFILES
    choice = choose(request, formats, format_name=ending, profiles=profiles)
    if Profile.framed not in choice.profiles:
        return choice, None
    usual = usual_frame(here, iri)
    if usual is None:
        choice = choose(request, formats, format_name=ending, profiles=UNFRAMED)
    return choice, usual


def _unknown(here: Served, space: str, name: str) -> UnknownName:
    known = [one.removeprefix(space) for one in here.store.names if one.startswith(space)]
    return UnknownName(name, known, kind="resource")


def _described(
    here: Served, iri: NamedNode, choice: Choice, kind: Kind, asked: ResourceRequest
) -> bytes:
    named: Sequence[Quad] = ()
    if kind in (Kind.evidence, Kind.graph) and has_quads(choice):
        named = here.store.graph(iri)
    description = here.describer.describe(iri)
    triples: Sequence[Triple] = description.triples
    if asked.evidence:
        told = evidence_of(here.store, here.describer, description)
        triples, named = told.triples, tuple(dict.fromkeys((*named, *told.named)))
    return write_graph(triples, choice, here.context, root=iri, named=named)
