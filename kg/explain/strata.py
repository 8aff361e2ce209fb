"""What satisfies the body of a rule, its NOT EXISTS and its aggregate included."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import Variable

from kg.explain.coded_rules import Binding, CodedRule, CodedRules, Matches, ground, solutions
from kg.facts.vocabulary import Codes
from kg.reasoning.rules.expressions import aggregated
from kg.reasoning.rules.patterns import Aggregate, Negation, Term, filled


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
