"""Rules in integers: which of them can end in a triple, and what satisfies a body."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Variable

from kg.facts.vocabulary import Codes, Vocabulary
from kg.namespaces import RDF
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Filter, Slot, Term
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

CodedSlot = int | Variable
Pattern = tuple[CodedSlot, CodedSlot, CodedSlot]
Binding = dict[Variable, int]
# The triples that fit subject, predicate and object, None standing for any.
Matches = Callable[[int | None, int | None, int | None], Iterable[Codes]]


# Where a pattern is found: its predicate, with the class if it is a type; None if it may be any.
_Key = int | tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class CodedRule:
    """A rule whose terms are integers."""

    rule: Rule
    heads: tuple[Pattern, ...]
    body: tuple[Pattern, ...]

    @property
    def level(self) -> int:
        """0, 1 or 2 where the rule holds, else 3; a neutral rule weakens nothing.

        A rule with NOT EXISTS or an aggregate is a thesis at strongest.
        """
        own = Status.FACT if self.rule.status is None else self.rule.status
        return own.level if self.rule.is_monotone else max(own.level, Status.THESIS.level)


class CodedRules:
    """The rules of a release, found by what they can derive."""

    def __init__(self, rules: Iterable[Rule], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._type = vocabulary.encode(RDF["type"])
        self._by_head: dict[_Key, list[tuple[CodedRule, Pattern]]] = defaultdict(list)
        self._by_body: dict[_Key, list[tuple[CodedRule, int]]] = defaultdict(list)
        for rule in rules:
            coded = CodedRule(rule, self.patterns(rule.head), self.patterns(rule.body))
            for head in coded.heads:
                self._by_head[self._key(head)].append((coded, head))
            for place, pattern in enumerate(coded.body):
                self._by_body[self._key(pattern)].append((coded, place))

    def ending_in(self, goal: Codes) -> Iterator[tuple[CodedRule, Binding]]:
        """Each rule with a head that fits the triple, and what that makes of its variables."""
        for key in self._keys(goal):
            for coded, head in self._by_head.get(key, ()):
                binding = unify(head, goal, {})
                if binding is not None:
                    yield coded, binding

    def using(self, premise: Codes) -> Iterator[tuple[CodedRule, int, Binding]]:
        """Each rule with a premise that fits the triple: its place, and what that binds."""
        for key in self._keys(premise):
            for coded, place in self._by_body.get(key, ()):
                binding = unify(coded.body[place], premise, {})
                if binding is not None:
                    yield coded, place, binding

    def passes(
        self,
        filters: Sequence[Filter],
        binding: Binding,
        computed: Mapping[Variable, Term] = MappingProxyType({}),
    ) -> bool:
        """Whether the filters let the binding through; those that it leaves open do.

        What an aggregate computed comes beside the binding: it need not be a term of the release.
        """
        if not filters:
            return True
        terms = {**self.terms(binding), **computed}
        return all(
            passes(condition, terms)
            for condition in filters
            if all(variable in terms for variable in condition.variables)
        )

    def terms(self, binding: Binding) -> dict[Variable, Term]:
        """The binding with terms for codes."""
        return {name: self._vocabulary.decode(code) for name, code in binding.items()}

    def _key(self, pattern: Pattern) -> _Key:
        _, predicate, object_ = pattern
        if isinstance(predicate, Variable):
            return None
        if predicate == self._type and isinstance(object_, int):
            return predicate, object_
        return predicate

    def _keys(self, codes: Codes) -> Iterator[_Key]:
        """Where rules that may fit the triple are."""
        yield from (codes[1], (codes[1], codes[2]), None)

    def patterns(self, atoms: Iterable[Atom]) -> tuple[Pattern, ...]:
        """The patterns with codes for terms."""
        return tuple(
            (self._slot(atom.subject), self._slot(atom.predicate), self._slot(atom.object))
            for atom in atoms
        )

    def _slot(self, slot: Slot) -> CodedSlot:
        return slot if isinstance(slot, Variable) else self._vocabulary.encode(slot)


def unify(pattern: Pattern, codes: Codes, binding: Binding) -> Binding | None:
    """The binding with what the triple adds to it, or None where they do not fit."""
    found = dict(binding)
    for slot, code in zip(pattern, codes, strict=True):
        known = found.setdefault(slot, code) if isinstance(slot, Variable) else slot
        if known != code:
            return None
    return found


def fill(pattern: Pattern, binding: Binding) -> Pattern:
    """The pattern with the values of its variables, as far as they are known."""
    subject, predicate, object_ = pattern

    def value(slot: CodedSlot) -> CodedSlot:
        return binding.get(slot, slot) if isinstance(slot, Variable) else slot

    return value(subject), value(predicate), value(object_)


def ground(pattern: Pattern, binding: Binding) -> Codes:
    """The triple that a pattern is under a binding of all its variables."""
    subject, predicate, object_ = (
        binding[slot] if isinstance(slot, Variable) else slot for slot in pattern
    )
    return subject, predicate, object_


def solutions(body: Sequence[Pattern], binding: Binding, matches: Matches) -> Iterator[Binding]:
    """Every binding under which each pattern is a triple that `matches` finds."""
    if not body:
        yield binding
        return
    filled = [fill(pattern, binding) for pattern in body]
    place = min(range(len(body)), key=lambda one: (_openness(filled[one]), one))
    rest = [*body[:place], *body[place + 1 :]]
    subject, predicate, object_ = (
        slot if isinstance(slot, int) else None for slot in filled[place]
    )
    for codes in matches(subject, predicate, object_):
        found = unify(body[place], codes, binding)
        if found is not None:
            yield from solutions(rest, found, matches)


def _openness(pattern: Pattern) -> int:
    return sum(1 for slot in pattern if isinstance(slot, Variable))
