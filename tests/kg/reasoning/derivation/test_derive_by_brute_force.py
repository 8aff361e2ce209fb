"""Derived triples with their standings and rules, compared with an exhaustive search.

The search knows nothing of order: for every base and every world it computes all that can be
derived there, and then it keeps the strongest standings of each triple.
"""

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Triple, Variable

from kg.errors import Contradiction
from kg.reasoning.derivation.derive import Derivations, Premise, derive
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.statuses import HYPOTHESES, PLANS, Base, Standing, Status, World, standing_of
from tests.kg.reasoning.given import examples

pytestmark = pytest.mark.slow

ANN, BOB = (NamedNode(f"http://example.org/{name}") for name in ("Ann", "Bob"))
HOLDERS = {holder: World(Status.CLAIM, holder) for holder in (ANN, BOB)}
ANYWHERE = [Standing(*pair) for pair in product(Base, (None, HYPOTHESES, PLANS, *HOLDERS.values()))]
STATUSES_OF_RULES = (None, *(base.status for base in Base), Status.HYPOTHESIS, Status.PLAN)
Binding = dict[Variable, NamedNode]

variables = st.sampled_from("xyz").map(Variable)
things = st.sampled_from("abc").map("http://example.org/{}".format).map(NamedNode)
relations = st.sampled_from("pq").map("http://example.org/{}".format).map(NamedNode)
# Mostly variables in the ends and mostly names between them, so that rules fire.
ends = st.integers(0, 7).flatmap(lambda number: variables if number else things)
between = st.integers(0, 7).flatmap(lambda number: relations if number else variables)
atoms = st.builds(Atom, ends, between, ends)
triples = st.builds(Triple, things, relations, things)
premises = st.builds(Premise, triples, st.sampled_from(Status).filter(lambda s: s.holds)) | (
    st.builds(Premise, triples, st.sampled_from([s for s in Status if not s.holds]), st.just(ANN))
    | st.builds(Premise, triples, st.just(Status.CLAIM), st.sampled_from([ANN, BOB]))
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    body = tuple(draw(atoms) for _ in range(draw(st.integers(1, 3))))
    bound = sorted({v for atom in body for v in atom.variables}, key=str)
    known = st.sampled_from(bound) if bound else things
    head = Atom(draw(known | things), draw(relations), draw(known | things))
    filters = draw(st.just(()) | st.tuples(st.builds(different, known, known)))
    status = draw(st.sampled_from(STATUSES_OF_RULES))
    return Rule(str(draw(st.integers(0, 10**6))), (head,), body, filters, status)


def different(one: Variable | NamedNode, other: Variable | NamedNode) -> Expression:
    return Expression("!=", (one, other))


rule_sets = st.lists(rules(), min_size=1, max_size=4, unique_by=lambda rule: rule.name)


@examples(100)
@given(st.lists(premises, min_size=5, max_size=12), rule_sets)
def test_standings_and_rules_are_those_of_an_exhaustive_search(
    asserted: list[Premise], known_rules: list[Rule]
) -> None:
    derivations = derive(asserted, known_rules).derivations

    found = [(each.triple, each.rule, each.standing) for each in derivations]
    assert len(found) == len(set(found))
    assert set(found) == by_brute_force(asserted, known_rules)


def by_brute_force(
    asserted: list[Premise], known_rules: list[Rule]
) -> set[tuple[Triple, str, Standing]]:
    stated = {(each.triple, standing_of(each.status, each.holder)) for each in asserted}
    everything = {
        standing: closure({one for one, at in stated if at and standing.includes(at)}, active)
        for standing in ANYWHERE
        for active in [[rule for rule in known_rules if standing.includes(where(rule))]]
    }
    expected = set()
    for standing, (present, steps) in everything.items():
        stronger = [each for each in ANYWHERE if each != standing and standing.includes(each)]
        for triple in present.difference(*(everything[each][0] for each in stronger)):
            if (triple, standing) not in stated:
                rules_of_triple = {name for made, name in steps if made == triple}
                expected |= {(triple, name, standing) for name in rules_of_triple}
    return expected


def where(rule: Rule) -> Standing:
    return Standing(rule.base, rule.world)


def closure(stated: set[Triple], active: list[Rule]) -> tuple[set[Triple], set[tuple[Triple, str]]]:
    """All that is stated or follows, and which rules derive it from this, in one step."""
    present = set(stated)
    while True:
        steps = {(head, rule.name) for rule in active for head in heads(rule, present)}
        if {head for head, _ in steps} <= present:
            return present, steps
        present |= {head for head, _ in steps}


def heads(rule: Rule, present: set[Triple]) -> Iterator[Triple]:
    for binding in matches(list(rule.body), present, {}):
        values = [binding.get(slot, slot) for slot in rule.head[0]]
        if all(len({binding.get(s, s) for s in each.arguments}) == 2 for each in rule.filters):
            yield Triple(*values)


def matches(body: list[Atom], present: set[Triple], binding: Binding) -> Iterator[Binding]:
    if not body:
        yield binding
        return
    for triple in present:
        extended = dict(binding)
        for slot, term in zip(body[0], triple, strict=True):
            value = extended.setdefault(slot, term) if isinstance(slot, Variable) else slot
            if value != term:
                break
        else:
            yield from matches(body[1:], present, extended)


prohibitions = rules().map(lambda rule: Rule(f"no-{rule.name}", (), rule.body, status=rule.status))


@examples(100)
@given(st.lists(premises, min_size=5, max_size=12), rule_sets, prohibitions)
def test_a_world_is_what_its_claims_would_give_as_facts(
    asserted: list[Premise], known_rules: list[Rule], prohibition: Rule
) -> None:
    all_rules = [rule for rule in (*known_rules, prohibition) if rule.world is None]
    without = [each for each in asserted if each.status is not Status.CLAIM]
    if contradiction(without, all_rules):
        return
    before = derived(derive(without, all_rules), None)
    now = derive(asserted, all_rules)
    for world in HOLDERS.values():
        claims = [
            each for each in asserted if each.status is Status.CLAIM and each.holder == world.holder
        ]
        supposed = [*without, *(Premise(each.triple, Status.FACT) for each in claims)]
        clash = contradiction(supposed, all_rules)
        assert bool(clash) == bool(clashes(now, world))
        if clash:
            assert (clash.rule, clash.triples) in clashes(now, world)
        else:
            gained = derived(now, world) | {each.triple for each in claims}
            there = derived(derive(supposed, all_rules), None) | {each.triple for each in claims}
            assert before | gained == before | there


def contradiction(asserted: list[Premise], known_rules: list[Rule]) -> Contradiction | None:
    try:
        derive(asserted, known_rules)
    except Contradiction as clash:
        return clash
    return None


def derived(found: Derivations, world: World | None) -> set[Triple]:
    return {each.triple for each in found.derivations if each.standing.world == world}


def clashes(found: Derivations, world: World) -> set[tuple[str, tuple[Triple, ...]]]:
    in_world = (each for each in found.contradictions if each.standing.world == world)
    return {(each.rule, each.triples) for each in in_world}
