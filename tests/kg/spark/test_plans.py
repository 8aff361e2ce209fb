"""How rules become plans."""

import pytest
from pyoxigraph import NamedNode, Variable

from kg.errors import UnsupportedRules
from kg.namespaces import OWL, RDF
from kg.reasoning.rules.patterns import Atom, Expression, Negation
from kg.reasoning.rules.rule import Rule
from kg.spark.plans import (
    OBJECT,
    PREDICATE,
    SUBJECT,
    SUBJECT_IS_OBJECT,
    Program,
    Slot,
    full_plans,
)

X, Y, Z = map(Variable, "xyz")
P, Q, C = (NamedNode(f"http://example.org/{name}") for name in "pqC")


def test_a_rule_has_a_plan_for_each_pattern_that_may_change() -> None:
    rule = Rule("chain", (Atom(X, Q, Z),), (Atom(X, P, Y), Atom(Y, P, Z)))

    first, second = Program([rule]).plans

    assert [step.mask for step in first.steps] == [PREDICATE, SUBJECT + PREDICATE]
    assert [step.mask for step in second.steps] == [PREDICATE, PREDICATE + OBJECT]
    assert first.steps[1].slots[0] == Slot(place=2)
    assert first.heads[0].slots == (Slot(place=0), Slot(constant=Q), Slot(place=5))
    assert second.places == (1, 0)
    assert full_plans([first, second]) == [first]


def test_a_variable_that_stands_twice_in_a_pattern_is_compared() -> None:
    (plan,) = Program([Rule("irreflexive", (), (Atom(X, P, X),))]).plans

    assert plan.steps[0].repeats == SUBJECT_IS_OBJECT
    assert plan.heads == ()


def test_the_pattern_with_most_bound_places_comes_next() -> None:
    body = (Atom(X, P, Y), Atom(Z, Q, Variable("v")), Atom(Y, RDF["type"], C), Atom(X, Q, Z))

    plan = Program([Rule("long", (Atom(X, P, Z),), body)]).plans[0]

    assert plan.places == (0, 3, 1, 2)


def test_codes_suffice_to_compare_what_is_no_literal() -> None:
    body = (Atom(X, P, Y), Atom(Z, P, Y))
    same = Rule("same", (Atom(X, OWL["sameAs"], Z),), body, (Expression("!=", (X, Z)),))
    ends = (Atom(X, P, Y), Atom(X, Q, Z))
    values = Rule("values", (Atom(X, P, Z),), ends, (Expression("!=", (Y, Z)),))

    assert len(Program([same]).plans[0].comparisons) == 1
    assert Program([values]).plans[0].comparisons == ()
    assert Program([values]).plans[0].variables == ((Y, Slot(place=2)), (Z, Slot(place=5)))


def test_only_plans_that_can_use_what_is_new_are_triggered() -> None:
    typed = Rule("typed", (Atom(X, RDF["type"], C),), (Atom(X, P, Y),))
    of_class = Rule("of-class", (Atom(X, Q, C),), (Atom(X, RDF["type"], C),))
    of_other = Rule("of-other", (Atom(X, Q, C),), (Atom(X, RDF["type"], P),))

    program = Program([typed, of_class, of_other], is_chained=False)

    assert [plan.rule for plan in program.triggered([0])] == [1]


def test_rules_that_are_not_monotone_are_refused_by_name() -> None:
    negation = (Negation((Atom(X, Q, Y),)),)
    rule = Rule("absent", (Atom(X, RDF["type"], C),), (Atom(X, P, Y),), negated=negation)

    with pytest.raises(UnsupportedRules, match="absent"):
        Program([rule])
