"""Rules with integer terms: find those that can derive a triple, and match their bodies.

`solve` matches patterns one after another, which suits single triples; a derivation from many
triples at once runs the joins of `kg.reasoning.derivation` instead.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, cast

from pyoxigraph import Variable

from kg.namespaces import RDF
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.rules.expressions import compute_aggregate, passes
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation, Term
from kg.reasoning.rules.rule import Rule

CodedSlot = int | Variable
Pattern = tuple[CodedSlot, CodedSlot, CodedSlot]
Binding = dict[Variable, int]
# A function that returns the triples matching subject, predicate and object; None matches any.
MatchFunction = Callable[[int | None, int | None, int | None], Iterable[CodedTriple]]
# A pattern's predicate, or rdf:type with a class; None if the predicate is a variable.
_Key = int | tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class CodedRule:
    """A rule whose terms are integers."""

    rule: Rule
    heads: tuple[Pattern, ...]
    body: tuple[Pattern, ...]


class CodedRules:
    """The rules of a release, indexed by the patterns of their heads."""

    def __init__(self, rules: Iterable[Rule], vocabulary: TermDictionary) -> None:
        self.vocabulary = vocabulary
        self._type = vocabulary.encode(RDF["type"])
        self._by_head: dict[_Key, list[tuple[CodedRule, Pattern]]] = defaultdict(list)
        for rule in rules:
            coded = CodedRule(rule, self.encode(rule.head), self.encode(rule.body))
            for head in coded.heads:
                self._by_head[self._key(head)].append((coded, head))

    def find_by_head(self, goal: CodedTriple) -> Iterator[tuple[CodedRule, Binding]]:
        """Yield each rule with a head that matches the triple, and the resulting binding."""
        # The keys of all patterns that may match the triple.
        for key in (goal[1], goal[1:], None):
            for coded, head in self._by_head.get(key, ()):
                binding = unify(head, goal, {})
                if binding is not None:
                    yield coded, binding

    def passes(
        self,
        filters: Sequence[Expression],
        binding: Binding,
        computed: Mapping[Variable, Term] = MappingProxyType({}),
    ) -> bool:
        """Return whether the binding passes the filters that have no unbound variable.

        `computed` has the value of an aggregate, which need not be a term of the release.
        """
        if not filters:
            return True
        terms = {**self.decode(binding), **computed}
        return all(
            passes(condition, terms)
            for condition in filters
            if all(variable in terms for variable in condition.variables)
        )

    def decode(self, binding: Binding) -> dict[Variable, Term]:
        """Return the binding with terms in place of their integers."""
        return {variable: self.vocabulary.decode(code) for variable, code in binding.items()}

    def encode(self, atoms: Iterable[Atom]) -> tuple[Pattern, ...]:
        """Return the patterns with integers in place of their terms."""
        encode = self.vocabulary.encode
        coded = (
            tuple(slot if isinstance(slot, Variable) else encode(slot) for slot in atom)
            for atom in atoms
        )
        return cast(tuple[Pattern, ...], tuple(coded))

    def _key(self, pattern: Pattern) -> _Key:
        _, predicate, object_ = pattern
        if isinstance(predicate, Variable):
            return None
        if predicate == self._type and isinstance(object_, int):
            return predicate, object_
        return predicate


def unify(pattern: Pattern, codes: CodedTriple, binding: Binding) -> Binding | None:
    """Return the binding extended so that the pattern is the triple, or None if impossible."""
    extended = dict(binding)
    for slot, code in zip(pattern, codes, strict=True):
        known = extended.setdefault(slot, code) if isinstance(slot, Variable) else slot
        if known != code:
            return None
    return extended


def substitute_codes(pattern: Pattern, binding: Binding) -> Pattern:
    """Return the pattern with its bound variables replaced by their values."""
    subject, predicate, object_ = (
        binding.get(slot, slot) if isinstance(slot, Variable) else slot for slot in pattern
    )
    return subject, predicate, object_


def ground(pattern: Pattern, binding: Binding) -> CodedTriple:
    """Return the triple that results from a binding of all variables of the pattern."""
    return cast(CodedTriple, substitute_codes(pattern, binding))


def solve(body: Sequence[Pattern], binding: Binding, matches: MatchFunction) -> Iterator[Binding]:
    """Yield every extension of the binding under which `matches` finds each pattern's triple.

    The pattern with the fewest unbound variables is matched first.
    """
    if not body:
        yield binding
        return
    filled = [substitute_codes(pattern, binding) for pattern in body]
    unbound = [sum(isinstance(slot, Variable) for slot in pattern) for pattern in filled]
    index = unbound.index(min(unbound))
    rest = [*body[:index], *body[index + 1 :]]
    wanted = (slot if isinstance(slot, int) else None for slot in filled[index])
    for codes in matches(*wanted):
        extended = unify(body[index], codes, binding)
        if extended is not None:
            yield from solve(rest, extended, matches)


@dataclass(frozen=True)
class RuleInstance:
    """A rule with one match of its body: the triples, and its negations with their values."""

    rule: Rule
    premises: tuple[CodedTriple, ...]
    absent: tuple[Negation, ...] = ()


def match_body(
    rules: CodedRules, coded: CodedRule, binding: Binding, matches: MatchFunction
) -> Iterator[RuleInstance]:
    """Yield each match of the rule's body that agrees with the binding.

    For an aggregate, the premises end with all triples of its group.
    """
    rule = coded.rule
    for group in _groups(rules, rule.aggregate, binding, matches):
        # A filter about the head alone may rule out what very many triples would match.
        if not rules.passes(rule.filters, group.binding, group.computed):
            continue
        for values in solve(coded.body, group.binding, matches):
            if not rules.passes(rule.filters, values, group.computed) or any(
                negation_matches(rules, negation, values, matches, group.computed)
                for negation in rule.negated
            ):
                continue
            premises = (*(ground(pattern, values) for pattern in coded.body), *group.triples)
            if group.triples:
                # Matches of one group may share triples.
                premises = tuple(dict.fromkeys(premises))
            terms = {**rules.decode(values), **group.computed} if rule.negated else {}
            absent = tuple(negation.substitute(terms) for negation in rule.negated)
            yield RuleInstance(rule, premises, absent)


def negation_matches(
    rules: CodedRules,
    negation: Negation,
    binding: Binding,
    matches: MatchFunction,
    computed: Mapping[Variable, Term] = MappingProxyType({}),
) -> bool:
    """Return whether the negated patterns match for some values of their unbound variables."""
    found = solve(rules.encode(negation.body), binding, matches)
    return any(rules.passes(negation.filters, values, computed) for values in found)


class _Group(NamedTuple):
    """One group of an aggregate: its binding, its value by variable and all matched triples."""

    binding: Binding
    computed: Mapping[Variable, Term]
    triples: tuple[CodedTriple, ...]


def _groups(
    rules: CodedRules, aggregate: Aggregate | None, binding: Binding, matches: MatchFunction
) -> Iterator[_Group]:
    if aggregate is None:
        yield _Group(binding, {}, ())
        return
    body = rules.encode(aggregate.body)
    known = {variable: binding[variable] for variable in aggregate.groups if variable in binding}
    by_group: dict[tuple[int, ...], list[Binding]] = defaultdict(list)
    for values in solve(body, known, matches):
        if rules.passes(aggregate.filters, values):
            by_group[tuple(values[variable] for variable in aggregate.groups)].append(values)
    wanted = rules.decode(binding).get(aggregate.result)
    for group, bindings in by_group.items():
        # COUNT(*) only needs the number of matches, so any variable will do.
        argument = aggregate.argument or next(iter(bindings[0]))
        terms = [rules.vocabulary.decode(values[argument]) for values in bindings]
        distinct = list(set(terms)) if aggregate.is_distinct else terms
        value = compute_aggregate(aggregate.function, distinct)
        if value is not None and wanted in {None, value}:
            extended = {**binding, **dict(zip(aggregate.groups, group, strict=True))}
            matched = sorted(tuple(ground(pattern, each) for pattern in body) for each in bindings)
            triples = dict.fromkeys(codes for match in matched for codes in match)
            yield _Group(extended, {aggregate.result: value}, tuple(triples))
