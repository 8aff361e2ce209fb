"""Triples of an ontology and its facts -> axioms, each with the triples that say it.

Source: OWL 2 Web Ontology Language, Mapping to RDF Graphs, sections 2 and 3.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import OWL, RDF, RDFS, XSD

_BUILT_IN: Final = (OWL, RDF, RDFS, XSD)
_DECLARING: Final = frozenset(
    {
        RDFS["Datatype"],
        RDFS["Class"],
        *(
            OWL[name]
            for name in (
                "Class",
                "ObjectProperty",
                "DatatypeProperty",
                "AnnotationProperty",
                "NamedIndividual",
            )
        ),
    }
)
_BUILDING: Final = _DECLARING | {OWL["Restriction"], OWL["DataRange"], RDF["List"]}
# Blank nodes of these types are axioms themselves.
GROUPS: Final = frozenset(
    OWL[name]
    for name in (
        "AllDisjointClasses",
        "AllDisjointProperties",
        "AllDifferent",
        "NegativePropertyAssertion",
    )
)
_INDIVIDUAL_GROUPS: Final = frozenset({OWL["AllDifferent"], OWL["NegativePropertyAssertion"]})
_OF_INDIVIDUALS: Final = frozenset({OWL["sameAs"], OWL["differentFrom"]})
_ANNOTATING: Final = frozenset({OWL["Axiom"], OWL["Annotation"]})
# With these a triple about a blank node is an axiom about an expression, not a part of one.
_RELATING: Final = frozenset(
    {
        RDFS["subClassOf"],
        RDFS["subPropertyOf"],
        RDFS["domain"],
        RDFS["range"],
        *(
            OWL[name]
            for name in (
                "equivalentClass",
                "disjointWith",
                "disjointUnionOf",
                "equivalentProperty",
                "propertyDisjointWith",
                "propertyChainAxiom",
                "hasKey",
            )
        ),
        *_OF_INDIVIDUALS,
    }
)
_ANNOTATIONS: Final = frozenset(
    {RDFS["label"], RDFS["comment"], RDFS["seeAlso"], RDFS["isDefinedBy"]}
    | {OWL[name] for name in ("versionInfo", "deprecated", "priorVersion")}
)


@dataclass(frozen=True)
class Axiom:
    """One axiom or assertion.

    Attributes:
        head: the triple that stands for it; of a group, its type.
        triples: all that say it, expressions and lists included.
        names: what it speaks about, without the words of OWL.
    """

    head: Triple
    triples: tuple[Triple, ...]
    names: frozenset[NamedNode] = field(compare=False)

    @property
    def is_assertion(self) -> bool:
        """Whether it is about individuals."""
        predicate, value = self.head.predicate, self.head.object
        if predicate == RDF["type"]:
            return value in _INDIVIDUAL_GROUPS or value == OWL["Thing"] or not is_built_in(value)
        return predicate in _OF_INDIVIDUALS or not is_built_in(predicate)


@dataclass(frozen=True)
class Divided:
    """The declarations, without which nothing can be read, and the axioms in their order."""

    declarations: tuple[Triple, ...]
    axioms: tuple[Axiom, ...]


def divide(triples: Iterable[Triple]) -> Divided:
    """The axioms among triples that a reasoner can read; annotations are left out."""
    known = list(dict.fromkeys(triples))
    types = defaultdict(set)
    for triple in known:
        if triple.predicate == RDF["type"]:
            types[triple.subject].add(triple.object)
    annotating = {one for one, kinds in types.items() if OWL["AnnotationProperty"] in kinds}
    bodies: dict[object, list[Triple]] = defaultdict(list)
    declarations, heads = [], []
    whole = GROUPS | _ANNOTATING
    for triple in known:
        subject = triple.subject
        if triple.predicate in annotating or triple.predicate in _ANNOTATIONS:
            continue
        if triple.predicate == RDF["type"] and triple.object in GROUPS:
            heads.append(triple)
        elif isinstance(subject, BlankNode) and (types[subject] & whole or _is_part(triple)):
            bodies[subject].append(triple)
        elif triple.predicate == RDF["type"] and triple.object in _DECLARING:
            declarations.append(triple)
        else:
            heads.append(triple)
    axioms = (_axiom(head, bodies) for head in heads if not types[head.subject] & _ANNOTATING)
    return Divided(tuple(declarations), tuple(axioms))


def _is_part(triple: Triple) -> bool:
    """Whether the triple about a blank node builds an expression or list."""
    if triple.predicate == RDF["type"]:
        return triple.object in _BUILDING
    return is_built_in(triple.predicate) and triple.predicate not in _RELATING


def _axiom(head: Triple, bodies: Mapping[object, list[Triple]]) -> Axiom:
    found = {head: None}
    ahead: list[object] = [head.subject, head.object]
    seen = set()
    while ahead:
        node = ahead.pop()
        if not isinstance(node, BlankNode) or node in seen:
            continue
        seen.add(node)
        for triple in bodies.get(node, ()):
            found[triple] = None
            ahead += [triple.object]
    ends = {end for one in found for end in (one.subject, one.predicate, one.object)}
    names = {one for one in ends if isinstance(one, NamedNode) and not is_built_in(one)}
    return Axiom(head, tuple(found), frozenset(names))


def is_built_in(term: object) -> bool:
    """Whether the term is a word of OWL, RDF, RDFS or XML Schema."""
    return isinstance(term, NamedNode) and term.value.startswith(_BUILT_IN)
