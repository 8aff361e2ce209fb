"""Prepare quads for an OWL 2 DL reasoner: leave out axioms that do not hold, convert the rest."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD, shorten
from kg.reasoning.axioms.builder import AxiomStatuses
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.description_logic.axioms import is_built_in
from kg.reasoning.rules.patterns import Term

Node = NamedNode | BlankNode
_Statement = tuple[Node, NamedNode, Term]

# OWL 2's datatype map lacks these calendar types, and HermiT fails at the first one it reads.
_CALENDAR: Final = frozenset({XSD["gYear"], XSD["gYearMonth"], XSD["date"]})
_CALENDAR_TEXT: Final = re.compile(r"(-?\d{4,})(-\d\d)?(-\d\d)?(Z|[+-]\d\d:\d\d)?")
# Datatypes that OWL 2's datatype map lacks and that cannot be converted to xsd:dateTime.
_UNSUPPORTED: Final = {XSD[name] for name in ("duration", "gDay", "gMonth", "gMonthDay", "time")}
_KINDS = tuple(OWL[f"{kind}Property"] for kind in ("Object", "Datatype", "Annotation"))
_OBJECT, _DATA, _ANNOTATION = _KINDS


@dataclass(frozen=True)
class OwlDlTriples:
    """Triples in OWL 2 DL's vocabulary.

    `converted` counts the occurrences of each calendar datatype (a CURIE) that became xsd:dateTime,
    `left_out` the triples outside OWL 2 DL by their datatype or predicate.
    """

    triples: tuple[Triple, ...]
    converted: Mapping[str, int]
    left_out: Mapping[str, int]


def to_owl_dl(*parts: Iterable[Quad]) -> OwlDlTriples:
    """Return, of the quads' triples, those that an OWL 2 DL reasoner accepts.

    Ontology headers are dropped, and with them imports. A date, month or year becomes the instant
    at which it begins. Two kinds of triples are left out: data property values of datatypes that
    OWL 2 lacks; and triples whose property is undeclared, or is an object property with a literal
    or a data property with a resource, because a reasoner would read them as annotations. A
    property of two kinds, or a triple used as a term, is an `UnsupportedAxiom`.
    """
    quads = list(chain(*parts))
    for quad in quads:
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            raise UnsupportedAxiom(str(quad), "OWL 2 does not allow triples as terms")
    statements = [cast(_Statement, tuple(quad.triple)) for quad in quads]
    types = [(name, value) for name, predicate, value in statements if predicate == RDF["type"]]
    headers = {name for name, type_ in types if type_ == OWL["Ontology"]}
    kinds = _property_kinds(types)
    triples, converted, left_out = list[Triple](), Counter[str](), Counter[str]()
    for subject, predicate, value in statements:
        datatype, kind = _datatype_or_iri(value), kinds.get(predicate)
        if subject in headers:
            continue
        if not _is_allowed(predicate, kind, value):
            left_out[shorten(predicate.value)] += 1
        elif datatype in _UNSUPPORTED and kind == _DATA:
            left_out[shorten(datatype.value)] += 1
        elif datatype in _CALENDAR and kind != _ANNOTATION:
            converted[shorten(datatype.value)] += 1
            triples.append(Triple(subject, predicate, _convert(value)))
        else:
            triples.append(Triple(subject, predicate, value))
    counts = (dict(sorted(count.items())) for count in (converted, left_out))
    return OwlDlTriples(tuple(triples), *counts)


def _property_kinds(types: Iterable[tuple[Node, Term]]) -> dict[Node, Term]:
    """Map each declared property to its kind: object, data or annotation property."""
    kinds: dict[Node, Term] = {}
    for name, kind in types:
        if kind in _KINDS and kinds.setdefault(name, kind) != kind:
            reason = f"is both {kinds[name]} and {kind}; OWL 2 DL allows only one"
            raise UnsupportedAxiom(str(name), reason)
    return kinds


def _is_allowed(predicate: NamedNode, kind: Term | None, value: Term) -> bool:
    """Return whether OWL 2 DL allows a value of this sort for a property of this kind."""
    if is_built_in(predicate) or kind == _ANNOTATION:
        return True
    return kind == (_DATA if isinstance(value, Literal) else _OBJECT)


def _datatype_or_iri(term: Term) -> NamedNode:
    """Return a literal's datatype, or an IRI itself, which may be a datatype; else owl:Thing."""
    if isinstance(term, Literal):
        return term.datatype
    return term if isinstance(term, NamedNode) else OWL["Thing"]


def _convert(term: Term) -> Term:
    """Return xsd:dateTime for a calendar datatype, and for a value the instant it begins at."""
    if not isinstance(term, Literal):
        return XSD["dateTime"]
    parts = _CALENDAR_TEXT.fullmatch(term.value)
    if parts is None:
        return term
    year, month, day, zone = parts.groups()
    text = f"{year}{month or '-01'}{day or '-01'}T00:00:00{zone or ''}"
    return Literal(text, datatype=XSD["dateTime"])


def axioms_that_hold(ontology: Sequence[Quad]) -> list[Quad]:
    """Return the ontology without axioms whose annotated status does not hold.

    Annotations of axioms are left out too: a reasoner would read each as the axiom itself.
    """
    graph = OntologyGraph(ontology)
    statuses = AxiomStatuses(graph)
    annotations = set(graph.instances(OWL["Axiom"]))

    def holds(quad: Quad) -> bool:
        status, _ = statuses.status_of_axiom(*quad.triple)
        if status is None and isinstance(quad.subject, BlankNode):
            status, _ = statuses.status_on_node(quad.subject)
        return status is None or status.holds

    return [quad for quad in ontology if quad.subject not in annotations and holds(quad)]
