"""Divide rules into strata, so that absent and grouped patterns are complete when read."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import UnstratifiedRules
from kg.namespaces import RDF, shorten
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule

# The predicate of a pattern and, for rdf:type, its class; None where that is a variable.
_Key = tuple[NamedNode | None, object]
# The rules that read what a rule derives, by index, each with what it reads. A dependency is strict
# (True) if the rule reads it in a negation or an aggregate.
_Dependents = dict[tuple[int, bool], _Key]
_ANY: Final[_Key] = (None, None)
_ANY_TYPE: Final[_Key] = (RDF["type"], None)


def stratify(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Divide the rules into the smallest number of strata, each in the order given.

    A rule reads what its own stratum and those below derive. The patterns of its negations and
    aggregate are derived only in strata below. A pattern with a variable as predicate can match, or
    derive, any triple. Raises UnstratifiedRules if a rule depends on its own negation or aggregate.

    Source: Apt, Blair and Walker, Towards a Theory of Declarative Knowledge, 1988.
    """
    if all(rule.is_monotone for rule in rules):
        return [list(rules)]
    dependencies = _dependencies(rules)
    for index, rule in enumerate(rules):
        if not rule.is_monotone:
            _refuse_cycle(rules, dependencies, index)
    numbers = [0] * len(rules)
    waiting = deque((index, 1) for index, rule in enumerate(rules) if not rule.is_monotone)
    while waiting:
        index, minimum = waiting.popleft()
        if numbers[index] < minimum:
            numbers[index] = minimum
            for dependent, is_strict in dependencies[index]:
                waiting.append((dependent, minimum + is_strict))
    strata: list[list[Rule]] = [[] for _ in range(max(numbers) + 1)]
    for rule, number in zip(rules, numbers, strict=True):
        strata[number].append(rule)
    return strata


def _dependencies(rules: Sequence[Rule]) -> list[_Dependents]:
    """Return, for each rule, the rules that read what it derives."""
    readers: dict[_Key, list[tuple[int, bool]]] = defaultdict(list)
    for index, rule in enumerate(rules):
        for atom in rule.body:
            readers[_key(atom)].append((index, False))
        for atom in rule.non_monotone_atoms:
            readers[_key(atom)].append((index, True))
    dependencies: list[_Dependents] = []
    for rule in rules:
        dependents: _Dependents = {}
        for key in dict.fromkeys(map(_key, rule.head)):
            for matching_key in _matching_keys(key, readers):
                for reader in readers[matching_key]:
                    dependents.setdefault(reader, key)
        dependencies.append(dependents)
    return dependencies


def _matching_keys(key: _Key, known: Iterable[_Key]) -> Iterable[_Key]:
    """Return the known keys of the patterns that triples with this key can match."""
    predicate, class_ = key
    if predicate is None:
        return list(known)
    if key == _ANY_TYPE:
        return [each for each in known if each[0] in {RDF["type"], None}]
    wanted = dict.fromkeys((key, _ANY_TYPE if class_ is not None else key, _ANY))
    return [each for each in wanted if each in known]


def _refuse_cycle(rules: Sequence[Rule], dependencies: Sequence[_Dependents], start: int) -> None:
    """Raise `UnstratifiedRules` if the rule strictly depends on its own conclusion."""
    # The shortest path to each rule, beginning with the one that is checked: the rules on it, and
    # what each of them derives for the next.
    paths: dict[int, tuple[list[str], list[str]]] = {start: ([_place(rules[start])], [])}
    queue = deque([start])
    while queue:
        index = queue.popleft()
        names, derived = paths[index]
        for (dependent, is_strict), key in dependencies[index].items():
            if dependent == start and is_strict:
                raise UnstratifiedRules(names, [*derived, _text(key)])
            if dependent not in paths:
                paths[dependent] = [*names, _place(rules[dependent])], [*derived, _text(key)]
                queue.append(dependent)


def _key(atom: Atom) -> _Key:
    if isinstance(atom.predicate, Variable):
        return _ANY
    if atom.predicate != RDF["type"]:
        return atom.predicate, None
    return RDF["type"], None if isinstance(atom.object, Variable) else atom.object


def _place(rule: Rule) -> str:
    """Return the rule's name, with the location or source of the rule if one is known."""
    location = rule.location or rule.source
    return f"{rule.name} ({location})" if location else rule.name


def _text(key: _Key) -> str:
    predicate, class_ = key
    if predicate is None:
        return "any predicate"
    name = shorten(predicate.value)
    return f"{name} {shorten(class_.value)}" if isinstance(class_, NamedNode) else name
