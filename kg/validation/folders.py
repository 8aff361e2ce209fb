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
    shorten,
)
from kg.validation.findings import Problem, format_term
from kg.validation.names import declared_types

_LIST_PROPERTIES: Final = (RDF["first"], RDF["rest"])
_NOTES: Final = (SKOS["note"], SKOS["scopeNote"], SKOS["editorialNote"])
_META: Final = GRAPH["meta"]
_LINKS: Final = GRAPH["links"]

_ENTITY: Final = (
    *(RDF["type"], RDFS["label"], SKOS["altLabel"], SKOS["closeMatch"], *_NOTES),
    *(GLOCAL[name] for name in ("accessed", "denotesClass", "factor", "gloss", "mentionedIn")),
    *(
        DCTERMS[name]
        for name in ("bibliographicCitation", "description", "issued", "language", "title")
    ),
    *(OWL[name] for name in ("differentFrom", "distinctMembers", "members")),
    *(
        QB[name]
        for name in (
            *("attribute", "component", "componentAttachment", "componentRequired"),
            *("dimension", "measure", "order", "structure"),
        )
    ),
    NamedNode(f"{PREFIXES['schema']}url"),
    *_LIST_PROPERTIES,
)
_PASSAGE: Final = (
    *(RDF["type"], DCTERMS["description"], *_NOTES),
    *(
        GLOCAL[name]
        for name in (
            *("continuesIn", "inSource", "isLost", "length", "noteTo", "offset"),
            *("page", "paragraph", "section", "sha256"),
        )
    ),
)
_DESCRIPTION: Final = (
    *(RDF["type"], DCTERMS["source"], *_NOTES),
    *(
        GLOCAL[name]
        for name in (
            *("citedFrom", "fromPassage", "hasStatus", "heldBy", "sourceLost"),
            *("sourceProperty", "validTime"),
        )
    ),
)
_MAPPING: Final = tuple(
    SKOS[f"{kind}Match"] for kind in ("exact", "close", "broad", "narrow", "related")
)
_WITHDRAWAL: Final = (
    *(OWL["deprecated"], DCTERMS["isReplacedBy"]),
    *(PROV["invalidatedAtTime"], SKOS["changeNote"]),
)
_MAPPING_REMEDY: Final = (
    f"{', '.join(shorten(name.value) for name in _MAPPING[:-1])} or "
    f"{shorten(_MAPPING[-1].value)}; a fact belongs in an evidence graph."
)
_FACT_REMEDY: Final = "the statement in an evidence graph in kg/curated/paper/ or background/."
# Graph -> the second half of the error message, and the predicates allowed in the graph.
_ALLOWED: Final[Mapping[object, tuple[str, frozenset[NamedNode]]]] = {
    GRAPH["entities"]: ("entity files name no passage", frozenset(_ENTITY)),
    GRAPH["source"]: ("source files only describe passages", frozenset(_PASSAGE)),
    _META: ("a description of evidence has no evidence itself", frozenset(_DESCRIPTION)),
    _LINKS: ("link files only contain the five SKOS mappings", frozenset(_MAPPING)),
    WITHDRAWN: ("withdrawn names have no other statements", frozenset(_WITHDRAWAL)),
}
# Graph -> the namespace that all its subjects must be in.
_SUBJECT_NAMESPACES: Final[Mapping[object, str]] = {_META: EVIDENCE, GRAPH["source"]: SOURCE}


def check_predicates_by_folder(
    curated: Sequence[Quad], ontology: Sequence[Quad]
) -> Iterator[Problem]:
    """Find facts in files for names, passages, mappings or descriptions of evidence."""
    declared = declared_types(ontology)
    for quad in curated:
        if quad.graph_name not in _ALLOWED:
            continue
        reason, allowed = _ALLOWED[quad.graph_name]
        if not _is_in(quad.subject, _SUBJECT_NAMESPACES.get(quad.graph_name, "")):
            yield _problem(
                quad,
                f"a statement about {format_term(quad.subject)} is outside any evidence graph, "
                "so no passage supports it.",
                "the statement inside an evidence graph: ev:p10.2-fact { … }.",
            )
        # `kg.validation.names` reports undeclared predicates.
        elif quad.predicate not in allowed and (quad.predicate in declared or _is_reserved(quad)):
            yield _problem(
                quad,
                f"{shorten(quad.predicate.value)} states a fact, but {reason}.",
                _MAPPING_REMEDY if quad.graph_name == _LINKS else _FACT_REMEDY,
            )


def _problem(quad: Quad, message: str, remedy: str) -> Problem:
    return Problem.of_quad(quad, message, remedy, "statements-in-evidence-graphs")


def _is_reserved(quad: Quad) -> bool:
    """Return whether the ontology need not declare the predicate.

    This is so in the graphs of mappings and withdrawals, and for RDF, RDFS and OWL predicates.
    """
    is_exempt = quad.graph_name in (_LINKS, WITHDRAWN)
    return is_exempt or quad.predicate.value.startswith((RDF, RDFS, OWL))


def _is_in(subject: object, namespace: str) -> bool:
    return not namespace or (isinstance(subject, NamedNode) and subject.value.startswith(namespace))
