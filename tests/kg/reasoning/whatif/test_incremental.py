"""Facts that are updated incrementally equal those of a new derivation."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Variable

from kg.reasoning.derivation.fixpoint import CodedContradiction, CountsByRule, FixpointEvaluator
from kg.reasoning.derivation.joins import PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.incremental import Layer
from tests.kg.reasoning.given import examples

variables = st.sampled_from("xyz").map(Variable)
things = st.sampled_from("abcd").map("http://example.org/{}".format).map(NamedNode)
relations = st.sampled_from("pq").map("http://example.org/{}".format).map(NamedNode)
ends = st.integers(0, 9).flatmap(lambda number: variables if number else things)
between = st.integers(0, 9).flatmap(lambda number: relations if number else variables)
atoms = st.builds(Atom, ends, between, ends)
statements = st.lists(st.tuples(things, relations, things), max_size=8)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    body = tuple(draw(atoms) for _ in range(draw(st.integers(1, 3))))
    bound = sorted({v for atom in body for v in atom.variables}, key=str)
    known = st.sampled_from(bound) if bound else things
    is_clash = draw(st.integers(0, 5)) == 0
    head = () if is_clash else (Atom(draw(known | things), draw(relations), draw(known | things)),)
    filters = (Expression("!=", (draw(known), draw(known))),) if draw(st.booleans()) else ()
    return Rule(str(draw(st.integers(0, 10**6))), head, body, filters)


def closed(
    known_rules: list[Rule], asserted: set[CodedTriple], vocabulary: TermDictionary
) -> tuple[TripleIndex, set[CodedContradiction]]:
    """The closure, derived anew from the asserted triples."""
    facts = TripleIndex(asserted)
    of_all, of_changes = make_plans(known_rules, vocabulary)
    fixpoint = FixpointEvaluator(facts, vocabulary, DerivationLimits(10**6, 60))
    triggers = PlanIndex(of_changes, vocabulary)
    return facts, fixpoint.run(Changes(), of_all, triggers, CountsByRule())


@pytest.mark.slow
@examples(100)
@given(
    st.lists(rules(), min_size=1, max_size=4, unique_by=lambda rule: rule.name),
    statements,
    st.lists(st.tuples(statements, statements), min_size=1, max_size=3),
)
def test_after_each_change_the_facts_are_the_closure_of_what_is_asserted(
    known_rules: list[Rule],
    first: list[tuple[NamedNode, NamedNode, NamedNode]],
    steps: list[tuple[list[object], list[object]]],
) -> None:
    vocabulary = TermDictionary()

    def coded(triples: list[object]) -> set[CodedTriple]:
        return {tuple(map(vocabulary.encode, triple)) for triple in triples}

    asserted = coded(first)
    facts, before = closed(known_rules, asserted, vocabulary)
    tested = Layer(
        facts,
        known_rules,
        vocabulary,
        is_asserted=lambda codes: codes in asserted,
    )
    for added, removed in steps:
        then, gone = set(facts), coded(removed) & asserted
        asserted = (asserted - gone) | coded(added)
        delta = tested.change(coded(added), gone - asserted)

        expected, clashes = closed(known_rules, asserted, vocabulary)
        now = set(expected)
        assert (set(facts), delta.gained, delta.lost) == (now, now - then, then - now)
        assert clashes - before <= delta.clashes <= clashes
        before = clashes


def test_a_removed_link_takes_all_that_spans_it() -> None:
    vocabulary = TermDictionary()
    x, y, z, p = Variable("x"), Variable("y"), Variable("z"), NamedNode("http://example.org/p")
    chain = Rule("chain", (Atom(x, p, z),), (Atom(x, p, y), Atom(y, p, z)))
    names = [vocabulary.encode(NamedNode(f"http://example.org/{n}")) for n in range(120)]
    code = vocabulary.encode(p)
    asserted = {(one, code, other) for one, other in pairwise(names)}
    facts, _ = closed([chain], asserted, vocabulary)
    removed = (names[60], code, names[61])
    asserted.remove(removed)

    tested = Layer(
        facts,
        [chain],
        vocabulary,
        is_asserted=asserted.__contains__,
    )
    delta = tested.change([], [removed])

    assert (len(delta.lost), len(facts)) == (61 * 59, 61 * 60 // 2 + 59 * 58 // 2)


def test_what_is_asserted_stays_when_its_cause_is_removed() -> None:
    vocabulary = TermDictionary()
    a, b, c = (Atom(*(NamedNode(f"http://example.org/{one}"),) * 3) for one in "abc")
    known_rules = [Rule("a-c", (c,), (a,)), Rule("a-b", (b,), (a,))]
    cause, kept, effect = (tuple(map(vocabulary.encode, atom)) for atom in (a, b, c))
    facts, _ = closed(known_rules, {cause, kept}, vocabulary)

    tested = Layer(facts, known_rules, vocabulary, is_asserted=lambda codes: codes == kept)
    delta = tested.change([], [cause])

    assert (set(facts), delta.lost, delta.gained) == ({kept}, {cause, effect}, set())
