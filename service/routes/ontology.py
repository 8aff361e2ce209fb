"""/ontology and /ontology/…: the whole ontology, its modules, alignments, shapes and rules."""

from typing import Final

from fastapi import Request, Response
from pyoxigraph import NamedNode, Triple

from kg.errors import UnknownName
from kg.namespaces import BASE, GRAPH, ONTOLOGY, OWL, is_in
from kg.store.quad_store import Store
from service.answers.formats import HTML, SPARQL, TRIPLE_FORMATS, TURTLE, Choice
from service.answers.serialization import write_graph
from service.http.conditional import conditional_response
from service.http.documents import Documents, document_headers, documents_about, redirect
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.request import find_named
from service.pages.ontology_page import section_of
from service.served import CurrentRelease, ServedRelease

router = Router("Ontology")

_PARAMETERS: Final = [FORMAT_PARAMETER, LANGUAGE_PARAMETER]
_FORMATS: Final = (*TRIPLE_FORMATS, HTML)


@router.operation(
    "/ontology",
    "Get the ontology",
    _FORMATS,
    what="The whole ontology.",
    parameters=_PARAMETERS,
    operation_id="getOntology",
)
def ontology(request: Request, release: CurrentRelease) -> Response:
    """Return all terms with labels, definitions and axioms.

    It is one document with one header: imported modules are included.
    """
    return _send_ontology(request, release, None, about_ontology(release.store))


@router.operation(
    "/ontology.{ending}",
    "Get the ontology in one format",
    _FORMATS,
    what="The whole ontology.",
    parameters=[describe_parameter("ending", "The name of a format, such as ttl.", place="path")],
    operation_id="getOntologyInFormat",
)
def ontology_in_format(request: Request, ending: str, release: CurrentRelease) -> Response:
    """Return the same as `/ontology`; the extension names the format: `.ttl`, `.html`, …."""
    return _send_ontology(request, release, ending, about_ontology(release.store))


@router.operation(
    "/ontology/rules/{rule}.rq",
    "Get a rule file",
    (SPARQL,),
    (304, 404),
    parameters=[describe_parameter("rule", "The name of a rule file; see `/rules`.", place="path")],
    operation_id="getRuleFile",
)
def rule(request: Request, rule: str, release: CurrentRelease) -> Response:
    """Return the CONSTRUCT query of a rule that OWL 2 RL cannot express, with its sentence."""
    choice, text = Choice(SPARQL, SPARQL.media_type), find_named(release.rules, rule, "rule")
    return conditional_response(request, choice, text.encode, text)


@router.operation(
    "/ontology/{name:path}",
    "Get a module or a version of the ontology",
    TRIPLE_FORMATS,
    (303, 304, 404, 406),
    parameters=[
        describe_parameter(
            "name",
            "The name of a module, a version, or both; an extension names the format.",
            place="path",
        ),
        *_PARAMETERS,
    ],
    operation_id="getOntologyModule",
)
def part(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return one file by its name or version, such as `core`, `core/1.0.0` or `alignments/org`.

    A version such as `1.0.0` alone means the whole ontology under its version IRI. Only the
    version of the served release is available. People are redirected (303) to the section about
    the file on the page of the ontology.
    """
    versions = _find_versions(release.store)
    for version in versions:
        stem, dot, ending = name.removeprefix(version).partition(".")
        if name.startswith(version) and not stem:
            about = about_ontology(release.store, f"/ontology/{version}")
            return _send_ontology(request, release, ending if dot else None, about)
    files = release.ontology_files
    stem, _, ending = (name, "", "") if name in files else name.rpartition(".")
    file = files.get(stem)
    if file is None:
        raise UnknownName(name, [*versions, *files], kind="ontology")
    choice = choose_format(request, _FORMATS, format_names=[ending])
    if choice.format == HTML:
        answer = redirect(request, f"/ontology.html#{section_of(stem)}")
        answer.headers["Vary"] = "Accept"
        return answer

    def body() -> bytes:
        # As Turtle unchanged, with its comments.
        if choice.format == TURTLE:
            return file.text
        return write_graph(file.triples, choice, release.context, root=file.iri)

    return conditional_response(request, choice, body, stem, file.digest)


@router.get("/shape/{name:path}", include_in_schema=False)
def shape(request: Request, name: str, release: CurrentRelease) -> Response:
    """Redirect (303) to the file with a shape, which has no document of its own."""
    files: dict[str, str] = {}
    for path, file in release.ontology_files.items():
        for subject in {triple.subject for triple in file.triples}:
            if is_in(subject, f"{BASE}shape/"):
                files.setdefault(subject.value.removeprefix(f"{BASE}shape/"), path)
    return redirect(request, f"/ontology/{find_named(files, name, 'resource')}")


def about_ontology(store: Store, stem: str = "/ontology") -> Documents:
    """Return the documents of the whole ontology, at this path or that of a version."""
    return documents_about(store, ONTOLOGY, "ontology", _FORMATS, stem=stem)


def _send_ontology(
    request: Request, release: ServedRelease, ending: str | None, about: Documents
) -> Response:
    choice = choose_format(request, _FORMATS, format_names=[ending] if ending else ())
    language = choose_page_language(request) if choice.format == HTML else None

    def body() -> bytes:
        if language is not None:
            return release.ontology_pages.page(about, language)
        return write_graph(_ontology_triples(release.store), choice, release.context, root=ONTOLOGY)

    digests = [file.digest for file in release.ontology_files.values()] if language else []
    digests += [release.void_digest] if language else []
    parts = ("ontology", *map(str, language or ()), *digests)
    headers = document_headers(request, about, choice, language)
    return conditional_response(request, choice, body, *parts, headers=headers)


def _ontology_triples(store: Store) -> list[Triple]:
    """Return the released ontology as one document, without imports and the modules' headers.

    A tool that followed the imports would read every axiom twice, and OWL 2 allows only one
    header per document.
    """
    triples = list(store.triples(graph=GRAPH["ontology"]))
    imported = {triple.object for triple in triples if triple.predicate == OWL["imports"]}
    return [
        triple
        for triple in triples
        if triple.predicate != OWL["imports"] and triple.subject not in imported
    ]


def _find_versions(store: Store) -> list[str]:
    description = store.describe(ONTOLOGY)
    iris = [triple.object for triple in description if triple.predicate == OWL["versionIRI"]]
    return [
        iri.value.removeprefix(f"{ONTOLOGY.value}/") for iri in iris if isinstance(iri, NamedNode)
    ]
