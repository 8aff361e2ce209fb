"""The ontology's axioms against the global restrictions of OWL 2 DL.

Source: OWL 2 Structural Specification, sections 5.8.1 (kinds), 11.1 and 11.2 (simple and regular).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pyoxigraph import NamedNode, Quad

from kg.namespaces import GLOCAL, OWL, RDFS
from kg.statuses import Status
from kg.validation.entities import closure, list_members
from kg.validation.findings import Problem, name_of
from kg.validation.names import (
    ANNOTATION_PROPERTY,
    DATATYPE_PROPERTY,
    OBJECT_PROPERTY,
    TYPE,
    kinds_of,
)

_SUBPROPERTY: Final = RDFS["subPropertyOf"]
_CHAIN: Final = OWL["propertyChainAxiom"]
_STATUSES: Final = frozenset(status.iri for status in Status)
_INVERSE: Final = OWL["inverseOf"]
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


def profile_problems(ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Mixed kinds, non-simple properties where OWL 2 DL wants simple ones, irregular chains.

    And statuses of axioms that are none: there is nobody else who asks.
    """
    axioms = [quad for quad in ontology if quad.predicate not in (RDFS["label"], RDFS["comment"])]
    yield from _mixed_kinds(axioms)
    yield from _non_simple(axioms)
    yield from _irregular(axioms)
    for quad in axioms:
        if quad.predicate == GLOCAL["ruleStatus"] and quad.object not in _STATUSES:
            message = f"{name_of(quad.object)} is no status of an axiom."
            yield Problem.of_quad(quad, message, "a status, such as glocal:Thesis.", "rule-status")


def _mixed_kinds(axioms: Sequence[Quad]) -> Iterator[Problem]:
    kinds = kinds_of(axioms)
    for name, types in kinds.items():
        several = [kind for kind in _KINDS if kind in types]
        if len(several) > 1 and isinstance(name, NamedNode):
            names = " and ".join(name_of(kind) for kind in several)
            message = f"{name_of(name)} is declared as {names}."
            yield Problem(message, "one kind.", "one-kind", name, TYPE, several[1])
    for quad in axioms:
        if quad.predicate == _SUBPROPERTY:
            ends = [_property_kind(kinds.get(end)) for end in (quad.subject, quad.object)]
            if None not in ends and ends[0] != ends[1]:
                message = f"{name_of(quad.subject)} and {name_of(quad.object)} differ in kind."
                remedy = "two properties of one kind."
                yield Problem.of_quad(quad, message, remedy, "one-kind")


def _property_kind(types: frozenset[object] | None) -> object:
    return next((kind for kind in _KINDS[:3] if types and kind in types), None)


def _non_simple(axioms: Sequence[Quad]) -> Iterator[Problem]:
    properties = _Properties(axioms)
    above = closure(properties.hierarchy())
    composite = properties.composite()
    non_simple = composite | {upper for name in composite for upper in above.get(name, ())}
    restricted = {q.subject for q in axioms if q.predicate in _CARDINALITIES}
    pairwise_disjoint = {
        member
        for quad in axioms
        if quad.object == OWL["AllDisjointProperties"]
        for listed in axioms
        if listed.subject == quad.subject and listed.predicate == OWL["members"]
        for member in list_members(axioms, listed.object)
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
                    f"{name_of(properties.named(name))} is transitive or derived by a chain, "
                    "so OWL 2 DL allows it no such axiom.",
                    "no cardinality, functionality, irreflexivity, asymmetry or disjointness here.",
                    "simple-properties",
                )


def _irregular(axioms: Sequence[Quad]) -> Iterator[Problem]:
    """Chains whose parts come back to what the chain derives, other than at its ends."""
    properties = _Properties(axioms)
    hierarchy = properties.hierarchy()
    chains = list(properties.chain_edges())
    reached = closure([*hierarchy, *((part, whole) for part, whole, _ in chains)])
    for part, whole, quad in chains:
        if part in reached.get(whole, ()):
            yield Problem.of_quad(
                quad,
                f"the chain for {name_of(whole)} uses {name_of(part)}, which rests on "
                f"{name_of(whole)} itself.",
                "chains in one direction; the property itself may only open or close its chain.",
                "regular-chains",
            )


class _Properties:
    """The object properties of a set of axioms, an inverse counting as the property itself.

    For what is asked here the two are alike: a property is simple, and stands before another in
    the order of chains, exactly when its inverse does.
    """

    def __init__(self, axioms: Sequence[Quad]) -> None:
        self._axioms = axioms
        self._inverses: defaultdict[object, set[object]] = defaultdict(set)
        for quad in axioms:
            if quad.predicate == _INVERSE:
                self._inverses[quad.subject].add(quad.object)

    def named(self, expression: object) -> NamedNode:
        """The property that an expression is, or is the inverse of."""
        if isinstance(expression, NamedNode):
            return expression
        inverse = next(iter(self._inverses.get(expression, ())), None)
        return inverse if isinstance(inverse, NamedNode) else OWL["topObjectProperty"]

    def hierarchy(self) -> list[tuple[NamedNode, NamedNode]]:
        """Lower and upper properties; equivalents and inverses are each above the other."""
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
        """The properties that are transitive or have a chain."""
        return {
            self.named(quad.subject)
            for quad in self._axioms
            if quad.predicate == _CHAIN or quad.object == OWL["TransitiveProperty"]
        }

    def chain_edges(self) -> Iterable[tuple[NamedNode, NamedNode, Quad]]:
        """Each part of a chain that has to stand before what the chain derives, with the axiom."""
        for quad in self._axioms:
            if quad.predicate != _CHAIN:
                continue
            whole = self.named(quad.subject)
            parts = [self.named(part) for part in list_members(self._axioms, quad.object)]
            if parts == [whole, whole]:
                continue
            if parts and parts[0] == whole:
                parts = parts[1:]
            elif parts and parts[-1] == whole:
                parts = parts[:-1]
            yield from ((part, whole, quad) for part in parts)
