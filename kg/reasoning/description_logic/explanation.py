"""Find a minimal set of axioms that causes an inconsistency or an unsatisfiable class.

The reasoner is a black box that only answers whether axioms are consistent, so every construct of
OWL DL is covered. The rules would be faster on clashes that they detect, but `glocal check`
reports those before this module is used.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.errors import LimitExceeded
from kg.namespaces import RDF, RDFS
from kg.reasoning.description_logic.axioms import Axiom, divide_ontology
from kg.reasoning.description_logic.difference import close_by_rules
from kg.reasoning.description_logic.hermit import DEFAULT_LIMITS, ReasonerLimits, first_inconsistent
from kg.reasoning.rules.rule import Rule

# One start of Java, about half a second, costs as much as reading this many axioms. So each start
# gets about this many axioms, divided into sets, but not more than `_MAX_SETS` of them.
_AXIOMS_PER_START: Final = 8000
_MAX_SETS: Final = 32


@dataclass(frozen=True)
class Clash:
    """Axioms that cannot hold together; if `is_minimal`, all of them are needed for the clash."""

    axioms: tuple[Axiom, ...]
    is_minimal: bool


class ClashMinimizer:
    """Shrinks the axioms and assertions of one ontology to minimal sets that clash."""

    def __init__(
        self,
        triples: Sequence[Triple],
        allowed: ReasonerLimits = DEFAULT_LIMITS,
        *,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start the clock that all calls share: `allowed` limits the time of all calls together.

        The triples are as `to_owl_dl` returns them; `tell` gets progress messages.
        """
        self._divided, self._allowed, self._tell = divide_ontology(triples), allowed, tell
        self._deadline = time.monotonic() + allowed.timeout_seconds
        self._starts = 0

    def minimal_inconsistency(self) -> Clash:
        """Return a minimal inconsistent set; all axioms and assertions must be inconsistent."""
        return self._shrink((), self._divided.axioms)

    def minimal_unsatisfiability(
        self, name: NamedNode, among: Sequence[Axiom] | None = None
    ) -> Clash:
        """Return a minimal set of `among`, by default all axioms, that makes it unsatisfiable."""
        return self._shrink((_member(name),), self._divided.axioms if among is None else among)

    def find_cause(
        self, clash: Clash, names: Collection[NamedNode]
    ) -> tuple[NamedNode, Sequence[Axiom]] | None:
        """Return another class among the names that fewer axioms of the clash make unsatisfiable.

        Returns these axioms, too; None if there is no such class, or no time to find one.
        """
        if not clash.is_minimal:
            return None
        mentioned = frozenset().union(*(axiom.names for axiom in clash.axioms))
        candidates = [
            (name, [axiom for axiom in clash.axioms if axiom is not left_out])
            for name in sorted(mentioned.intersection(names), key=str)
            for left_out in clash.axioms
        ]
        try:
            index = self._first_clash([((_member(name),), axioms) for name, axioms in candidates])
        except LimitExceeded:
            return None
        return None if index is None else candidates[index]

    def _shrink(self, given: tuple[Triple, ...], candidates: Sequence[Axiom]) -> Clash:
        """Return a minimal set of candidates that clash with the given triples.

        Each round searches for the shortest prefix of the candidates that clashes, together with
        the axioms needed so far. The last axiom of that prefix is needed; the rest of the prefix
        are the candidates of the next round. Candidates are ordered by their distance from the
        needed axioms, which keeps the prefixes short.
        """
        needed: list[Axiom] = []
        remaining = list(candidates)
        try:
            while True:
                found = f"{len(needed)} of the clash found, " if needed else ""
                left = f"{len(remaining)} axioms and facts left ({self._starts} starts of Java)"
                self._tell(f"{found}{left}")
                names = {each.object for each in given if isinstance(each.object, NamedNode)}
                names = names.union(*(axiom.names for axiom in needed))
                remaining = _by_nearness(remaining, names)
                low = -1
                while len(remaining) - low > 1:
                    sizes = _sizes(low, len(remaining))
                    first = self._first_clash([(given, [*needed, *remaining[:n]]) for n in sizes])
                    if first is None:
                        low = sizes[-1]
                    else:
                        low = sizes[first - 1] if first else low
                        remaining = remaining[: sizes[first]]
                if not remaining:
                    return Clash(tuple(needed), is_minimal=True)
                needed.append(remaining.pop())
        except LimitExceeded:
            return Clash((*needed, *remaining), is_minimal=False)

    def _first_clash(self, sets: list[tuple[tuple[Triple, ...], Sequence[Axiom]]]) -> int | None:
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise LimitExceeded("timeout_seconds", self._allowed.timeout_seconds)
        self._starts += 1
        declarations = self._divided.declarations
        ontologies = (
            [*declarations, *given, *(triple for axiom in axioms for triple in axiom.triples)]
            for given, axioms in sets
        )
        return first_inconsistent(ontologies, replace(self._allowed, timeout_seconds=seconds))


