"""/openapi.json: the description of all interfaces in OpenAPI, with examples from the release."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import Request, Response
from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import DERIVED, EVIDENCE, GLOCAL, ID, PREFIXES, RDF, RDFS, SKOS, shorten
from service.answers.formats import JSON, TURTLE, Choice
from service.answers.serialization import write_json
from service.http.api_document import locate_document
from service.http.conditional import conditional_response
from service.http.endpoint import CurrentEndpoint
from service.http.html import STYLE_NAME
from service.http.openapi import Router
from service.http.request import FORM_MEDIA_TYPE, base_url
from service.pages.service_description import example_query
from service.routes.dumps import current_files
from service.served import ServedRelease

router = Router("Interfaces")

_JSON: Final = Choice(JSON, JSON.media_type)
# Of so many members of the example class, the one with the most statements is the example.
_MAX_MEMBERS: Final = 500
_TYPED_CHARACTERS: Final = 3
_IDENTIFIED_BY: Final = {
    "wikidata": "http://www.wikidata.org/entity/",
    "geonames": "https://sws.geonames.org/",
}


@router.operation("/openapi.json", "This description", (JSON,), (304,), include_in_schema=False)
def openapi(request: Request, endpoint: CurrentEndpoint) -> Response:
    """Return the OpenAPI document, with the address of this service as its server."""
    base = base_url(request)

    def body() -> bytes:
        examples = _examples(endpoint) if isinstance(endpoint, ServedRelease) else {}
        return write_json(locate_document(request.app.openapi(), base.rstrip("/"), examples))

    vary = {"Vary": "Accept-Encoding"}
    return conditional_response(request, _JSON, body, "openapi", base, headers=vary)


def _examples(release: ServedRelease) -> dict[str, Any]:
    """Return examples of parameters and bodies; for their names see `locate_document`."""
    class_ = release.content.example_class
    lines = example_query(release.queries.values()).splitlines()
    query = "\n".join(line for line in lines if not line.startswith("#")).strip()
    evidence = (graph.value for graph in release.store.named_graphs)
    names = {
        "getContext.version": [release.context_version],
        "getAsset.name": [STYLE_NAME],
        "getDump.name": current_files(release),
        "getDumpOfRelease.name": current_files(release),
        "getNanopublication.name": [
            iri.removeprefix(EVIDENCE) for iri in evidence if iri.startswith(EVIDENCE)
        ],
        "getLinkFile.name": release.link_files,
        "getOntologyModule.name": release.ontology_files,
        "askQuestion.name": [one.name for one in release.queries.values() if not one.parameters],
        "rule": release.rules,
        "frame": _frames_of(release, class_),
        "getFrame.name": _frames_of(release, class_),
        "world": release.store.views.worlds,
    }
    examples = {
        "query": query,
        "postQuery.query": None,
        f"postQuery.{FORM_MEDIA_TYPE}": {"query": query},
        "graph": DERIVED.value,
        "getGraphByAddress.name": DERIVED.value.removeprefix(release.content.base_iri),
        "release": release.release_hash[:16],
        "ending": TURTLE.name,
        "property": "P12345",
        "slug": "unknown-path",
        "type": class_,
        "term": class_,
        "listMembers.name": class_,
        **{key: next(iter(values), None) for key, values in names.items()},
    }
    thing = _example_thing(release)
    return examples | (dict(_examples_about(thing, release)) if thing else {})


def example_statements(release: ServedRelease) -> list[Triple]:
    """Return the asserted statements between the example thing and other things, in order."""
    thing = _example_thing(release)
    about = sorted(release.store.triples(thing), key=str) if thing else ()
    return list(_statements(about, release, is_derived=False))


def _example_thing(release: ServedRelease) -> NamedNode | None:
    typed = release.store.triples(None, RDF["type"], GLOCAL[release.content.example_class])
    iris = (one.subject for one in typed)
    ours = sorted(
        iri.value for iri in iris if isinstance(iri, NamedNode) and iri.value.startswith(ID)
    )
    sizes = {
        iri: sum(1 for _ in release.store.triples(NamedNode(iri))) for iri in ours[:_MAX_MEMBERS]
    }
    return NamedNode(max(sizes, key=sizes.__getitem__)) if sizes else None


def _frames_of(release: ServedRelease, class_: str) -> list[str]:
    return [name for name, one in release.frames.items() if one.target_class == GLOCAL[class_]]


def _examples_about(thing: NamedNode, release: ServedRelease) -> Iterator[tuple[str, Any]]:
    """Yield the examples that name a thing: its names, its links and its statements."""
    name, class_ = thing.value.removeprefix(ID), release.content.example_class
    yield from {"kind": "id", "name": name, "id": name, "iri": thing.value}.items()
    yield from {"getFlyout.kind": "entity", "suggest.kind": "entity"}.items()
    yield "resource", name
    yield from {"prefix": name[:_TYPED_CHARACTERS], "q": name, "filter": name}.items()
    batch = json.dumps({"q0": {"query": name, "type": class_}})
    yield "queries", batch
    yield f"reconcile.{FORM_MEDIA_TYPE}", {"queries": batch}
    about = sorted(release.store.triples(thing), key=str)
    for key, property_ in (("label", RDFS["label"]), ("alias", SKOS["altLabel"])):
        texts = (one.object for one in about if one.predicate == property_)
        yield key, next((one.value for one in texts if isinstance(one, Literal)), None)
    for key, space in _IDENTIFIED_BY.items():
        targets = (one.object.value for one in about if isinstance(one.object, NamedNode))
        found = (iri.removeprefix(space).strip("/") for iri in targets if iri.startswith(space))
        yield key, next(found, None)
    asserted = list(_statements(about, release, is_derived=False))
    for statement in [*_statements(about, release, is_derived=True), *asserted][:1]:
        terms = (statement.subject, statement.predicate, statement.object)
        yield from zip(("subject", "predicate", "object"), map(_curie, terms), strict=True)
    for statement in asserted[:1]:
        prefixes = (f"PREFIX {each}: <{PREFIXES[each]}>" for each in ("glocal", "id"))
        shown = list(map(_curie, (statement.subject, statement.predicate, statement.object)))
        patch = f"{' '.join(prefixes)} DELETE DATA {{ {' '.join(shown)} }}"
        yield "remove", [" ".join(shown)]
        yield f"askWhatIf.{FORM_MEDIA_TYPE}", {"update": patch}
        yield from _examples_of_rows(statement)


def _examples_of_rows(statement: Triple) -> Iterator[tuple[str, Any]]:
    """Yield the examples of a query whose answer has a row, which this statement supports."""
    query = f"SELECT ?subject {{ ?subject {statement.predicate} {statement.object} }}"
    row = {"subject": {"type": "uri", "value": getattr(statement.subject, "value", "")}}
    yield "getRowSupport.query", query
    yield "row", [json.dumps(row)]
    yield f"askRowSupport.{FORM_MEDIA_TYPE}", {"query": query, "row": [json.dumps(row)]}


def _statements(
    about: Iterable[Triple], release: ServedRelease, *, is_derived: bool
) -> Iterator[Triple]:
    """Yield the statements between two things that are derived, or those that are asserted."""
    for statement in about:
        is_between = isinstance(statement.object, NamedNode) and statement.object.value.startswith(
            ID
        )
        is_ours = is_between and statement.predicate.value.startswith(GLOCAL)
        if is_ours and release.store.contains(statement, DERIVED) == is_derived:
            yield statement


def _curie(term: Any) -> str:
    return shorten(term.value)
