"""Check the ontology's axioms against the global restrictions of OWL 2 DL.

Source: OWL 2 Structural Specification, section 5.8.1 (one kind for each property), sections 11.1
and 11.2 (simple properties, regular property chains).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.namespaces import GLOCAL, OWL, RDFS
from kg.statuses import Status
from kg.validation.entities import closure, list_members
from kg.validation.findings import Problem, format_term
from kg.validation.names import (
    ANNOTATION_PROPERTY,
    DATATYPE_PROPERTY,
    OBJECT_PROPERTY,
    TYPE,
    declared_types,
)

_SUBPROPERTY: Final = RDFS["subPropertyOf"]
_CHAIN: Final = OWL["propertyChainAxiom"]
_STATUSES: Final = frozenset(status.iri for status in Status)
_INVERSE: Final = OWL["inverseOf"]
# The class is last: `_property_kind` leaves it out.
_KINDS: Final = (OBJECT_PROPERTY, DATATYPE_PROPERTY, ANNOTATION_PROPERTY, OWL["Class"])
_SIMPLE_ONLY: Final = frozenset(
    OWL[name]
    for name in (
        "FunctionalProperty",
        "InverseFunctionalProperty",
        "IrreflexiveProperty",
        "AsymmetricProperty",
    )
)
_CARDINALITIES: Final = frozenset(
    OWL[name]
    for name in (
        "cardinality",
        "maxCardinality",
        "minCardinality",
        "qualifiedCardinality",
        "maxQualifiedCardinality",
        "minQualifiedCardinality",
        "hasSelf",
    )
)


def check_owl_profile(ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find terms of two kinds, non-simple properties in axioms that need simple ones, and cycles.

    The cycles are those among property chains. Also find unknown statuses of axioms, which no
    other check covers.
    """
    axioms = [quad for quad in ontology if quad.predicate not in (RDFS["label"], RDFS["comment"])]
    yield from _mixed_kinds(axioms)
    yield from _non_simple_properties(axioms)
    yield from _irregular_chains(axioms)
    for quad in axioms:
        if quad.predicate == GLOCAL["ruleStatus"] and quad.object not in _STATUSES:
            message = f"{format_term(quad.object)} is not the status of an axiom."
            yield Problem.of_quad(quad, message, "a status, such as glocal:Thesis.", "rule-status")


def _mixed_kinds(axioms: Sequence[Quad]) -> Iterator[Problem]:
    kinds = declared_types(axioms)
    for name, types in kinds.items():
        declared = [kind for kind in _KINDS if kind in types]
        if len(declared) > 1 and isinstance(name, NamedNode):
            names = " and ".join(format_term(kind) for kind in declared)
            message = f"{format_term(name)} is declared as {names}."
            yield Problem(message, "only one of them.", "one-kind", name, TYPE, declared[1])
    for quad in axioms:
        if quad.predicate == _SUBPROPERTY:
            ends = [_property_kind(kinds.get(term)) for term in (quad.subject, quad.object)]
            if None not in ends and ends[0] != ends[1]:
                message = (
                    f"{format_term(quad.subject)} is a subproperty of {format_term(quad.object)}, which is "
                    "another kind of property."
                )
                remedy = "two properties of the same kind."
                yield Problem.of_quad(quad, message, remedy, "one-kind")


def _property_kind(types: frozenset[object] | None) -> object:
    return next((kind for kind in _KINDS[:3] if types and kind in types), None)


