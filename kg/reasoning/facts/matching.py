"""Rules in integers: which of them can end in a triple, and what satisfies a body.

What satisfies the body of a rule, its NOT EXISTS and its aggregate included.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Variable

from kg.namespaces import RDF
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.rules.expressions import aggregated, passes
from kg.reasoning.rules.patterns import Aggregate, Atom, Filter, Negation, Slot, Term, filled
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


@dataclass(frozen=True)
class Step:
    """The triples that the body is, and what it negates, once its variables have values."""

    premises: tuple[Codes, ...]
    absent: tuple[Negation, ...] = ()


def steps(
    rules: CodedRules, coded: CodedRule, binding: Binding, matches: Matches
) -> Iterator[Step]:
    """Each way in which the rule's body holds with what is known of its variables.

    Of an aggregate the premises end in all triples of its group, by match.
    """
    for group in _groups(rules, coded.rule.aggregate, binding, matches):
        for values in solutions(coded.body, group.binding, matches):
            if not rules.passes(coded.rule.filters, values, group.computed):
                continue
            if any(
                is_present(rules, one, values, matches, group.computed)
                for one in coded.rule.negated
            ):
                continue
            premises = (*(ground(pattern, values) for pattern in coded.body), *group.triples)
            terms = {**rules.terms(values), **group.computed} if coded.rule.negated else {}
            absent = tuple(filled(one, terms) for one in coded.rule.negated)
            # Matches of one group may share triples.
            yield Step(tuple(dict.fromkeys(premises)) if group.triples else premises, absent)


@dataclass(frozen=True)
class _Group:
    """A binding that knows the group, the value of the aggregate, and all that was matched."""

    binding: Binding
    computed: Mapping[Variable, Term]
    triples: tuple[Codes, ...]


def _groups(
    rules: CodedRules, aggregate: Aggregate | None, binding: Binding, matches: Matches
) -> Iterator[_Group]:
    """The groups that agree with the binding; without an aggregate, the binding alone."""
    if aggregate is None:
        yield _Group(binding, {}, ())
        return
    body = rules.patterns(aggregate.body)
    given = {name: binding[name] for name in aggregate.groups if name in binding}
    found: dict[tuple[int, ...], list[Binding]] = defaultdict(list)
    for values in solutions(body, given, matches):
        if rules.passes(aggregate.filters, values):
            found[tuple(values[name] for name in aggregate.groups)].append(values)
    wanted = rules.terms(binding).get(aggregate.result)
    for group, matched in found.items():
        value = _value(rules, aggregate, matched)
        if value is not None and wanted in {None, value}:
            known = {**binding, **dict(zip(aggregate.groups, group, strict=True))}
            triples = sorted(tuple(ground(one, values) for one in body) for values in matched)
            members = dict.fromkeys(each for match in triples for each in match)
            yield _Group(known, {aggregate.result: value}, tuple(members))


def _value(rules: CodedRules, aggregate: Aggregate, matched: list[Binding]) -> Term | None:
    """The value of the function for a group; None where there is none."""
    # Of COUNT(*) only how many there are matters, so any variable will do.
    argument = aggregate.argument or next(iter(matched[0]))
    terms = [rules.terms({argument: values[argument]})[argument] for values in matched]
    return aggregated(aggregate.function, list(set(terms)) if aggregate.is_distinct else terms)


def is_present(
    rules: CodedRules,
    negation: Negation,
    binding: Binding,
    matches: Matches,
    computed: Mapping[Variable, Term] = MappingProxyType({}),
) -> bool:
    """Whether what is negated is there for some values of its own variables.

    The values that the binding leaves open count as those variables too.
    """
    found = solutions(rules.patterns(negation.body), binding, matches)
    return any(rules.passes(negation.filters, values, computed) for values in found)
