"""The terms of a release's ontology, and the patterns and modes that it assigns to relations."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from kg.describe.description import sorted_iris
from kg.namespaces import DCTERMS, GLOCAL, OWL, RDF, RDFS, expand_all, is_in
from kg.store.quad_store import Store
from kg.validation.hierarchy import closure, reachable

if TYPE_CHECKING:
    from kg.reasoning.axioms.ontology_graph import OntologyGraph

# A term with several of these types gets the first one.
_TERM_TYPES: Final = expand_all(
    "owl:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty rdfs:Datatype "
    "owl:NamedIndividual"
)
_UPWARD: Final = expand_all("rdfs:subClassOf rdfs:subPropertyOf")
_CHARACTERISTICS: Final = expand_all(
    "owl:FunctionalProperty owl:InverseFunctionalProperty owl:TransitiveProperty "
    "owl:SymmetricProperty owl:AsymmetricProperty owl:ReflexiveProperty owl:IrreflexiveProperty"
)
# The properties whose values `Glossary.axioms` returns, in this order.
AXIOM_PROPERTIES: Final = expand_all(
    "rdfs:subClassOf owl:equivalentClass owl:disjointWith owl:inverseOf owl:propertyChainAxiom "
    "owl:equivalentProperty owl:propertyDisjointWith rdfs:domain rdfs:range"
)


class TermAxiom(NamedTuple):
    """An axiom about a term: a property, and its value in Manchester syntax, with CURIEs.

    A decision is of the ontology's authors and does not come from its source.
    """

    relation: NamedNode
    text: str
    is_decision: bool


class Glossary:
    """The terms of an ontology, in particular those of one namespace."""

    def __init__(self, ontology: Sequence[Quad], namespace: str) -> None:
        self.ontology, self._namespace = ontology, namespace

    @cached_property
    def graph(self) -> "OntologyGraph":
        """The triples of the ontology."""
        # Imported late, as the compiler below: the service starts without them.
        from kg.reasoning.axioms.ontology_graph import OntologyGraph

        return OntologyGraph(self.ontology)

    @cached_property
    def terms(self) -> Mapping[NamedNode, NamedNode]:
        """The terms of the namespace with their types, sorted by IRI."""
        return self._declared(is_own=True)

    @cached_property
    def outside_terms(self) -> Mapping[NamedNode, NamedNode]:
        """The declared terms of other namespaces with their types, sorted by IRI."""
        return self._declared(is_own=False)

    def broader(self, term: NamedNode) -> list[NamedNode]:
        """Return the asserted superclasses or superproperties of a term.

        A class that is equivalent to an intersection is below the named classes of that.
        """
        asserted = (parent for up in _UPWARD for parent in self.graph.objects(term, up))
        intersected = (
            member
            for equivalent in self.graph.objects(term, OWL["equivalentClass"])
            for members in self.graph.objects(equivalent, OWL["intersectionOf"])
            for member in self.graph.list_members(members)
        )
        return sorted_iris({*asserted, *intersected} - {term})

    def narrower(self, term: NamedNode) -> list[NamedNode]:
        """Return the asserted subclasses or subproperties of a term."""
        return self._children.get(term, [])

    def direct_narrower(self, term: NamedNode) -> list[NamedNode]:
        """Return the narrower terms that are not also below another narrower term."""
        children, below = self.narrower(term), self._descendants
        return [
            child
            for child in children
            if not any(child in below[one] and one not in below[child] for one in children)
        ]

    def all_narrower(self, term: NamedNode) -> Set[NamedNode]:
        """Return the terms below a term, however far."""
        return self._descendants.get(term, set())

    def top_terms(self, kinds: Sequence[NamedNode]) -> list[NamedNode]:
        """Return the terms of these types that have no broader term in the namespace."""
        return [
            term
            for term, kind in self.terms.items()
            if kind in kinds and not any(parent in self.terms for parent in self.broader(term))
        ]

    def characteristics(self, term: NamedNode) -> list[NamedNode]:
        """Return the characteristics of a property, such as owl:TransitiveProperty."""
        types = sorted_iris(self.graph.objects(term, RDF["type"]))
        return [type_ for type_ in types if type_ in _CHARACTERISTICS]

    def axioms(self, term: NamedNode) -> Iterator[TermAxiom]:
        """Yield the axioms about a term, except named superclasses and superproperties."""
        for relation in AXIOM_PROPERTIES:
            for value in self.graph.objects(term, relation):
                if relation in _UPWARD and isinstance(value, NamedNode):
                    continue
                text = self.graph.object_to_manchester(relation, value)
                yield TermAxiom(relation, text, self.is_modelling_decision(term, relation, value))

    def is_modelling_decision(self, term: NamedNode, relation: NamedNode, end: Any) -> bool:
        """Return whether this axiom is annotated as a modelling decision."""
        return (term, relation, end) in self._decisions

    def replacements(self, term: NamedNode) -> list[NamedNode] | None:
        """Return the terms that replace a deprecated term, or None if it is not deprecated."""
        flags = self.graph.objects(term, OWL["deprecated"])
        if not any(isinstance(flag, Literal) and flag.value in {"true", "1"} for flag in flags):
            return None
        return sorted_iris(self.graph.objects(term, DCTERMS["isReplacedBy"]))

    def _declared(self, *, is_own: bool) -> Mapping[NamedNode, NamedNode]:
        kinds: dict[Any, NamedNode] = {}
        # The first types last, so that they replace the others.
        for kind in reversed(_TERM_TYPES):
            kinds |= dict.fromkeys(self.graph.instances(kind), kind)
        terms = (term for term in sorted_iris(kinds) if is_in(term, self._namespace) == is_own)
        return {term: kinds[term] for term in terms}

    @cached_property
    def _children(self) -> Mapping[NamedNode, list[NamedNode]]:
        children: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for term in self.terms:
            for parent in self.broader(term):
                children[parent].append(term)
        return children

    @cached_property
    def _descendants(self) -> Mapping[NamedNode, set[NamedNode]]:
        """The direct and indirect narrower terms of each term."""
        return {term: reachable(term, self.narrower) for term in self.terms}

    @cached_property
    def _decisions(self) -> set[tuple[Any, ...]]:
        """The annotated axioms as triples of source, property and target."""
        parts = expand_all("owl:annotatedSource owl:annotatedProperty owl:annotatedTarget")
        return {
            tuple(next(iter(self.graph.objects(node, part)), None) for part in parts)
            for node, value in self.graph.subjects_and_objects(GLOCAL["isModellingDecision"])
            if isinstance(value, Literal) and value.value == "true"
        }


class RelationPatterns:
    """The patterns and modes of the properties of a release, by which pages group statements.

    `patterns` and `modes` have the values that a property, or one above it, is annotated with. A
    triple of a property that is `annotated` itself says no more than its pattern or mode. A
    property and one of its `inverses`, which may be itself, say the same with the ends exchanged.
    """

    def __init__(self, store: Store) -> None:
        pairs = _iri_pairs(store, RDFS["subPropertyOf"])
        self._below = closure((upper, lower) for lower, upper in pairs)
        self.annotated: set[NamedNode] = set()
        self.patterns = self._read(store, GLOCAL["ofPattern"])
        self.modes = self._read(store, GLOCAL["ofMode"])
        symmetric = store.triples(None, RDF["type"], OWL["SymmetricProperty"])
        with_itself = ((one, one) for one in sorted_iris(triple.subject for triple in symmetric))
        self.inverses: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for one, other in chain(_iri_pairs(store, OWL["inverseOf"]), with_itself):
            self.inverses[one].add(other)
            self.inverses[other].add(one)

    def _read(self, store: Store, annotation: NamedNode) -> Mapping[NamedNode, Set[NamedNode]]:
        values: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for top, value in _iri_pairs(store, annotation):
            self.annotated.add(top)
            for property_ in {top, *self._below.get(top, ())}:
                values[property_].add(value)
        return dict(values)


def _iri_pairs(store: Store, predicate: NamedNode) -> Iterator[tuple[NamedNode, NamedNode]]:
    for triple in store.triples(predicate=predicate):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            yield triple.subject, triple.object
