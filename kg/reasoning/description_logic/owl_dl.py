"""Quads -> the triples that an OWL 2 DL reasoner can read, and what that cost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD, shorten
from kg.reasoning.axioms.builder import AxiomStatuses
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.patterns import Term

Node = NamedNode | BlankNode

# OWL 2's datatype map has no calendar types; HermiT stops at the first one it meets.
_CALENDAR: Final = frozenset({XSD["gYear"], XSD["gYearMonth"], XSD["date"]})
_CALENDAR_TEXT: Final = re.compile(r"(-?\d{4,})(-\d\d)?(-\d\d)?(Z|[+-]\d\d:\d\d)?")
_UNKNOWN: Final = frozenset(
    XSD[name] for name in ("duration", "gDay", "gMonth", "gMonthDay", "time")
)
_OBJECT: Final = OWL["ObjectProperty"]
_DATA: Final = OWL["DatatypeProperty"]
_ANNOTATION: Final = OWL["AnnotationProperty"]


@dataclass(frozen=True)
class Readable:
    """Triples in OWL 2 DL's vocabulary.

    Attributes:
        restated: calendar datatype (CURIE) -> how often it became xsd:dateTime.
        left_out: datatype or predicate (CURIE) -> triples that OWL 2 DL has no reading for.
    """

    triples: tuple[Triple, ...]
    restated: Mapping[str, int]
    left_out: Mapping[str, int]


def in_owl_dl(*parts: Iterable[Quad]) -> Readable:
    """What a reasoner can read of these quads; ontology headers, and so imports, are dropped.

    A period becomes the instant at which it begins. A property that is not declared, or whose
    value is of the wrong sort, would be taken for an annotation: its triples are left out.

    Raises:
        UnsupportedAxiom: a property of two sorts, or a triple as a term.
    """
    statements = list(_statements(chain(*parts)))
    types = [(one, kind) for one, predicate, kind in statements if predicate == RDF["type"]]
    headers = {one for one, kind in types if kind == OWL["Ontology"]}
    kinds = _property_kinds(types)
    readable: list[Triple] = []
    restated: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    for subject, predicate, value in statements:
        datatype = _datatype(value)
        kind = kinds.get(predicate)
        if subject in headers:
            continue
        if not _has_reading(predicate, kind, value):
            left_out[shorten(predicate.value)] += 1
        elif datatype in _CALENDAR and kind != _ANNOTATION:
            restated[shorten(datatype.value)] += 1
            readable.append(Triple(subject, predicate, _restate(value)))
        elif datatype in _UNKNOWN and kind == _DATA:
            left_out[shorten(datatype.value)] += 1
        else:
            readable.append(Triple(subject, predicate, value))
    return Readable(tuple(readable), dict(sorted(restated.items())), dict(sorted(left_out.items())))


def axioms_that_hold(ontology: Sequence[Quad]) -> list[Quad]:
    """The ontology without the axioms that are annotated with a status that does not hold.

    And without the annotations of axioms: a reasoner would take each for the axiom itself.
    """
    graph = OntologyGraph(ontology)
    statuses = AxiomStatuses(graph)
    annotating = set(graph.instances(OWL["Axiom"]))

    def holds(quad: Quad) -> bool:
        status = statuses.of(*quad.triple)
        if status is None and isinstance(quad.subject, BlankNode):
            status = statuses.of_node(quad.subject)
        return status is None or status.holds

    return [quad for quad in ontology if quad.subject not in annotating and holds(quad)]


def _statements(quads: Iterable[Quad]) -> Iterator[tuple[Node, NamedNode, Term]]:
    for quad in quads:
        if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
            raise UnsupportedAxiom(str(quad), "OWL 2 has no triples as terms")
        yield quad.subject, quad.predicate, quad.object


def _property_kinds(types: Iterable[tuple[Node, Term]]) -> dict[Node, Term]:
    """Each declared property and whether it is an object, data or annotation property."""
    kinds: dict[Node, Term] = {}
    for name, kind in types:
        if kind in {_OBJECT, _DATA, _ANNOTATION} and kinds.setdefault(name, kind) != kind:
            raise UnsupportedAxiom(
                str(name), f"is both {kinds[name]} and {kind}; OWL 2 DL allows one"
            )
    return kinds


def _has_reading(predicate: NamedNode, kind: Term | None, value: Term) -> bool:
    """Whether a statement of this kind of property with this value means anything in OWL 2 DL."""
    if predicate.value.startswith((OWL, RDF, RDFS, XSD)) or kind == _ANNOTATION:
        return True
    return kind == (_DATA if isinstance(value, Literal) else _OBJECT)


def _datatype(term: Term) -> NamedNode:
    """The datatype that a term is or has; for a blank node, any that is no datatype."""
    if isinstance(term, Literal):
        return term.datatype
    return term if isinstance(term, NamedNode) else OWL["Thing"]


def _restate(term: Term) -> Term:
    """xsd:dateTime for a calendar datatype; for a value of one, the instant at which it begins."""
    if not isinstance(term, Literal):
        return XSD["dateTime"]
    parts = _CALENDAR_TEXT.fullmatch(term.value)
    if parts is None:
        return term
    year, month, day, zone = parts.groups()
    text = f"{year}{month or '-01'}{day or '-01'}T00:00:00{zone or ''}"
    return Literal(text, datatype=XSD["dateTime"])
