"""Group the triples of an ontology and its facts into axioms, and write these in Manchester syntax.

Source: OWL 2 Web Ontology Language, Mapping to RDF Graphs, sections 2 and 3.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.ontology_graph import AXIOM_PREDICATES, GROUP_KEYWORDS, OntologyGraph

# Types that declare a class, a property, a datatype or an individual.
_OWL_DECLARED: Final = "Class ObjectProperty DatatypeProperty AnnotationProperty NamedIndividual"
_DECLARED_TYPES: Final = frozenset(
    {RDFS["Datatype"], RDFS["Class"], *(OWL[name] for name in _OWL_DECLARED.split())}
)
# Types of the blank nodes that build class expressions, data ranges and lists.
_EXPRESSION_TYPES: Final = _DECLARED_TYPES | {OWL["Restriction"], OWL["DataRange"], RDF["List"]}
# A blank node of one of these types is itself an axiom.
AXIOM_NODE_TYPES: Final = frozenset({*GROUP_KEYWORDS, OWL["NegativePropertyAssertion"]})
_INDIVIDUAL_GROUPS: Final = frozenset({OWL["AllDifferent"], OWL["NegativePropertyAssertion"]})
_INDIVIDUAL_PREDICATES: Final = frozenset({OWL["sameAs"], OWL["differentFrom"]})
_ANNOTATION_TYPES: Final = frozenset({OWL["Axiom"], OWL["Annotation"]})
# A triple with one of these predicates is an axiom even if its subject is a blank node; with other
# OWL predicates it is a part of the expression that the blank node stands for.
_AXIOM_PREDICATES: Final = AXIOM_PREDICATES - {OWL["inverseOf"]}
_ANNOTATION_PREDICATES: Final = frozenset(
    {RDFS["label"], RDFS["comment"], RDFS["seeAlso"], RDFS["isDefinedBy"]}
    | {OWL["versionInfo"], OWL["deprecated"], OWL["priorVersion"]}
)


@dataclass(frozen=True)
class Axiom:
    """One axiom or assertion: its main triple, and all its triples with expressions and lists.

    The head of an axiom in `AXIOM_NODE_TYPES` is the type of its blank node. `names` are its IRIs
    without those of OWL, RDF, RDFS and XML Schema.
    """

    head: Triple
    triples: tuple[Triple, ...]
    names: frozenset[NamedNode] = field(compare=False)

    @property
    def is_assertion(self) -> bool:
        """Whether the axiom is about individuals."""
        predicate, value = self.head.predicate, self.head.object
        if predicate == RDF["type"]:
            return value in _INDIVIDUAL_GROUPS or value == OWL["Thing"] or not is_built_in(value)
        return predicate in _INDIVIDUAL_PREDICATES or not is_built_in(predicate)


@dataclass(frozen=True)
class DividedOntology:
    """The declarations, which a reasoner always needs, and the axioms in their original order."""

    declarations: tuple[Triple, ...]
    axioms: tuple[Axiom, ...]


def divide_ontology(triples: Iterable[Triple]) -> DividedOntology:
    """Divide triples, as `to_owl_dl` returns them, into declarations and axioms."""
    distinct = list(dict.fromkeys(triples))
    types = defaultdict(set)
    for triple in distinct:
        if triple.predicate == RDF["type"]:
            types[triple.subject].add(triple.object)
    bodies: dict[object, list[Triple]] = defaultdict(list)
    declarations, heads = [], []
    node_types = AXIOM_NODE_TYPES | _ANNOTATION_TYPES
    for triple in distinct:
        subject, predicate, value = triple
        if OWL["AnnotationProperty"] in types[predicate] or predicate in _ANNOTATION_PREDICATES:
            continue
        if predicate == RDF["type"] and value in AXIOM_NODE_TYPES:
            heads.append(triple)
        elif isinstance(subject, BlankNode) and (types[subject] & node_types or _is_part(triple)):
            bodies[subject].append(triple)
        elif predicate == RDF["type"] and value in _DECLARED_TYPES:
            declarations.append(triple)
        else:
            heads.append(triple)
    axioms = (_axiom(head, bodies) for head in heads if not types[head.subject] & _ANNOTATION_TYPES)
    return DividedOntology(tuple(declarations), tuple(axioms))


def _is_part(triple: Triple) -> bool:
    """Return whether a triple about a blank node is part of an expression or list."""
    if triple.predicate == RDF["type"]:
        return triple.object in _EXPRESSION_TYPES
    return is_built_in(triple.predicate) and triple.predicate not in _AXIOM_PREDICATES


def _axiom(head: Triple, bodies: Mapping[object, list[Triple]]) -> Axiom:
    # A dictionary, because the triples have to stay in order.
    triples = {head: None}
    pending: list[object] = [head.subject, head.object]
    seen = set()
    while pending:
        node = pending.pop()
        if isinstance(node, BlankNode) and node not in seen:
            seen.add(node)
            for triple in bodies.get(node, ()):
                triples[triple] = None
                pending.append(triple.object)
    terms = {term for triple in triples for term in triple}
    names = {term for term in terms if isinstance(term, NamedNode) and not is_built_in(term)}
    return Axiom(head, tuple(triples), frozenset(names))


def is_built_in(term: object) -> bool:
    """Return whether the term belongs to OWL, RDF, RDFS or XML Schema."""
    return isinstance(term, NamedNode) and term.value.startswith((OWL, RDF, RDFS, XSD))


class ManchesterWriter:
    """Writes axioms as text; needs all triples, to find the class expressions in axioms."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._graph = OntologyGraph(Quad(*triple) for triple in triples)

    def write(self, axiom: Axiom) -> str:
        """Return the axiom as one line."""
        subject, predicate, value = axiom.head
        if predicate != RDF["type"]:
            return self._graph.axiom_to_manchester(subject, predicate, value)
        if value in AXIOM_NODE_TYPES:
            return self._group_text(axiom)
        keyword, kind = "Type", self._graph.to_manchester(value)
        if kind.startswith("owl:") and kind.endswith("Property"):
            keyword, kind = "Characteristics", kind[len("owl:") : -len("Property")]
        return f"{self._graph.to_manchester(subject)} {keyword} {kind}"

    def _group_text(self, axiom: Axiom) -> str:
        graph = self._graph
        node, _, kind = axiom.head
        if kind == OWL["NegativePropertyAssertion"]:
            names = ("sourceIndividual", "assertionProperty", "targetIndividual", "targetValue")
            terms = [term for name in names for term in graph.objects(node, OWL[name])]
            return f"not ({' '.join(map(graph.to_manchester, terms))})"
        lists = [*graph.objects(node, OWL["members"]), *graph.objects(node, OWL["distinctMembers"])]
        members = [text for list_ in lists for text in graph.members_to_manchester(list_)]
        return f"{GROUP_KEYWORDS[kind]}: {', '.join(members)}"
