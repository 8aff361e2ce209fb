"""The triples that a property path follows between two nodes: of all ways, the strongest."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from pyoxigraph import NamedNode
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, Path, SequencePath

from kg.describe.supporting_triples import Match, SupportingTriple
from kg.store.rdflib_dataset import from_rdflib

# Finds the triples that have a node as subject (or object, if inverse), with a predicate or any.
FindSteps = Callable[[Any, NamedNode | None, NamedNode | None, bool], Iterable[SupportingTriple]]
_MAX_CACHED: Final = 256


class TooManySteps(Exception):
    """A path has more steps than may be followed."""


class WitnessPaths:
    """Follows paths in a store whose triples `find` finds; at most `most` triples in all."""

    def __init__(self, find: FindSteps, most: int) -> None:
        self._find, self._left = find, most
        self._reach_kept = lru_cache(_MAX_CACHED)(self._reach)

    def witness(self, start: Any, path: Any, end: Any, graph: NamedNode | None) -> Match | None:
        """Return the strongest way from one node to another, or None if there is none.

        Raises TooManySteps.
        """
        return self._reach_kept(start, path, graph).get(end)

    def _reach(self, node: Any, path: Any, graph: NamedNode | None) -> Mapping[Any, Match]:
        """Return each node that a path leads to, with the strongest way; the shorter of two."""
        match path:
            case InvPath() if isinstance(path.arg, NegatedPath):
                return self._steps(node, path.arg.args, graph, is_inverse=True, is_negated=True)
            case InvPath() if isinstance(path.arg, Path):
                return self._reach(node, _inverted(path.arg), graph)
            case InvPath():
                return self._steps(node, [path.arg], graph, is_inverse=True)
            case SequencePath():
                found: Mapping[Any, Match] = {node: Match()}
                for step in path.args:
                    found = _best(
                        (end, way.with_triples(more.triples))
                        for middle, way in found.items()
                        for end, more in self._reach_kept(middle, step, graph).items()
                    )
                return found
            case AlternativePath():
                return _best(
                    way for one in path.args for way in self._reach_kept(node, one, graph).items()
                )
            case MulPath():
                return self._repeat(node, path, graph)
            case NegatedPath():
                return self._steps(node, path.args, graph, is_negated=True)
            case _:
                return self._steps(node, [path], graph)

    def _repeat(self, node: Any, path: MulPath, graph: NamedNode | None) -> Mapping[Any, Match]:
        """Return the ends of a repeated path, the strongest way first, as Dijkstra finds them."""
        found, order = dict[Any, Match](), count()
        first = {node: Match()} if path.zero else self._reach_kept(node, path.path, graph)
        queue = list[tuple[Any, int, int, Any, Match]]()

        def add(ways: Iterable[tuple[Any, Match]]) -> None:
            for end, way in ways:
                heappush(queue, (way.strength, len(way.triples), next(order), end, way))

        add(first.items())
        if path.zero and not path.more:
            add(self._reach_kept(node, path.path, graph).items())
        while queue:
            *_, end, way = heappop(queue)
            if end not in found:
                found[end] = way
                if path.more:
                    steps = self._reach_kept(end, path.path, graph)
                    add((next_, way.with_triples(one.triples)) for next_, one in steps.items())
        return found

    def _steps(
        self,
        node: Any,
        predicates: Sequence[Any],
        graph: NamedNode | None,
        *,
        is_inverse: bool = False,
        is_negated: bool = False,
    ) -> Mapping[Any, Match]:
        """Return the ends of one step by one of the predicates, or by none of them."""
        iris = [one for one in map(from_rdflib, predicates) if isinstance(one, NamedNode)]

        def ways() -> Iterator[tuple[Any, Match]]:
            for iri in [None] if is_negated else iris:
                for one in self._find(node, iri, graph, is_inverse):
                    self._left -= 1
                    if self._left < 0:
                        raise TooManySteps
                    if not is_negated or one.triple.predicate not in iris:
                        end = one.triple.subject if is_inverse else one.triple.object
                        yield end, Match().with_triples([one])

        return _best(ways())


def _best(ways: Iterable[tuple[Any, Match]]) -> Mapping[Any, Match]:
    """Return the strongest way to each end; of two that are as strong, the shorter one."""
    found = dict[Any, Match]()
    for end, way in ways:
        known = found.get(end)
        if known is None or _key(way) < _key(known):
            found[end] = way
    return found


def _key(way: Match) -> tuple[Any, int]:
    return way.strength, len(way.triples)


def _inverted(path: Any) -> Any:
    """Return the path from the end to the start of another one."""
    match path:
        case InvPath():
            return path.arg
        case SequencePath():
            return SequencePath(*(_inverted(one) for one in reversed(path.args)))
        case AlternativePath():
            return AlternativePath(*map(_inverted, path.args))
        case MulPath():
            return MulPath(_inverted(path.path), path.mod)
        case _:
            return InvPath(path)
