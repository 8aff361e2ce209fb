"""What the files of each curated folder may say outside evidence graphs; all else is a statement.

An evidence graph has a passage or a source; what stands outside of one has none, and holds.
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
from kg.validation.findings import Problem, name_of
from kg.validation.names import kinds_of

_LIST_PARTS: Final = (RDF["first"], RDF["rest"])
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
    *_LIST_PARTS,
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
# What is said of a name that is no longer used.
_WITHDRAWAL: Final = (
    *(OWL["deprecated"], DCTERMS["isReplacedBy"]),
    *(PROV["invalidatedAtTime"], SKOS["changeNote"]),
)
_MAPPING_REMEDY: Final = (
    f"{', '.join(shorten(name.value) for name in _MAPPING[:-1])} or "
    f"{shorten(_MAPPING[-1].value)}; a fact stands in an evidence graph."
)
_FACT_REMEDY: Final = "the statement in an evidence graph in kg/curated/paper/ or background/."
# Graph -> what is written into it, and the predicates that may stand there.
_ALLOWED: Final[Mapping[object, tuple[str, frozenset[NamedNode]]]] = {
    GRAPH["entities"]: ("entity files name no passage", frozenset(_ENTITY)),
    GRAPH["source"]: ("source files describe passages alone", frozenset(_PASSAGE)),
    _META: ("a description of evidence has no evidence itself", frozenset(_DESCRIPTION)),
    _LINKS: ("mappings are SKOS's five", frozenset(_MAPPING)),
    WITHDRAWN: ("of a withdrawn name nothing else is said", frozenset(_WITHDRAWAL)),
}


# Graph -> where the names begin of what alone it speaks about.
_ABOUT: Final[Mapping[object, str]] = {_META: EVIDENCE, GRAPH["source"]: SOURCE}


def folder_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Statements where names, passages, mappings or descriptions of evidence belong."""
    known = kinds_of(ontology)
    for quad in curated:
        if quad.graph_name not in _ALLOWED:
            continue
        what, allowed = _ALLOWED[quad.graph_name]
        if not _is_in(quad.subject, _ABOUT.get(quad.graph_name, "")):
            yield _problem(
                quad,
                f"a statement about {name_of(quad.subject)} stands outside any evidence graph, "
                "so no passage supports it.",
                "the statement inside an evidence graph: ev:p10.2-fact { … }.",
            )
        # Of a name that nothing declares, another finding speaks.
        elif quad.predicate not in allowed and (quad.predicate in known or _is_reserved(quad)):
            yield _problem(
                quad,
                f"{shorten(quad.predicate.value)} states a fact, but {what}.",
                _MAPPING_REMEDY if quad.graph_name == _LINKS else _FACT_REMEDY,
            )


def _problem(quad: Quad, message: str, remedy: str) -> Problem:
    return Problem.of_quad(quad, message, remedy, "statements-in-evidence-graphs")


def _is_reserved(quad: Quad) -> bool:
    """Whether nothing declares the predicate: RDF's and OWL's own, those of mappings …."""
    is_outside = quad.graph_name in (_LINKS, WITHDRAWN)
    return is_outside or quad.predicate.value.startswith((RDF, RDFS, OWL))


def _is_in(subject: object, space: str) -> bool:
    return not space or (isinstance(subject, NamedNode) and subject.value.startswith(space))
