"""Triples of an ontology and its facts -> axioms, each with the triples that say it.

Source: OWL 2 Web Ontology Language, Mapping to RDF Graphs, sections 2 and 3.

An axiom in the words of the Manchester syntax, with CURIEs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.ontology_graph import OntologyGraph

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


_RELATIONS: Final = {
    RDFS["subClassOf"]: "SubClassOf",
    RDFS["subPropertyOf"]: "SubPropertyOf",
    RDFS["domain"]: "Domain",
    RDFS["range"]: "Range",
    OWL["equivalentClass"]: "EquivalentTo",
    OWL["equivalentProperty"]: "EquivalentTo",
    OWL["disjointWith"]: "DisjointWith",
    OWL["propertyDisjointWith"]: "DisjointWith",
    OWL["inverseOf"]: "InverseOf",
    OWL["sameAs"]: "SameAs",
    OWL["differentFrom"]: "DifferentFrom",
}
# Axioms whose object is a list.
_LISTS: Final = {
    OWL["propertyChainAxiom"]: ("SuperPropertyOf", " o "),
    OWL["disjointUnionOf"]: ("DisjointUnionOf", ", "),
    OWL["hasKey"]: ("HasKey", ", "),
}
_GROUPS: Final = {
    OWL["AllDisjointClasses"]: "DisjointClasses",
    OWL["AllDisjointProperties"]: "DisjointProperties",
    OWL["AllDifferent"]: "DifferentIndividuals",
}


class Wording:
    """Says axioms in words; made once for all triples among which expressions are found."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._graph = OntologyGraph(Quad(*triple) for triple in triples)

    def of(self, axiom: Axiom) -> str:
        """The axiom in one line."""
        subject, predicate, value = axiom.head
        text = self._graph.text
        if predicate == RDF["type"] and value in GROUPS:
            return self._of_group(axiom)
        if predicate in _LISTS:
            word, between = _LISTS[predicate]
            return f"{text(subject)} {word} {between.join(self._graph.texts(value))}"
        if predicate == RDF["type"]:
            kind = text(value)
            if kind.startswith("owl:") and kind.endswith("Property"):
                kind = kind.removeprefix("owl:").removesuffix("Property")
                return f"{text(subject)} Characteristics {kind}"
            return f"{text(subject)} Type {kind}"
        return f"{text(subject)} {_RELATIONS.get(predicate, text(predicate))} {text(value)}"

    def _of_group(self, axiom: Axiom) -> str:
        graph = self._graph
        node, _, kind = axiom.head
        if kind == OWL["NegativePropertyAssertion"]:
            parts = ("sourceIndividual", "assertionProperty", "targetIndividual", "targetValue")
            ends = [end for part in parts for end in graph.objects(node, OWL[part])]
            return f"not ({' '.join(map(graph.text, ends))})"
        lists = [*graph.objects(node, OWL["members"]), *graph.objects(node, OWL["distinctMembers"])]
        members = [text for each in lists for text in graph.texts(each)]
        return f"{_GROUPS[kind]}: {', '.join(members)}"
