"""The outcome of a patch of a small random release with random rules, against a new derivation.

The paper has few rules that read the same properties; here almost everything matters to every
world, so that a world that is not derived again although it should be is found.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, Triple, Variable

from kg.errors import Contradiction
from kg.namespaces import EVIDENCE, GLOCAL, ID, RDF
from kg.reasoning.derivation.derive import Derivations, Premise, derive
from kg.reasoning.derivation.release_graphs import META, assemble_release
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.engine import WhatIf
from kg.reasoning.whatif.outcome import Patch
from kg.statuses import Base, Standing, Status, World, standing_of
from kg.store.quad_store import Store
from tests.kg.reasoning.derivation.test_derive_by_brute_force import (
    ANN,
    premises,
    prohibitions,
    rule_sets,
)
from tests.kg.reasoning.given import examples

pytestmark = pytest.mark.slow

Standings = dict[tuple[Triple, World | None], Base]


def graph_of(premise: Premise) -> NamedNode:
    """The evidence graph of all premises with this status and holder."""
    holder = "" if premise.holder is None else premise.holder.value[-3:]
    return EVIDENCE[f"{premise.status.value}{holder}"]


def quad_of(premise: Premise) -> Quad:
    return Quad(*premise.triple, graph_of(premise))  # type: ignore[misc]


def described(premise: Premise) -> list[Quad]:
    graph = graph_of(premise)
    quads = [
        Quad(graph, RDF["type"], GLOCAL["Evidence"], META),
        Quad(graph, GLOCAL["hasStatus"], premise.status.iri, META),
    ]
    if premise.holder is not None:
        quads.append(Quad(graph, GLOCAL["heldBy"], premise.holder, META))
    return quads


def standings(asserted: set[Premise], found: Derivations) -> Standings:
    """The strongest base of each triple in each world or without one."""
    strongest = Standings()
    stated = ((one.triple, standing_of(one.status, one.holder)) for one in asserted)
    for triple, standing in (*stated, *((one.triple, one.standing) for one in found.derivations)):
        if standing is not None:
            key = triple, standing.world
            strongest[key] = min(standing.base, strongest.get(key, standing.base))
    return strongest


def clashes(found: Derivations) -> set[tuple[object, ...]]:
    return {(one.standing, one.rule, one.triples) for one in found.contradictions}


def assert_outcome_is_right(
    before: set[Premise], added: set[Premise], removed: set[Premise], rules: list[Rule]
) -> None:
    try:
        now = derive(sorted(before, key=repr), rules)
    except Contradiction:
        return
    every_graph = {quad for one in before | added for quad in described(one)}
    curated = [*every_graph, *map(quad_of, before)]
    store = Store.in_memory(assemble_release(curated, [], now, rules, ID["Curators"]))
    patch = Patch(
        tuple(map(quad_of, sorted(added, key=repr))),
        tuple(map(quad_of, sorted(removed - added, key=repr))),
    )

    outcome = WhatIf(Explainer(store, rules)).evaluate(patch)

    try:
        then = derive(sorted((before - removed) | added, key=repr), rules)
    except Contradiction:
        assert any(one.standing.world is None for one in outcome.contradictions)
        return
    old, new = standings(before, now), standings((before - removed) | added, then)
    assert {(one.triple, one.before, one.after) for one in (*outcome.shown, *outcome.beyond)} == {
        (key[0], standing_in(old, key), standing_in(new, key))
        for key in {*old, *new}
        if old.get(key) != new.get(key)
    }
    expected = {clash[1:] for clash in clashes(then) - clashes(now)}
    assert {(one.rule.name, one.triples) for one in outcome.contradictions} == expected


def standing_in(known: Standings, key: tuple[Triple, World | None]) -> Standing | None:
    return Standing(known[key], key[1]) if key in known else None


changes = st.lists(st.tuples(premises, st.booleans()), min_size=1, max_size=4)


@examples(100)
@given(st.lists(premises, min_size=4, max_size=10), rule_sets, prohibitions, changes)
def test_the_outcome_is_what_a_new_derivation_changes(
    some: list[Premise], few: list[Rule], prohibition: Rule, changed: list[tuple[Premise, bool]]
) -> None:
    added = {premise for premise, is_added in changed if is_added}
    removed = {known for known, (_, is_added) in zip(some, changed, strict=False) if not is_added}

    assert_outcome_is_right(set(some), added, removed, [*few, prohibition])


A, B, P, Q = (NamedNode(f"http://example.org/{name}") for name in "abpq")
X, Y = Variable("x"), Variable("y")
P_IS_Q = Rule("p-is-q", (Atom(X, Q, Y),), (Atom(X, P, Y),))
CLAIM = Premise(Triple(A, P, B), Status.CLAIM, ANN)
FACT = Premise(Triple(A, Q, B), Status.FACT)


def test_what_a_world_derives_is_its_own_once_it_is_no_fact_any_more() -> None:
    assert_outcome_is_right({CLAIM, FACT}, set(), {FACT}, [P_IS_Q])


def test_what_becomes_a_fact_is_no_addition_of_a_world_any_more() -> None:
    assert_outcome_is_right({CLAIM}, {FACT}, set(), [P_IS_Q])


@pytest.mark.parametrize("status", [base.status for base in Base])
def test_a_hypothesis_about_facts_alone_follows_them(status: Status) -> None:
    hypothesis = replace(P_IS_Q, status=Status.HYPOTHESIS)
    premise = replace(CLAIM, status=status, holder=None)

    assert_outcome_is_right(set(), {premise}, set(), [hypothesis])
    assert_outcome_is_right({premise}, set(), {premise}, [hypothesis])
