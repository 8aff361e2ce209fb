"""What an expression amounts to: ways to be an instance, and consequences of being one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyoxigraph import Variable

from kg.axioms.graph import OntologyGraph
from kg.namespaces import OWL
from kg.reasoning.rules.patterns import Atom, Filter, Term


@dataclass(frozen=True)
class Alternative:
    """One way to be an instance: patterns, filters, variables that must be certain individuals."""

    atoms: tuple[Atom, ...] = ()
    names: tuple[str, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()

    def joined(self, other: "Alternative") -> "Alternative | None":
        """Both at once, or None where they ask for two individuals in one place."""
        clash = any(other.bound.get(key, term) != term for key, term in self.bound.items())
        if clash:
            return None
        return Alternative(
            self.atoms + other.atoms,
            self.names + other.names,
            {**self.bound, **other.bound},
            self.filters + other.filters,
        )


@dataclass(frozen=True)
class Consequence:
    """What follows of an instance: a head (None: a contradiction), given what else must hold.

    `kind` is the OWL 2 RL rule by which it follows; empty where the axiom's own says it.
    """

    kind: str
    names: tuple[str, ...]
    head: Atom | None
    atoms: tuple[Atom, ...] = ()
    filters: tuple[Filter, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)

    def after(self, kind: str, way: Alternative) -> "Consequence":
        """The same of what is an instance in this way only."""
        return Consequence(
            kind,
            (*way.names, *self.names),
            self.head,
            way.atoms + self.atoms,
            way.filters + self.filters,
            {**way.bound, **self.bound},
        )


def at_most_one(
    graph: OntologyGraph, property_: Term, one: Variable, other: Variable
) -> list[Consequence]:
    """What follows of two values where only one can be: one individual, or no such literals.

    Two individuals are the same (`owl:sameAs`); two literals that are not one value contradict
    one another, as by dt-diff and eq-diff1; literals of one value are no news.
    """
    found = []
    if graph.may_relate_individuals(property_):
        same = Atom(one, OWL["sameAs"], other)
        found.append(Consequence("", (), same, (), (Filter("!=", (one, other)),)))
    if graph.may_have_literals(property_):
        differ = Filter("!", (Filter("dt-eq", (one, other)),))
        found.append(Consequence("", (), None, (), (differ,)))
    return found
