"""Axioms about individuals -> rules: what they are not, and which of them are two or one.

Source: OWL 2 Profiles, section 4.3, tables 4 and 5.
"""

from dataclasses import replace
from itertools import combinations

from pyoxigraph import BlankNode, Literal

from kg.axioms.builder import RuleBuilder, X
from kg.axioms.index import local_name
from kg.axioms.subclasses import EXPRESSIONS
from kg.axioms.ways import Alternative, Consequence
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF
from kg.reasoning.rules.datatypes import are_one_value
from kg.reasoning.rules.patterns import Atom, Term


class IndividualAxioms:
    """Reads the axioms about individuals into the builder."""

    def __init__(self, builder: RuleBuilder) -> None:
        self._builder, self._graph = builder, builder.graph

    def read(self) -> None:
        """Reads all but those on differences."""
        for one, other in self._graph.pairs(OWL["sameAs"]):
            self._builder.start(one, OWL["sameAs"], other, "SameAs")
            names = (local_name(one), local_name(other))
            same = Atom(one, OWL["sameAs"], other)
            self._builder.add(Consequence("eq-same", names, same))
        for node, source in self._graph.pairs(OWL["sourceIndividual"]):
            self._not_so(node, source)
        self._read_types()

    def read_differences(self) -> None:
        """Contradictions between two that differ and their being the same.

        Asked for only where something can be the same as something else.
        """
        for one, other in self._graph.pairs(OWL["differentFrom"]):
            self._builder.start(one, OWL["differentFrom"], other, "DifferentFrom")
            self._differ("eq-diff1", one, other)
        for node in self._graph.instances(OWL["AllDifferent"]):
            for key, kind in (("members", "eq-diff2"), ("distinctMembers", "eq-diff3")):
                for members in self._graph.objects(node, OWL[key]):
                    individuals = self._graph.items(members)
                    self._builder.start_group(node, "DifferentIndividuals", individuals)
                    for one, other in combinations(individuals, 2):
                        self._differ(kind, one, other)

    def _differ(self, kind: str, one: Term, other: Term) -> None:
        if isinstance(one, Literal):
            one, other = other, one
        names = (local_name(one), local_name(other))
        # Everything is the same as itself (eq-ref), and a literal as others of its value: that
        # it is not contradicts without a fact. Two literals of two values differ anyway.
        if are_one_value(one, other):
            self._builder.add(Consequence(kind, names, None))
        elif not isinstance(one, Literal):
            same = Atom(one, OWL["sameAs"], other)
            self._builder.add(Consequence(kind, names, None, (same,)))

    def _not_so(self, node: Term, source: Term) -> None:
        """A negative property assertion, about an individual or a literal."""
        graph, parts = self._graph, [source]
        targets = [
            (kind, value)
            for key, kind in (("targetIndividual", "prp-npa1"), ("targetValue", "prp-npa2"))
            for value in graph.objects(node, OWL[key])
        ]
        parts += graph.objects(node, OWL["assertionProperty"]) + [value for _, value in targets]
        self._builder.start_group(node, "NegativePropertyAssertion", parts)
        with self._builder.refusing():
            if len(parts) != 3 or not targets:  # source, property, target
                reason = "not one property and one target"
                raise UnsupportedAxiom(graph.text(source), reason)
            (kind, value), reader = targets[0], self._builder.reader()
            way = reader.with_value(parts[1], X, value)
            named = replace(way, names=(local_name(source), *way.names))
            never = Consequence("", (), None, bound={X: source})
            self._builder.follow(kind, [named], ([never], []))

    def _read_types(self) -> None:
        """Individuals that are said to fit an expression without a name."""
        for individual, type_ in self._graph.pairs(RDF["type"]):
            is_expression = isinstance(type_, BlankNode) and any(
                self._graph.objects(type_, key) for key in EXPRESSIONS
            )
            if is_expression:
                self._builder.start(individual, RDF["type"], type_, "Types:")
                with self._builder.refusing():
                    way = Alternative((), (local_name(individual),), {X: individual})
                    consequences = self._builder.reader().consequences(type_, X)
                    self._builder.follow("cax-sco", [way], consequences)
