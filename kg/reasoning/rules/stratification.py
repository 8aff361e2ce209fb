"""A set of rules -> its strata, in which what is absent or grouped is complete beforehand."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import UnstratifiedRules
from kg.namespaces import RDF, shorten
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule

# A predicate; for rdf:type with a constant class, the class; None for any of its kind.
_Key = tuple[NamedNode | None, object]
_ANY: Final[_Key] = (None, None)
_ANY_TYPE: Final[_Key] = (RDF["type"], None)


def stratify(rules: Sequence[Rule]) -> list[list[Rule]]:
    """The rules in as few strata as there can be, each in the order given.

    Stratum 0 has the rules without negation and aggregate that rest on no such rule. A rule
    reads what its own stratum and those below derive, and what it reads as absent or in groups
    is derived below. A pattern with a variable predicate reads or makes everything.

    Raises:
        UnstratifiedRules: there are none, since a rule depends on its own negation or aggregate.

    Source: Apt, Blair and Walker, Towards a Theory of Declarative Knowledge, 1988.
    """
    if all(rule.is_monotone for rule in rules):
        return [list(rules)]
    users = _Users(rules)
    for place, rule in enumerate(rules):
        if not rule.is_monotone:
            users.refuse_cycle(place)
    numbers = [0] * len(rules)
    waiting = deque((place, 1) for place, rule in enumerate(rules) if not rule.is_monotone)
    while waiting:
        place, least = waiting.popleft()
        if numbers[place] < least:
            numbers[place] = least
            for user, is_strict in users.of(place):
                waiting.append((user, least + is_strict))
    strata: list[list[Rule]] = [[] for _ in range(max(numbers) + 1)]
    for rule, number in zip(rules, numbers, strict=True):
        strata[number].append(rule)
    return strata


class _Users:
    """Which rules read what a rule makes, by place, and whether as absent or in groups."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._readers: dict[_Key, dict[tuple[int, bool], None]] = defaultdict(dict)
        for place, rule in enumerate(rules):
            complete = rule.absent_or_grouped
            for atom in rule.body:
                self._readers[_key(atom)][place, False] = None
            for atom in complete:
                self._readers[_key(atom)][place, True] = None

    def of(self, place: int) -> Iterator[tuple[int, bool]]:
        """The places of the rules that read what this one makes; some more than once."""
        for key in dict.fromkeys(map(_key, self._rules[place].head)):
            for read in self._reading(key):
                yield from self._readers[read]

    def refuse_cycle(self, goal: int) -> None:
        """Fails if the rule's conclusion comes back to it as absent or in a group."""
        before: dict[int, int | None] = {goal: None}
        queue = deque([goal])
        while queue:
            place = queue.popleft()
            for user, is_strict in self.of(place):
                if user == goal and is_strict:
                    raise self._error(place, before)
                if user not in before:
                    before[user] = place
                    queue.append(user)

    def _reading(self, key: _Key) -> Iterator[_Key]:
        """The keys of patterns that what has this key can match."""
        predicate, class_ = key
        if predicate is None:
            yield from list(self._readers)
            return
        if key == _ANY_TYPE:
            yield from [each for each in self._readers if each[0] == RDF["type"]]
        elif key in self._readers:
            yield key
        if class_ is not None and _ANY_TYPE in self._readers:
            yield _ANY_TYPE
        if _ANY in self._readers:
            yield _ANY

    def _error(self, last: int, before: dict[int, int | None]) -> UnstratifiedRules:
        """The error, with the shortest cycle, from the rule that goes round."""
        cycle: list[int] = []
        place: int | None = last
        while place is not None:
            cycle.insert(0, place)
            place = before[place]
        names = [_named(self._rules[each]) for each in cycle]
        made = [self._made(one, other, False) for one, other in pairwise(cycle)]
        return UnstratifiedRules(names, [*made, self._made(last, cycle[0], True)])

    def _made(self, maker: int, reader: int, is_strict: bool) -> str:
        """What the one makes that the other reads, or reads as absent or in groups."""
        for key in map(_key, self._rules[maker].head):
            for read in self._reading(key):
                found = self._readers[read]
                if (reader, True) in found or (not is_strict and (reader, False) in found):
                    return _text(key)
        raise KeyError(maker, reader)


def _key(atom: Atom) -> _Key:
    if isinstance(atom.predicate, Variable):
        return _ANY
    if atom.predicate != RDF["type"]:
        return atom.predicate, None
    return RDF["type"], None if isinstance(atom.object, Variable) else atom.object


def _named(rule: Rule) -> str:
    """The rule, which a file is named after, and where it comes from."""
    place = rule.place or rule.source
    return f"{rule.name} ({place})" if place else rule.name


def _text(key: _Key) -> str:
    predicate, class_ = key
    if predicate is None:
        return "any predicate"
    name = shorten(predicate.value)
    return f"{name} {shorten(class_.value)}" if isinstance(class_, NamedNode) else name
