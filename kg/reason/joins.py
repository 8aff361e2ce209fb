"""Rules -> functions on `facts`: for each pattern that may have changed, what newly follows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pyoxigraph import NamedNode, Variable

from kg.facts import Facts, Index, Vocabulary
from kg.namespaces import RDF
from kg.reason.join_source import JoinSource, JoinWriter
from kg.rules.files import Rule
from kg.rules.filters import passes
from kg.rules.patterns import Atom, Filter, Slot

# What a join fills: key -> values, or a set of triples or bindings (see JoinSource.shape).
Found = Any
Join = Callable[[Index, Facts, Found, Callable[[Found], None]], None]


@dataclass
class Plan:
    """One rule, one triple of its head (None: a contradiction), one pattern that changed.

    `changed` is the pattern's place; None stands for the plan that reads all facts.
    """

    rule: Rule
    head: Atom | None
    changed: int | None
    vocabulary: Vocabulary
    shape: str = ""
    predicate: int = 0
    is_guarded: bool = False
    variables: tuple[Variable, ...] = ()
    _join: Join | None = field(default=None, repr=False)

    def run(self, delta: Index, facts: Facts, tick: Callable[[Found], None]) -> Found:
        """What the changes newly make true, and perhaps some of what was true before."""
        join = self._join or self._compile()
        found: Found = defaultdict(set) if self.shape in {"objects", "subjects"} else set()
        join(delta, facts, found, tick)
        return found

    def _compile(self) -> Join:
        source = JoinWriter(self.rule.body, self.rule.filters, self.head).write(self.changed)
        self.shape, self.variables = source.shape, source.variables
        if self.head is not None and isinstance(self.head.predicate, NamedNode):
            self.predicate = self.vocabulary.encode(self.head.predicate)
            self.is_guarded = _may_be_literal(self.head.subject, self.rule.body)
        self._join = _load(source, self.vocabulary)
        return self._join


def plans(rule: Rule, vocabulary: Vocabulary) -> tuple[list[Plan], list[Plan]]:
    """The plans that read all facts, and those that start from changes."""
    heads: Iterable[Atom | None] = rule.head or (None,)
    full = [Plan(rule, head, None, vocabulary) for head in heads]
    incremental = [
        Plan(rule, head, place, vocabulary) for head in heads for place in range(len(rule.body))
    ]
    return full, incremental


class Triggers:
    """Which plans a change sets off, by predicate and, for a type, by class."""

    def __init__(self, incremental: Iterable[Plan], vocabulary: Vocabulary) -> None:
        self._by_predicate: dict[int | None, list[Plan]] = defaultdict(list)
        self._by_class: dict[int, list[Plan]] = defaultdict(list)
        self._type = vocabulary.encode(RDF["type"])
        for plan in incremental:
            self._add(plan, vocabulary)

    def of(self, delta: Index) -> list[Plan]:
        """The plans whose changed pattern may match something in these changes."""
        if not delta.size:
            return []
        found = list(self._by_predicate.get(None, ()))
        for predicate in delta.forward:
            found += self._by_predicate.get(predicate, ())
        for class_ in delta.backward.get(self._type, ()):
            found += self._by_class.get(class_, ())
        return found

    def _add(self, plan: Plan, vocabulary: Vocabulary) -> None:
        atom = plan.rule.body[plan.changed or 0]
        if isinstance(atom.predicate, Variable):
            self._by_predicate[None].append(plan)
        elif atom.predicate == RDF["type"] and not isinstance(atom.object, Variable):
            self._by_class[vocabulary.encode(atom.object)].append(plan)
        else:
            self._by_predicate[vocabulary.encode(atom.predicate)].append(plan)


def _load(source: JoinSource, vocabulary: Vocabulary) -> Join:
    """The function, with its constants and filters in place."""
    codes = [vocabulary.encode(term) for term in source.constants]
    conditions = [_condition(condition, vocabulary) for condition in source.filters]
    join: Join = _binder(source.text)(*codes, *conditions)
    return join


@lru_cache(maxsize=4096)
def _binder(text: str) -> Callable[..., Join]:
    names: dict[str, Any] = {"EMPTY": frozenset(), "NOTHING": {}}
    # The text is made by JoinWriter of fixed phrases and counted names; no input gets into it.
    exec(compile(text, "<join>", "exec"), names)  # noqa: S102
    binder: Callable[..., Join] = names["bind"]
    return binder


def _condition(condition: Filter, vocabulary: Vocabulary) -> Callable[..., bool]:
    """The filter as a function of the codes of its variables."""
    variables, decode = condition.variables, vocabulary.decode

    def is_met(*codes: int) -> bool:
        terms: Mapping[Variable, Any] = dict(zip(variables, map(decode, codes), strict=True))
        return passes(condition, terms)

    return is_met


def _may_be_literal(subject: Slot, body: Iterable[Atom]) -> bool:
    """Whether a head's subject is only known as an object, and so may be a literal."""
    return isinstance(subject, Variable) and not any(
        subject in {atom.subject, atom.predicate} for atom in body
    )
