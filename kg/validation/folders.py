"""Check which predicates each curated folder uses outside evidence graphs.

Statements outside an evidence graph have no passage or source, and they always hold. Therefore
each folder may use only the predicates listed here; facts belong in evidence graphs.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.content import Content
from kg.namespaces import EVIDENCE, GRAPH, OWL, RDF, RDFS, SOURCE, WITHDRAWN, expand_all, is_in
from kg.statuses import QUALIFYING
from kg.validation.evidence import ENTITIES, META
from kg.validation.findings import Problem, display_path, format_alternatives, format_term
from kg.validation.names import EXEMPT_GRAPHS, LINKS, WITHDRAWAL_PREDICATES, declared_types

_PASSAGES: Final = GRAPH["source"]
_MAPPINGS: Final = expand_all(
    "skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch"
)
_ENTITY_PREDICATES: Final = """
    rdf:type rdf:first rdf:rest rdfs:label schema:url
    skos:altLabel skos:closeMatch skos:definition skos:editorialNote skos:notation skos:note
    skos:scopeNote
    bibo:issue bibo:pages bibo:volume
    glocal:accessed glocal:baseUnit glocal:denotesClass glocal:factor glocal:gloss
    glocal:mentionedIn glocal:publishedIn
    dcterms:bibliographicCitation dcterms:description dcterms:issued dcterms:language dcterms:title
    owl:differentFrom owl:distinctMembers owl:members
    qb:attribute qb:component qb:componentAttachment qb:componentRequired
    qb:dimension qb:measure qb:order qb:structure
"""
_PASSAGE_PREDICATES: Final = """
    rdf:type dcterms:description skos:editorialNote skos:note skos:scopeNote
    glocal:continuesIn glocal:filePage glocal:inSource glocal:isLost glocal:lastPage glocal:length
    glocal:noteTo glocal:offset glocal:page glocal:paragraph glocal:section glocal:sha256
"""
_OF_EVIDENCE: Final = (
    *expand_all(
        "rdf:type dcterms:source skos:editorialNote skos:note skos:scopeNote glocal:citedFrom "
        "glocal:citedPages glocal:fromPassage glocal:hasPurpose glocal:hasStatus glocal:heldBy "
        "glocal:sourceLost glocal:sourceProperty glocal:validFrom glocal:validTime "
        "glocal:validUntil"
    ),
    *QUALIFYING,
)
# Graph -> the second half of the error message, and the predicates allowed in the graph.
_ALLOWED: Final[Mapping[object, tuple[str, Sequence[NamedNode]]]] = {
    ENTITIES: ("entity files name no passage", expand_all(_ENTITY_PREDICATES)),
    _PASSAGES: ("source files only describe passages", expand_all(_PASSAGE_PREDICATES)),
    META: ("a description of evidence has no evidence itself", _OF_EVIDENCE),
    LINKS: ("link files only contain the five SKOS mappings", _MAPPINGS),
    WITHDRAWN: ("withdrawn names have no other statements", WITHDRAWAL_PREDICATES),
}
# Graph -> the namespace that all its subjects must be in.
_SUBJECT_NAMESPACES: Final[Mapping[object, str]] = {META: EVIDENCE, _PASSAGES: SOURCE}
_MAPPING_REMEDY: Final = f"{format_alternatives(_MAPPINGS)}; a fact belongs in an evidence graph."


def check_predicates_by_folder(
    curated: Sequence[Quad], ontology: Sequence[Quad], content: Content
) -> Iterator[Problem]:
    """Find facts in files for names, passages, mappings or descriptions of evidence."""
    folder = display_path(content.curated / content.evidence)
    fact_remedy = f"the statement in an evidence graph in {folder}/ or background/."
    declared = declared_types(ontology)
    for quad in curated:
        if quad.graph_name not in _ALLOWED:
            continue
        namespace = _SUBJECT_NAMESPACES.get(quad.graph_name)
        reason, allowed = _ALLOWED[quad.graph_name]
        if namespace is not None and not is_in(quad.subject, namespace):
            outside = f"a statement about {format_term(quad.subject)} is outside any evidence graph"
            message = f"{outside}, so no passage supports it."
            remedy = "the statement inside an evidence graph: ev:p10.2-fact { … }."
        # `kg.validation.names` reports undeclared predicates.
        elif quad.predicate not in allowed and (
            quad.predicate in declared
            or quad.graph_name in EXEMPT_GRAPHS
            or is_in(quad.predicate, RDF, RDFS, OWL)
        ):
            message = f"{format_term(quad.predicate)} states a fact, but {reason}."
            remedy = _MAPPING_REMEDY if quad.graph_name == LINKS else fact_remedy
        else:
            continue
        yield Problem.of_quad(quad, message, remedy, "statements-in-evidence-graphs")