def _non_simple_properties(axioms: Sequence[Quad]) -> Iterator[Problem]:
    properties = _Properties(axioms)
    superproperties = closure(properties.hierarchy())
    composite = properties.composite()
    non_simple = composite | {
        upper for name in composite for upper in superproperties.get(name, ())
    }
    restricted = {q.subject for q in axioms if q.predicate in _CARDINALITIES}
    pairwise_disjoint = {
        member
        for quad in axioms
        if quad.object == OWL["AllDisjointProperties"]
        for members in axioms
        if members.subject == quad.subject and members.predicate == OWL["members"]
        for member in list_members(axioms, members.object)
    }
    for quad in axioms:
        if quad.predicate == TYPE and quad.object in _SIMPLE_ONLY:
            names: tuple[object, ...] = (quad.subject,)
        elif quad.predicate == OWL["propertyDisjointWith"]:
            names = (quad.subject, quad.object)
        elif quad.predicate == OWL["onProperty"] and quad.subject in restricted:
            names = (quad.object,)
        elif (quad.predicate, quad.object) == (TYPE, OBJECT_PROPERTY):
            names = (quad.subject,) if quad.subject in pairwise_disjoint else ()
        else:
            continue
        for name in names:
            if properties.named(name) in non_simple:
                yield Problem.of_quad(
                    quad,
                    f"{format_term(properties.named(name))} is transitive or derived by a chain, "
                    "so OWL 2 DL does not allow this axiom.",
                    "no cardinality, functionality, irreflexivity, asymmetry or disjointness here.",
                    "simple-properties",
                )


def _irregular_chains(axioms: Sequence[Quad]) -> Iterator[Problem]:
    """Find chains that use a property which itself depends on the property they derive.

    A chain may begin or end with the property it derives.
    """
    properties = _Properties(axioms)
    hierarchy = properties.hierarchy()
    chains = list(properties.chain_edges())
    dependents = closure([*hierarchy, *((part, derived) for part, derived, _ in chains)])
    for part, derived, quad in chains:
        if part in dependents.get(derived, ()):
            yield Problem.of_quad(
                quad,
                f"the chain for {format_term(derived)} uses {format_term(part)}, which depends on "
                f"{format_term(derived)} itself.",
                "chains without a cycle; a property may only begin or end its own chain.",
                "regular-chains",
            )


class _Properties:
    """The object properties in a set of axioms, with each inverse treated as the property itself.

    The checks here need no distinction: a property is simple exactly when its inverse is, and
    precedes another one in the order of chains exactly when its inverse does.
    """

    def __init__(self, axioms: Sequence[Quad]) -> None:
        self._axioms = axioms
        self._inverses: defaultdict[object, set[object]] = defaultdict(set)
        for quad in axioms:
            if quad.predicate == _INVERSE:
                self._inverses[quad.subject].add(quad.object)

    def named(self, expression: object) -> NamedNode:
        """Return the property that an expression names, itself or as its inverse."""
        if isinstance(expression, NamedNode):
            return expression
        inverse = next(iter(self._inverses.get(expression, ())), None)
        return inverse if isinstance(inverse, NamedNode) else OWL["topObjectProperty"]

    def hierarchy(self) -> list[tuple[NamedNode, NamedNode]]:
        """Return pairs of a property and a superproperty.

        Equivalent and inverse properties are superproperties of each other.
        """
        both_ways = (OWL["equivalentProperty"], _INVERSE)
        pairs = []
        for quad in self._axioms:
            ends = self.named(quad.subject), self.named(quad.object)
            if quad.predicate == _SUBPROPERTY or quad.predicate in both_ways:
                pairs.append(ends)
            if quad.predicate in both_ways:
                pairs.append(ends[::-1])
        return pairs

    def composite(self) -> set[NamedNode]:
        """Return the properties that are transitive or have a chain."""
        return {
            self.named(quad.subject)
            for quad in self._axioms
            if quad.predicate == _CHAIN or quad.object == OWL["TransitiveProperty"]
        }

    def chain_edges(self) -> Iterable[tuple[NamedNode, NamedNode, Quad]]:
        """Yield the parts of each chain that must precede its derived property in the order.

        Each item is the part, the derived property and the axiom. Left out are the parts that may
        be the derived property itself: the first, the last, or both in a chain of two.
        """
        for quad in self._axioms:
            if quad.predicate != _CHAIN:
                continue
            derived = self.named(quad.subject)
            parts = [self.named(part) for part in list_members(self._axioms, quad.object)]
            if parts == [derived, derived]:
                continue
            if parts and parts[0] == derived:
                parts = parts[1:]
            elif parts and parts[-1] == derived:
                parts = parts[:-1]
            yield from ((part, derived, quad) for part in parts)
