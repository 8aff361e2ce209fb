"""An inconsistency or an unsatisfiable class -> a smallest set of axioms that clash.

Black box: only consistency is asked, so every construct of OWL DL is covered. The rules would be
quicker where they find the clash, but then `glocal check` has named it before anybody asks here.

Classes without members -> which of them are to blame, each with its smallest clash.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.errors import LimitExceeded
from kg.namespaces import RDF, RDFS
from kg.reasoning.description_logic.axioms import Axiom, Divided, divide
from kg.reasoning.description_logic.difference import close_by_rules
from kg.reasoning.description_logic.hermit import ENOUGH, Allowance, first_clash
from kg.reasoning.rules.rule import Rule

# One start of Java, about half a second, costs as much as reading this many axioms: so many go
# into one start, in sets as they come, but in no more sets than this.
_AXIOMS: Final = 8000
_SETS: Final = 32


@dataclass(frozen=True)
class Clash:
    """Axioms and assertions that cannot hold together.

    Attributes:
        axioms: none of them can be left out if `is_minimal`; else there may be some too many.
    """

    axioms: tuple[Axiom, ...]
    is_minimal: bool


class Shrinker:
    """Shrinks the axioms of one ontology, with its facts, to smallest sets that clash."""

    def __init__(
        self,
        triples: Sequence[Triple],
        allowed: Allowance = ENOUGH,
        *,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ready to be asked.

        Args:
            triples: as `in_owl_dl` gives them.
            allowed: the time for all questions together; the memory for each.
            tell: is called with what is being done.
        """
        self._divided: Divided = divide(triples)
        self._allowed = allowed
        self._ends = time.monotonic() + allowed.timeout_seconds
        self._tell = tell
        self._starts = 0

    def inconsistency(self) -> Clash:
        """A smallest set of axioms and assertions that is inconsistent, if all of them are."""
        return self._shrink((), self._divided.axioms)

    def unsatisfiable(self, name: NamedNode, among: Sequence[Axiom] | None = None) -> Clash:
        """A smallest set by which the class has no member, if it has none by all of them."""
        candidates = self._divided.axioms if among is None else among
        return self._shrink((_member(name),), candidates)

    def cause(
        self, clash: Clash, names: Collection[NamedNode]
    ) -> tuple[NamedNode, Sequence[Axiom]] | None:
        """One of the classes that is unsatisfiable by fewer of the axioms of the clash; by which.

        Raises:
            LimitExceeded: there is no time left.
        """
        spoken_of = frozenset().union(*(one.names for one in clash.axioms))
        tried = [
            (name, [one for one in clash.axioms if one is not left_out])
            for name in sorted(spoken_of.intersection(names), key=str)
            for left_out in clash.axioms
        ]
        found = self._first_clash([((_member(name),), axioms) for name, axioms in tried])
        return None if found is None else tried[found]

    def _shrink(self, given: tuple[Triple, ...], candidates: Sequence[Axiom]) -> Clash:
        """Those that clash with what is given: the last of each shortest prefix that clashes.

        Each next prefix is part of the one before without its last, so no other axiom stands in
        for one that was found. Candidates near to what was found come first: prefixes are short.
        """
        found: list[Axiom] = []
        left = list(candidates)
        try:
            while True:
                self._say(found, left)
                left = _by_nearness(left, _names(given, found))
                low = -1
                while len(left) - low > 1:
                    sizes = _sizes(low, len(left))
                    first = self._first_clash([(given, [*found, *left[:size]]) for size in sizes])
                    if first is None:
                        low = sizes[-1]
                    else:
                        low, left = sizes[first - 1] if first else low, left[: sizes[first]]
                if not left:
                    return Clash(tuple(found), is_minimal=True)
                found.append(left.pop())
        except LimitExceeded:
            return Clash((*found, *left), is_minimal=False)

    def _first_clash(
        self, sets: Sequence[tuple[tuple[Triple, ...], Sequence[Axiom]]]
    ) -> int | None:
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise LimitExceeded("timeout_seconds", self._allowed.timeout_seconds)
        self._starts += 1
        declarations = self._divided.declarations
        return first_clash(
            (
                [*declarations, *given, *(triple for one in axioms for triple in one.triples)]
                for given, axioms in sets
            ),
            replace(self._allowed, timeout_seconds=seconds),
        )

    def _say(self, found: Sequence[Axiom], left: Sequence[Axiom]) -> None:
        found_text = f"{len(found)} of the clash found, " if found else ""
        self._tell(f"{found_text}{len(left)} axioms and facts left ({self._starts} starts of Java)")


