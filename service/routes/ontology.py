"""/ontology/…: the whole ontology, its modules, alignments, shapes and rules."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Triple

from kg.errors import UnknownName
from kg.namespaces import GRAPH, ONTOLOGY, OWL
from kg.store.quad_store import Store
from service.answers.formats import HTML, SPARQL, TRIPLE_FORMATS, TURTLE, Choice
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
from service.http.documents import Documents, documents, headers_of
from service.http.negotiation import choose, choose_language
from service.http.openapi import FORMAT, LANGUAGE, responses
from service.pages.ontology_files import OntologyFile
from service.served import Served, served

router = APIRouter(tags=["Ontology"])

_FORMAT: Final = {"parameters": [FORMAT, LANGUAGE]}
_FORMATS: Final = (*TRIPLE_FORMATS, HTML)


@router.get(
    "/ontology",
    summary="The ontology",
    responses=responses(_FORMATS, 304, 406, what="The whole ontology."),
    response_class=Response,
    openapi_extra=_FORMAT,
)
def ontology(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """All terms with labels, definitions and axioms; its terms are `…/ontology#GlobalCity`.

    One document with one header: what it would import is in it.
    """
    return _document(request, here, None, about_ontology(here.store))


@router.get(
    "/ontology.{ending}",
    summary="The ontology in one format",
    responses=responses(_FORMATS, 304, 406, what="The whole ontology."),
    response_class=Response,
)
def ontology_in_format(
    request: Request, ending: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """The same as `/ontology`; the ending says the format: `.ttl`, `.html`, …."""
    return _document(request, here, ending, about_ontology(here.store))


def about_ontology(store: Store, stem: str = "/ontology") -> Documents:
    """The documents that are the ontology, at this path or that of its version."""
    return documents(store, ONTOLOGY, "ontology", _FORMATS, stem=stem)


@router.get(
    "/ontology/rules/{rule}.rq",
    summary="A rule",
    responses=responses((SPARQL,), 304, 404),
    response_class=Response,
)
def rule(request: Request, rule: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The CONSTRUCT query that derives what OWL 2 RL cannot, with its sentence."""
    if rule not in here.rules:
        raise UnknownName(rule, list(here.rules), kind="rule")
    body = here.rules[rule].encode()
    choice = Choice(SPARQL, SPARQL.media_type)
    return answer(request, choice, lambda: body, tag=tag_of(here, choice, here.rules[rule]))


@router.get(
    "/ontology/{name:path}",
    summary="A part or a version of the ontology",
    responses=responses(TRIPLE_FORMATS, 304, 404, 406),
    response_class=Response,
    openapi_extra=_FORMAT,
)
def part(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """One file by its name or version, such as `core`, `core/1.0.0` or `alignments/org`.

    `1.0.0` alone is the whole ontology under its version IRI; other versions are not here.
    """
    versions = _versions(here.store)
    for version in versions:
        stem, dot, ending = name.removeprefix(version).partition(".")
        if name.startswith(version) and not stem:
            about = about_ontology(here.store, f"/ontology/{version}")
            return _document(request, here, ending if dot else None, about)
    found = here.ontology_files.get(name)
    if found is None:
        raise UnknownName(name, [*versions, *here.ontology_files], kind="ontology")
    choice = choose(request, TRIPLE_FORMATS)
    return answer(
        request,
        choice,
        lambda: _written(found, choice, here),
        tag=tag_of(here, choice, name, found.digest),
    )


def _document(request: Request, here: Served, ending: str | None, about: Documents) -> Response:
    choice = choose(request, _FORMATS, format_name=ending)
    language = choose_language(request) if choice.format == HTML else None

    def body() -> bytes:
        if language is not None:
            return here.ontology_pages.page(about, language)
        return write_graph(whole(here.store), choice, here.context, root=ONTOLOGY)

    digests = [file.digest for file in here.ontology_files.values()] if language else []
    return answer(
        request,
        choice,
        body,
        tag=tag_of(here, choice, "ontology", *map(str, language or ()), *digests),
        headers=headers_of(request, about, choice, language),
    )


def whole(store: Store) -> list[Triple]:
    """The released ontology as one document, without imports and the headers of what they name.

    A tool that followed them would read every axiom twice, and OWL 2 knows one header a document.
    """
    triples = [quad.triple for quad in store.graph(GRAPH["ontology"])]
    imported = {one.object for one in triples if one.predicate == OWL["imports"]}
    return [
        one for one in triples if one.predicate != OWL["imports"] and one.subject not in imported
    ]


def _versions(store: Store) -> list[str]:
    about = store.describe(ONTOLOGY)
    versions = [one.object for one in about if one.predicate == OWL["versionIRI"]]
    return [
        one.value.removeprefix(f"{ONTOLOGY.value}/")
        for one in versions
        if isinstance(one, NamedNode)
    ]


def _written(found: OntologyFile, choice: Choice, here: Served) -> bytes:
    """The file as it is written where that is what was asked for, comments and all."""
    if choice.format == TURTLE:
        return found.text
    return write_graph(found.triples, choice, here.context, root=found.iri)
