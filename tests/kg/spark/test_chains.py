"""Chains of rules with one pattern derive with their premise all that need not wait."""

from pyoxigraph import NamedNode, Variable

from kg.namespaces import RDF
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.spark.chains import Chains, Conclusion, find_chains
from kg.spark.plans import Program
from kg.statuses import Base, Status

X, Y, Z, P = map(Variable, "xyzp")
A, B, C, Q, R, S = (NamedNode(f"http://example.org/{name}") for name in "ABCqrs")
DOMAIN = Rule("domain", (Atom(X, RDF["type"], A),), (Atom(X, Q, Y),))
A_IS_B = Rule("a-b", (Atom(X, RDF["type"], B),), (Atom(X, RDF["type"], A),))
B_IS_C = Rule("b-c", (Atom(X, RDF["type"], C),), (Atom(X, RDF["type"], B),))
INVERSE = Rule("inverse", (Atom(Y, R, X),), (Atom(X, Q, Y),))


def atoms(chains: Chains, rule: int) -> list[Atom]:
    return [each.atom for each in chains.conclusions[rule]]


def test_a_chain_is_derived_with_its_premise() -> None:
    chains = find_chains([DOMAIN, A_IS_B, B_IS_C])

    assert atoms(chains, 0) == [Atom(X, RDF["type"], each) for each in (A, B, C)]
    assert [each.rule for each in chains.conclusions[0]] == [0, 1, 2]
    assert chains.later == frozenset()
    # So nothing that they derive needs them again.
    assert Program([DOMAIN, A_IS_B, B_IS_C]).triggered([0, 1, 2]) == []


def test_rules_that_go_round_in_circles_end() -> None:
    back = Rule("c-a", (Atom(X, RDF["type"], A),), (Atom(X, RDF["type"], C),))

    chains = find_chains([A_IS_B, B_IS_C, back])

    assert atoms(chains, 0) == [Atom(X, RDF["type"], each) for each in (B, C, A)]


def test_a_literal_is_no_subject_in_between() -> None:
    forth = Rule("forth", (Atom(X, S, Y),), (Atom(Y, R, X),))

    (_, conclusion) = find_chains([INVERSE, forth]).conclusions[0]

    assert conclusion == Conclusion(Atom(X, S, Y), 1, Base.FACT, None, frozenset({Y}))
    assert Program([INVERSE, forth]).plans[0].heads[1].needed == (2,)


def test_a_rule_that_applies_to_some_of_a_head_waits_for_the_next_round() -> None:
    any_predicate = Rule("any", (Atom(X, P, Z),), (Atom(X, P, Y), Atom(Y, P, Z)))
    of_itself = Rule("itself", (Atom(X, RDF["type"], A),), (Atom(X, S, X),))
    subproperty = Rule("q-s", (Atom(X, S, Y),), (Atom(X, Q, Y),))
    rules = [any_predicate, of_itself, subproperty]

    assert find_chains(rules).later == {(0, 1), (0, 2), (2, 1)}
    triggered = Program(rules).triggered([2])
    assert [(plan.rule, plan.start) for plan in triggered] == [(0, 0), (0, 1), (1, 0)]


def test_a_rule_with_a_filter_waits() -> None:
    filtered = Rule("f", A_IS_B.head, A_IS_B.body, (Expression("isIRI", (X,)),))

    chains = find_chains([DOMAIN, filtered])

    assert atoms(chains, 0) == [Atom(X, RDF["type"], A)]
    assert [plan.rule for plan in Program([DOMAIN, filtered]).triggered([0])] == [1]


def test_a_chain_stands_where_all_its_rules_do() -> None:
    reading = Rule("r", A_IS_B.head, A_IS_B.body, status=Status.READING)
    plan = Rule("p", B_IS_C.head, B_IS_C.body, status=Status.PLAN)
    hypothesis = Rule("h", (Atom(X, Q, C),), B_IS_C.head, status=Status.HYPOTHESIS)

    chains = find_chains([DOMAIN, reading, plan, hypothesis])

    stands = [(each.rule, each.base, each.world) for each in chains.conclusions[0]]
    # No triple stands in two worlds, so the hypothesis adds nothing to the plan.
    assert stands == [
        (0, Base.FACT, None),
        (1, Base.READING, None),
        (2, Base.READING, plan.world),
    ]


def test_a_proof_has_a_step_for_each_rule() -> None:
    program = Program([DOMAIN, A_IS_B], is_chained=False)

    assert [len(plan.heads) for plan in program.plans] == [1, 1]
    assert [plan.rule for plan in program.triggered([0])] == [1]
