"""Derived triples with their levels and rules, compared with an exhaustive search."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Triple, Variable

from kg.reasoning.derivation.levels import Premise, derive
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

pytestmark = pytest.mark.slow

LEVELS = (Status.FACT, Status.BACKGROUND, Status.THESIS)
Binding = dict[Variable, NamedNode]

variables = st.sampled_from("xyz").map(Variable)
things = st.sampled_from("abc").map("http://example.org/{}".format).map(NamedNode)
relations = st.sampled_from("pq").map("http://example.org/{}".format).map(NamedNode)
# Mostly variables in the ends and mostly names between them, so that rules fire.
ends = st.integers(0, 7).flatmap(lambda number: variables if number else things)
between = st.integers(0, 7).flatmap(lambda number: relations if number else variables)
atoms = st.builds(Atom, ends, between, ends)
triples = st.builds(Triple, things, relations, things)
premises = st.builds(Premise, triples, st.sampled_from(LEVELS))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    body = tuple(draw(atoms) for _ in range(draw(st.integers(1, 3))))
    bound = sorted({v for atom in body for v in atom.variables}, key=str)
    known = st.sampled_from(bound) if bound else things
    head = Atom(draw(known | things), draw(relations), draw(known | things))
    filters = draw(st.just(()) | st.tuples(st.builds(different, known, known)))
    status = draw(st.sampled_from((None, *LEVELS)))
    return Rule(str(draw(st.integers(0, 10**6))), (head,), body, filters, status)


def different(one: Variable | NamedNode, other: Variable | NamedNode) -> Expression:
    return Expression("!=", (one, other))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    st.lists(premises, min_size=5, max_size=12),
    st.lists(rules(), min_size=1, max_size=4, unique_by=lambda rule: rule.name),
)
def test_levels_and_rules_are_those_of_an_exhaustive_search(
    given_premises: list[Premise], given_rules: list[Rule]
) -> None:
    closure = derive(given_premises, given_rules)

    found = [(each.triple, each.rule, each.status) for each in closure.derivations]
    assert len(found) == len(set(found))
    assert set(found) == by_brute_force(given_premises, given_rules)


def by_brute_force(
    asserted: list[Premise], known_rules: list[Rule]
) -> set[tuple[Triple, str, Status]]:
    holding: set[Triple] = set()
    expected: set[tuple[Triple, str, Status]] = set()
    for level, status in enumerate(LEVELS):
        holding |= {each.triple for each in asserted if each.status.level == level}
        active = [rule for rule in known_rules if not rule.status or rule.status.level <= level]
        before = set(holding)
        while True:
            made = {(head, rule.name) for rule in active for head in heads(rule, holding)}
            if {head for head, _ in made} <= holding:
                break
            holding |= {head for head, _ in made}
        expected |= {(head, name, status) for head, name in made if head not in before}
    return expected


def heads(rule: Rule, holding: set[Triple]) -> Iterator[Triple]:
    for binding in matches(list(rule.body), holding, {}):
        values = [binding.get(slot, slot) for slot in rule.head[0]]
        if all(len({binding.get(s, s) for s in each.arguments}) == 2 for each in rule.filters):
            yield Triple(*values)


def matches(body: list[Atom], holding: set[Triple], binding: Binding) -> Iterator[Binding]:
    if not body:
        yield binding
        return
    for triple in holding:
        extended = dict(binding)
        for slot, term in zip(body[0], triple, strict=True):
            value = extended.setdefault(slot, term) if isinstance(slot, Variable) else slot
            if value != term:
                break
        else:
            yield from matches(body[1:], holding, extended)
