"""Divide rules into strata, so that absent and grouped patterns are complete when read."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import UnstratifiedRules
from kg.namespaces import RDF, shorten
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule

# The predicate of a pattern and, for rdf:type, its class; None where that is a variable.
_Key = tuple[NamedNode | None, object]
_ANY: Final[_Key] = (None, None)
_ANY_TYPE: Final[_Key] = (RDF["type"], None)


def stratify(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Divide the rules into the smallest number of strata, each in the order given.

    Stratum 0 has the rules without negation and aggregate that depend on no such rule. A rule
    reads what its own stratum and those below derive. The patterns of its negations and aggregate
    are derived only in strata below. A pattern with a variable as predicate can match, or derive,
    any triple.

    Raises:
        UnstratifiedRules: no strata exist, because a rule depends on its own negation or aggregate.

    Source: Apt, Blair and Walker, Towards a Theory of Declarative Knowledge, 1988.
    """
    if all(rule.is_monotone for rule in rules):
        return [list(rules)]
    dependents = _Dependents(rules)
    for index, rule in enumerate(rules):
        if not rule.is_monotone:
            dependents.refuse_cycle(index)
    numbers = [0] * len(rules)
    waiting = deque((index, 1) for index, rule in enumerate(rules) if not rule.is_monotone)
    while waiting:
        index, minimum = waiting.popleft()
        if numbers[index] < minimum:
            numbers[index] = minimum
            for dependent, is_strict in dependents.of(index):
                waiting.append((dependent, minimum + is_strict))
    strata: list[list[Rule]] = [[] for _ in range(max(numbers) + 1)]
    for rule, number in zip(rules, numbers, strict=True):
        strata[number].append(rule)
    return strata


class _Dependents:
    """The rules that read what a rule derives, by index.

    A dependency is strict if the rule reads it in a negation or an aggregate.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        # A dict and not a set of (index, is_strict), to keep the order.
        self._readers: dict[_Key, dict[tuple[int, bool], None]] = defaultdict(dict)
        for index, rule in enumerate(rules):
            strict_atoms = rule.non_monotone_atoms
            for atom in rule.body:
                self._readers[_key(atom)][index, False] = None
            for atom in strict_atoms:
                self._readers[_key(atom)][index, True] = None

    def of(self, index: int) -> Iterator[tuple[int, bool]]:
        """Yield the index of each dependent and whether it is strict; some more than once."""
        for key in dict.fromkeys(map(_key, self._rules[index].head)):
            for matching_key in self._matching_keys(key):
                yield from self._readers[matching_key]

    def refuse_cycle(self, start: int) -> None:
        """Raise `UnstratifiedRules` if the rule strictly depends on its own conclusion."""
        predecessors: dict[int, int | None] = {start: None}
        queue = deque([start])
        while queue:
            index = queue.popleft()
            for dependent, is_strict in self.of(index):
                if dependent == start and is_strict:
                    raise self._error(index, predecessors)
                if dependent not in predecessors:
                    predecessors[dependent] = index
                    queue.append(dependent)

    def _matching_keys(self, key: _Key) -> Iterator[_Key]:
        """Yield the keys of the patterns that triples with this key can match."""
        predicate, class_ = key
        if predicate is None:
            yield from list(self._readers)
            return
        if key == _ANY_TYPE:
            yield from [known for known in self._readers if known[0] == RDF["type"]]
        elif key in self._readers:
            yield key
        if class_ is not None and _ANY_TYPE in self._readers:
            yield _ANY_TYPE
        if _ANY in self._readers:
            yield _ANY

    def _error(self, last: int, predecessors: dict[int, int | None]) -> UnstratifiedRules:
        """Return the error with the shortest cycle, beginning with the rule that was checked."""
        cycle: list[int] = []
        index: int | None = last
        while index is not None:
            cycle.insert(0, index)
            index = predecessors[index]
        names = [_name_with_location(self._rules[index]) for index in cycle]
        derived = [self._derived(maker, reader, False) for maker, reader in pairwise(cycle)]
        return UnstratifiedRules(names, [*derived, self._derived(last, cycle[0], True)])

    def _derived(self, maker: int, reader: int, is_strict: bool) -> str:
        """Return in words what one rule derives that the other reads, or reads strictly."""
        for key in map(_key, self._rules[maker].head):
            for matching_key in self._matching_keys(key):
                readers = self._readers[matching_key]
                if (reader, True) in readers or (not is_strict and (reader, False) in readers):
                    return _text(key)
        raise KeyError(maker, reader)


def _key(atom: Atom) -> _Key:
    if isinstance(atom.predicate, Variable):
        return _ANY
    if atom.predicate != RDF["type"]:
        return atom.predicate, None
    return RDF["type"], None if isinstance(atom.object, Variable) else atom.object


def _name_with_location(rule: Rule) -> str:
    """Return the rule's name, with the location or source of the rule if one is known."""
    location = rule.location or rule.source
    return f"{rule.name} ({location})" if location else rule.name


def _text(key: _Key) -> str:
    predicate, class_ = key
    if predicate is None:
        return "any predicate"
    name = shorten(predicate.value)
    return f"{name} {shorten(class_.value)}" if isinstance(class_, NamedNode) else name