def _sizes(low: int, high: int) -> list[int]:
    """Prefix sizes to try next, rising, all above `low` and below `high`.

    Of many axioms at first doubling, since what clashes is mostly near; then evenly between.
    """
    if low < 0 and high > _SETS:
        return [0, *(2**power for power in range(high.bit_length()) if 2**power < high)]
    sets = min(_SETS, max(2, _AXIOMS // high))
    step = -(-(high - low) // sets)
    return list(range(low + step, high, step))


def _by_nearness(axioms: Sequence[Axiom], names: set[NamedNode]) -> list[Axiom]:
    """Axioms before assertions, and each by how many axioms lie between it and the names."""
    distances: dict[int, int] = {}
    waiting = list(enumerate(axioms))
    reached, distance = set(names), 0
    while waiting:
        near = [(i, one) for i, one in waiting if not reached.isdisjoint(one.names)]
        if not near:
            break
        distances |= dict.fromkeys((i for i, _ in near), distance)
        reached |= {name for _, one in near for name in one.names}
        waiting = [(i, one) for i, one in waiting if i not in distances]
        distance += 1
    order = sorted(
        range(len(axioms)),
        key=lambda i: (axioms[i].is_assertion, distances.get(i, distance)),
    )
    return [axioms[i] for i in order]


def _member(name: NamedNode) -> Triple:
    return Triple(BlankNode(), RDF["type"], name)


def _names(given: Sequence[Triple], axioms: Sequence[Axiom]) -> set[NamedNode]:
    classes = {one.object for one in given if isinstance(one.object, NamedNode)}
    return classes.union(*(one.names for one in axioms))


@dataclass(frozen=True)
class EmptyClass:
    """A class that can have no member.

    Attributes:
        cause: another such class; without it, this one is a root.
        clash: why a root can have no member; of others none.
    """

    name: NamedNode
    cause: NamedNode | None
    clash: Clash | None


def explain_classes(
    names: Sequence[NamedNode], shrinker: Shrinker, rules: Sequence[Rule]
) -> list[EmptyClass]:
    """Each of the unsatisfiable classes explained, roots first, then by name.

    A class is no root if it is below another unsatisfiable one, as the rules derive, or if fewer
    of the axioms of its clash suffice for another one. Where there is no time left, the clash of
    a root is all that is left, and not minimal.

    Source: Kalyanpur, Parsia, Sirin and Hendler, Debugging Unsatisfiable Classes in OWL
    Ontologies, Journal of Web Semantics 3(4), 2005, section 4.
    """
    below = _broader(names, rules)
    causes = dict(below)
    clashes: dict[NamedNode, Clash] = {}
    among: dict[NamedNode, Sequence[Axiom]] = {}
    for name in (one for one in names if one not in below):
        clash = shrinker.unsatisfiable(name, among.get(name))
        cause = _cause(shrinker, clash, set(names) - {name})
        if cause is None:
            clashes[name] = clash
        else:
            causes[name], axioms = cause
            # So that two classes never end up as each other's cause.
            among.setdefault(causes[name], axioms)
    for name in below:
        # Below a class that has no member only because of this one.
        if _is_circular(name, causes):
            del causes[name]
            clashes[name] = shrinker.unsatisfiable(name, among.get(name))
    found = [EmptyClass(name, causes.get(name), clashes.get(name)) for name in names]
    return sorted(found, key=lambda one: (one.cause is not None, str(one.name)))


def _broader(names: Sequence[NamedNode], rules: Sequence[Rule]) -> dict[NamedNode, NamedNode]:
    """Each class that is strictly below others of the names, and the first highest of these."""
    closed = close_by_rules(rules, (), classes=names)

    def is_below(one: NamedNode, other: NamedNode) -> bool:
        return Triple(one, RDFS["subClassOf"], other) in closed

    above = {
        name: [one for one in names if is_below(name, one) and not is_below(one, name)]
        for name in names
    }
    return {
        name: next(one for one in ones if not above[one]) for name, ones in above.items() if ones
    }


def _cause(
    shrinker: Shrinker, clash: Clash, others: set[NamedNode]
) -> tuple[NamedNode, Sequence[Axiom]] | None:
    if not clash.is_minimal:
        return None
    try:
        return shrinker.cause(clash, others)
    except LimitExceeded:
        return None


def _is_circular(name: NamedNode, causes: Mapping[NamedNode, NamedNode]) -> bool:
    """Whether the causes lead from the class back to it."""
    seen = set()
    cause = causes.get(name)
    while cause is not None and cause not in seen:
        seen.add(cause)
        cause = causes.get(cause)
    return name in seen
