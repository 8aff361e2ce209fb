"""Show each kind of axiom: freeze what it speaks of and look for what it says of that.

"Whatever is A is B" follows if x is B for an x of which only A is supposed. "A and B are disjoint"
follows if to suppose x in both leads to a contradiction.

Source: OWL 2 Direct Semantics, section 2.3 (the meaning of each axiom).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import OWL, RDFS
from kg.reasoning.entailment.findings import SHOWN, UNDECIDED, Finding, all_of, any_of
from kg.reasoning.entailment.membership import Membership
from kg.reasoning.entailment.sorts import Sorts
from kg.reasoning.entailment.suppositions import Case, Suppositions, join_all
from kg.reasoning.entailment.unknown_values import UnknownValues
from kg.reasoning.entailment.value_spaces import are_impossible
from kg.reasoning.entailment.vocabulary import GROUPS, SAME_AS
from kg.reasoning.rules.patterns import Expression, Term

_Show = Callable[[Term, Term], Finding]


class AxiomGoals:
    """Shows axioms of one closure; each method returns a `Finding`."""

    def __init__(
        self,
        membership: Membership,
        suppositions: Suppositions,
        values: UnknownValues,
        sorts: Sorts,
    ) -> None:
        self._membership, self._suppositions = membership, suppositions
        self._values, self._sorts, self._graph = values, sorts, suppositions.graph
        self.by_predicate: Mapping[NamedNode, _Show] = {
            RDFS["subClassOf"]: self._subclass,
            OWL["equivalentClass"]: partial(self._both_ways, self._subclass),
            OWL["disjointWith"]: self._disjoint_classes,
            OWL["disjointUnionOf"]: self._disjoint_union,
            OWL["hasKey"]: self._key,
            RDFS["subPropertyOf"]: self._subproperty,
            OWL["equivalentProperty"]: partial(self._both_ways, self._subproperty),
            OWL["inverseOf"]: self._inverses,
            OWL["propertyDisjointWith"]: self._disjoint_properties,
            OWL["propertyChainAxiom"]: self._chain,
            RDFS["domain"]: self._domain,
            RDFS["range"]: self._range,
            OWL["sameAs"]: self._membership.same,
            OWL["differentFrom"]: self._membership.different,
        }
        self._by_characteristic: Mapping[str, Callable[[Term], Finding]] = {
            "TransitiveProperty": self._transitive,
            "SymmetricProperty": self._symmetric,
            "AsymmetricProperty": self._asymmetric,
            "IrreflexiveProperty": self._irreflexive,
            "ReflexiveProperty": self._reflexive,
            "FunctionalProperty": partial(self._at_most_one, is_forward=True),
            "InverseFunctionalProperty": partial(self._at_most_one, is_forward=False),
        }

    # --- nodes that are axioms

    def group(self, type_: NamedNode, node: Term) -> Finding:
        """Show that the members of an `owl:AllDifferent` or similar node differ in pairs."""
        lists = [
            list_
            for key in ("members", "distinctMembers")
            for list_ in self._graph.objects(node, OWL[key])
        ]
        if type_ not in GROUPS or len(lists) != 1:
            return UNDECIDED
        by_type: Mapping[NamedNode, _Show] = {
            OWL["AllDifferent"]: self._membership.different,
            OWL["AllDisjointClasses"]: self._disjoint_classes,
            OWL["AllDisjointProperties"]: self._disjoint_properties,
        }
        show = by_type[type_]
        return all_of(show(*pair) for pair in combinations(self._graph.list_members(lists[0]), 2))

    def negative_assertion(self, node: Term) -> Finding:
        """Show that an `owl:NegativePropertyAssertion` follows: its triple contradicts the rest."""
        keys = ("sourceIndividual", "assertionProperty", "targetIndividual", "targetValue")
        values = [self._graph.objects(node, OWL[key]) for key in keys]
        targets = [*values[2], *values[3]]
        if len(values[0]) != 1 or len(values[1]) != 1 or len(targets) != 1:
            return UNDECIDED
        if not self._sorts.is_property(values[1][0]):
            return UNDECIDED
        return self._refute(self._suppositions.edge(values[1][0], values[0][0], targets[0]))

    def characteristic(self, type_: NamedNode, property_: Term) -> Finding:
        """Show that a property is transitive, symmetric and so on."""
        show = self._by_characteristic.get(type_.value.rpartition("#")[2])
        if show is None or not self._sorts.is_property(property_):
            return UNDECIDED
        return show(property_)

    # --- classes

    def _both_ways(self, show: _Show, one: Term, other: Term) -> Finding:
        return all_of(show(*pair) for pair in ((one, other), (other, one)))

    def _are_classes(self, *terms: Term) -> bool:
        return all(map(self._sorts.is_class, terms))

    def _subclass(self, narrow: Term, broad: Term) -> Finding:
        if not self._are_classes(narrow, broad):
            return UNDECIDED
        is_datatype = self._graph.is_datatype
        if is_datatype(narrow) or is_datatype(broad):
            return self._narrower_data_range(narrow, broad)
        thing = self._suppositions.new_thing()
        cases = self._suppositions.member(thing, narrow)
        return self._membership.under(cases, lambda: self._membership.holds(thing, broad))

    def _narrower_data_range(self, narrow: Term, broad: Term) -> Finding:
        if not (self._graph.is_datatype(narrow) and self._graph.is_datatype(broad)):
            return UNDECIDED
        first, second = map(self._values.condition, (narrow, broad))
        return SHOWN if are_impossible([first, Expression("!", (second,))]) else UNDECIDED

    def _disjoint_classes(self, one: Term, other: Term) -> Finding:
        if not self._are_classes(one, other):
            return UNDECIDED
        if self._graph.is_datatype(one) and self._graph.is_datatype(other):
            conditions = list(map(self._values.condition, (one, other)))
            return SHOWN if are_impossible(conditions) else UNDECIDED
        thing = self._suppositions.new_thing()
        cases = join_all(*(self._suppositions.member(thing, each) for each in (one, other)))
        return self._membership.refute(cases)

    def _disjoint_union(self, whole: Term, list_: Term) -> Finding:
        parts = self._graph.list_members(list_)

        def findings() -> Iterator[Finding]:
            for one, other in combinations(parts, 2):
                yield self._disjoint_classes(one, other)
            for part in parts:
                yield self._subclass(part, whole)
            yield self._covered(whole, parts)

        return all_of(findings())

    def _covered(self, whole: Term, parts: Sequence[Term]) -> Finding:
        thing = self._suppositions.new_thing()

        def in_some_part() -> Finding:
            return any_of(self._membership.holds(thing, part) for part in parts)

        return self._membership.under(self._suppositions.member(thing, whole), in_some_part)

    def _key(self, class_: Term, list_: Term) -> Finding:
        properties = self._graph.list_members(list_)
        if not properties or not self._are_classes(class_):
            return UNDECIDED
        suppositions = self._suppositions
        first, second = (suppositions.new_thing(is_named=True) for _ in range(2))
        triples: list[Triple] = []
        for property_ in properties:
            value = suppositions.new_thing(is_named=True)
            triples += [suppositions.edge(property_, owner, value) for owner in (first, second)]
        cases = join_all(*(suppositions.member(each, class_) for each in (first, second)))
        cases = join_all(cases, [Case(tuple(triples))])
        return self._membership.under(cases, lambda: self._membership.same(first, second))

    # --- properties

    def _freeze(self, triples: Sequence[Triple], check: Callable[[], Finding]) -> Finding:
        return self._membership.under([Case(tuple(triples))], check)

    def _refute(self, *triples: Triple) -> Finding:
        return self._membership.refute([Case(triples)])

    def _things(self, number: int) -> list[NamedNode | BlankNode]:
        return [self._suppositions.new_thing() for _ in range(number)]

    def _subproperty(self, narrow: Term, broad: Term) -> Finding:
        if not (self._sorts.is_property(narrow) and self._sorts.is_property(broad)):
            return UNDECIDED
        edge, (one, other) = self._suppositions.edge, self._things(2)
        wanted = edge(broad, one, other)
        return self._freeze([edge(narrow, one, other)], lambda: self._membership.find(wanted))

    def _inverses(self, first: Term, second: Term) -> Finding:
        if not (self._sorts.is_property(first) and self._sorts.is_property(second)):
            return UNDECIDED

        def findings() -> Iterator[Finding]:
            edge = self._suppositions.edge
            for property_, inverse in ((first, second), (second, first)):
                one, other = self._things(2)
                find = partial(self._membership.find, edge(inverse, other, one))
                yield self._freeze([edge(property_, one, other)], find)

        return all_of(findings())

    def _disjoint_properties(self, first: Term, second: Term) -> Finding:
        if not (self._sorts.is_property(first) and self._sorts.is_property(second)):
            return UNDECIDED
        one, other = self._things(2)
        return self._refute(
            *(self._suppositions.edge(each, one, other) for each in (first, second))
        )

    def _chain(self, broad: Term, list_: Term) -> Finding:
        links = self._graph.list_members(list_)
        if not links or not all(map(self._sorts.is_property, [broad, *links])):
            return UNDECIDED
        things, edge = self._things(len(links) + 1), self._suppositions.edge
        steps = [edge(link, *ends) for link, ends in zip(links, pairwise(things), strict=True)]
        wanted = edge(broad, things[0], things[-1])
        return self._freeze(steps, lambda: self._membership.find(wanted))

    def _domain(self, property_: Term, class_: Term) -> Finding:
        if not (self._sorts.is_property(property_) and self._are_classes(class_)):
            return UNDECIDED
        one, other = self._things(2)
        edge = self._suppositions.edge(property_, one, other)
        return self._freeze([edge], lambda: self._membership.holds(one, class_))

    def _range(self, property_: Term, class_: Term) -> Finding:
        if not (self._sorts.is_property(property_) and self._are_classes(class_)):
            return UNDECIDED
        one, other = self._things(2)
        edge = self._suppositions.edge(property_, one, other)
        return self._freeze([edge], lambda: self._membership.is_value_in(other, class_))

    def _transitive(self, property_: Term) -> Finding:
        edge, (one, middle, last) = self._suppositions.edge, self._things(3)
        steps = [edge(property_, one, middle), edge(property_, middle, last)]
        wanted = edge(property_, one, last)
        return self._freeze(steps, lambda: self._membership.find(wanted))

    def _symmetric(self, property_: Term) -> Finding:
        edge, (one, other) = self._suppositions.edge, self._things(2)
        wanted = edge(property_, other, one)
        return self._freeze([edge(property_, one, other)], lambda: self._membership.find(wanted))

    def _asymmetric(self, property_: Term) -> Finding:
        edge, (one, other) = self._suppositions.edge, self._things(2)
        return self._refute(edge(property_, one, other), edge(property_, other, one))

    def _irreflexive(self, property_: Term) -> Finding:
        (thing,) = self._things(1)
        return self._refute(self._suppositions.edge(property_, thing, thing))

    def _reflexive(self, property_: Term) -> Finding:
        (thing,) = self._things(1)
        return self._membership.exists_with(thing, self._suppositions.edge(property_, thing, thing))

    def _at_most_one(self, property_: Term, *, is_forward: bool) -> Finding:
        (owner, one, other), edge = self._things(3), self._suppositions.edge
        ends = [(owner, each) if is_forward else (each, owner) for each in (one, other)]
        finding = self._freeze(
            [edge(property_, *pair) for pair in ends],
            lambda: self._membership.find(Triple(one, SAME_AS, other)),
        )
        is_data = self._values.is_data_property(property_)
        return UNDECIDED if is_data and not finding.is_shown else finding
