"""Check which predicates each curated folder uses outside evidence graphs.

Statements outside an evidence graph have no passage or source, and they always hold. Therefore
each folder may use only the predicates listed here; facts belong in evidence graphs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.namespaces import (
    DCTERMS,
    EVIDENCE,
    GLOCAL,
    GRAPH,
    OWL,
    PREFIXES,
    PROV,
    QB,
    RDF,
    RDFS,
    SKOS,
    SOURCE,
    WITHDRAWN,
    Namespace,
    is_in,
)
from kg.validation.evidence import ENTITIES, META
from kg.validation.findings import Problem, format_alternatives, format_term
from kg.validation.names import TYPE, declared_types


def _terms(namespace: Namespace, local_names: str) -> list[NamedNode]:
    return [namespace[name] for name in local_names.split()]


_LINKS: Final = GRAPH["links"]
_PASSAGES: Final = GRAPH["source"]
_NOTES: Final = _terms(SKOS, "note scopeNote editorialNote")
_MAPPINGS: Final = _terms(SKOS, "exactMatch closeMatch broadMatch narrowMatch relatedMatch")
# Graph -> the second half of the error message, and the predicates allowed in the graph.
_ALLOWED: Final[Mapping[object, tuple[str, frozenset[NamedNode]]]] = {
    ENTITIES: (
        "entity files name no passage",
        frozenset(
            [
                *(TYPE, RDFS["label"], *_NOTES, NamedNode(f"{PREFIXES['schema']}url")),
                *_terms(RDF, "first rest"),
                *_terms(SKOS, "altLabel closeMatch"),
                *_terms(GLOCAL, "accessed denotesClass factor gloss mentionedIn"),
                *_terms(DCTERMS, "bibliographicCitation description issued language title"),
                *_terms(OWL, "differentFrom distinctMembers members"),
                *_terms(QB, "attribute component componentAttachment componentRequired"),
                *_terms(QB, "dimension measure order structure"),
            ]
        ),
    ),
    _PASSAGES: (
        "source files only describe passages",
        frozenset(
            [
                *(TYPE, DCTERMS["description"], *_NOTES),
                *_terms(GLOCAL, "continuesIn inSource isLost length noteTo"),
                *_terms(GLOCAL, "offset page paragraph section sha256"),
            ]
        ),
    ),
    META: (
        "a description of evidence has no evidence itself",
        frozenset(
            [
                *(TYPE, DCTERMS["source"], *_NOTES),
                *_terms(GLOCAL, "citedFrom fromPassage hasStatus heldBy"),
                *_terms(GLOCAL, "sourceLost sourceProperty validTime"),
            ]
        ),
    ),
    _LINKS: ("link files only contain the five SKOS mappings", frozenset(_MAPPINGS)),
    WITHDRAWN: (
        "withdrawn names have no other statements",
        frozenset(
            [
                *(OWL["deprecated"], DCTERMS["isReplacedBy"]),
                *(PROV["invalidatedAtTime"], SKOS["changeNote"]),
            ]
        ),
    ),
}
# Graph -> the namespace that all its subjects must be in.
_SUBJECT_NAMESPACES: Final[Mapping[object, str]] = {META: EVIDENCE, _PASSAGES: SOURCE}
_FACT_REMEDY: Final = "the statement in an evidence graph in kg/curated/paper/ or background/."
_MAPPING_REMEDY: Final = f"{format_alternatives(_MAPPINGS)}; a fact belongs in an evidence graph."


def check_predicates_by_folder(
    curated: Sequence[Quad], ontology: Sequence[Quad]
) -> Iterator[Problem]:
    """Find facts in files for names, passages, mappings or descriptions of evidence."""
    declared = declared_types(ontology)
    for quad in curated:
        if quad.graph_name not in _ALLOWED:
            continue
        namespace = _SUBJECT_NAMESPACES.get(quad.graph_name)
        reason, allowed = _ALLOWED[quad.graph_name]
        if namespace is not None and not is_in(quad.subject, namespace):
            message = (
                f"a statement about {format_term(quad.subject)} is outside any evidence graph, "
                "so no passage supports it."
            )
            remedy = "the statement inside an evidence graph: ev:p10.2-fact { … }."
        # `kg.validation.names` reports undeclared predicates.
        elif quad.predicate not in allowed and (quad.predicate in declared or _is_reserved(quad)):
            message = f"{format_term(quad.predicate)} states a fact, but {reason}."
            remedy = _MAPPING_REMEDY if quad.graph_name == _LINKS else _FACT_REMEDY
        else:
            continue
        yield Problem.of_quad(quad, message, remedy, "statements-in-evidence-graphs")


def _is_reserved(quad: Quad) -> bool:
    """Return whether the ontology need not declare the predicate in this graph."""
    return quad.graph_name in (_LINKS, WITHDRAWN) or is_in(quad.predicate, RDF, RDFS, OWL)