def _sizes(low: int, high: int) -> list[int]:
    """Return the prefix sizes to try next, in ascending order, between `low` and `high`.

    At the start of a round with many axioms the sizes double, because axioms that clash are mostly
    near; afterwards the sizes are evenly spaced.
    """
    if low < 0 and high > _MAX_SETS:
        return [0, *(2**power for power in range(high.bit_length()) if 2**power < high)]
    sets = min(_MAX_SETS, max(2, _AXIOMS_PER_START // high))
    step = -(-(high - low) // sets)
    return list(range(low + step, high, step))


def _by_nearness(axioms: Sequence[Axiom], names: set[NamedNode]) -> list[Axiom]:
    """Sort axioms before assertions, and each by how many axioms link it to the names."""
    distances: dict[int, int] = {}
    waiting = list(enumerate(axioms))
    reached, distance = set(names), 0
    while near := [(i, axiom) for i, axiom in waiting if not reached.isdisjoint(axiom.names)]:
        distances |= dict.fromkeys((i for i, _ in near), distance)
        reached |= {name for _, axiom in near for name in axiom.names}
        waiting = [(i, axiom) for i, axiom in waiting if i not in distances]
        distance += 1
    keys = [(axiom.is_assertion, distances.get(i, distance)) for i, axiom in enumerate(axioms)]
    return [axioms[i] for i in sorted(range(len(axioms)), key=keys.__getitem__)]


def _member(name: NamedNode) -> Triple:
    return Triple(BlankNode(), RDF["type"], name)


@dataclass(frozen=True)
class UnsatisfiableClass:
    """A class that can have no member.

    A root has a clash, the axioms that make it unsatisfiable; any other class has a cause, another
    such class that makes it unsatisfiable.
    """

    name: NamedNode
    cause: NamedNode | None
    clash: Clash | None


def explain_classes(
    names: Sequence[NamedNode], minimizer: ClashMinimizer, rules: Sequence[Rule]
) -> list[UnsatisfiableClass]:
    """Explain each of the unsatisfiable classes, roots first, then by name.

    A class is not a root if the rules derive that it is a subclass of another unsatisfiable class,
    or if fewer axioms of its clash make another class unsatisfiable. When time runs out, the clash
    of a root has all axioms that were left to try, and is not minimal.

    Source: Kalyanpur, Parsia, Sirin and Hendler, Debugging Unsatisfiable Classes in OWL
    Ontologies, Journal of Web Semantics 3(4), 2005, section 4.
    """
    superclasses = _unsatisfiable_superclasses(names, rules)
    causes = dict(superclasses)
    clashes, among = dict[NamedNode, Clash](), dict[NamedNode, Sequence[Axiom]]()
    for name in (name for name in names if name not in superclasses):
        clash = minimizer.minimal_unsatisfiability(name, among.get(name))
        cause = minimizer.find_cause(clash, set(names) - {name})
        if cause is None:
            clashes[name] = clash
        else:
            causes[name], axioms = cause
            # The cause is explained by these axioms alone, so that two classes never end up as each
            # other's cause.
            among.setdefault(causes[name], axioms)
    for name in superclasses:
        # Its superclass is unsatisfiable only because of this class, which makes it a root.
        if _is_circular(name, causes):
            del causes[name]
            clashes[name] = minimizer.minimal_unsatisfiability(name, among.get(name))
    classes = [UnsatisfiableClass(name, causes.get(name), clashes.get(name)) for name in names]
    return sorted(classes, key=lambda class_: (class_.cause is not None, str(class_.name)))


def _unsatisfiable_superclasses(
    names: Sequence[NamedNode], rules: Sequence[Rule]
) -> dict[NamedNode, NamedNode]:
    """Map each class that has strict superclasses among the names to the first topmost one."""
    closure = close_by_rules(rules, (), {name: _member(name) for name in names})

    def is_subclass(narrow: NamedNode, broad: NamedNode) -> bool:
        return Triple(narrow, RDFS["subClassOf"], broad) in closure

    superclasses = {
        name: [each for each in names if is_subclass(name, each) and not is_subclass(each, name)]
        for name in names
    }
    return {
        name: next(broader for broader in candidates if not superclasses[broader])
        for name, candidates in superclasses.items()
        if candidates
    }


def _is_circular(name: NamedNode, causes: Mapping[NamedNode, NamedNode]) -> bool:
    """Return whether following the causes from the class leads back to it."""
    seen, cause = set[NamedNode](), causes.get(name)
    while cause is not None and cause not in seen:
        seen.add(cause)
        cause = causes.get(cause)
    return name in seen
