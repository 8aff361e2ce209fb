"""Deriving: bases, worlds, rules, limits."""

import gc

import pytest
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, Variable, parse

from kg.errors import Contradiction, LimitExceeded
from kg.namespaces import GLOCAL, ID, RDF
from kg.reasoning.derivation.derive import (
    Derivation,
    Derivations,
    Premise,
    WorldContradiction,
    derive,
)
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.statuses import HYPOTHESES, PLANS, Base, Standing, Status, World

X, Y, Z, P = Variable("x"), Variable("y"), Variable("z"), Variable("p")
TYPE = RDF["type"]
PREFIXES = """@prefix : <https://w3id.org/glocal/ontology#> .
@prefix id: <https://w3id.org/glocal/id/> .
"""


def triples(text: str) -> list[Triple]:
    return [quad.triple for quad in parse(PREFIXES + text, RdfFormat.TURTLE)]


def premises(text: str, status: Status, holder: NamedNode | None = None) -> list[Premise]:
    return [Premise(triple, status, holder) for triple in triples(text)]


def chain(first: str, second: str, made: str, status: Status | None = None) -> Rule:
    body = (Atom(X, GLOCAL[first], Y), Atom(Y, GLOCAL[second], Z))
    return Rule(f"chain-{made}", (Atom(X, GLOCAL[made], Z),), body, status=status)


def implies(narrow: str, broad: str, status: Status | None = None) -> Rule:
    head, body = (Atom(X, GLOCAL[broad], Y),), (Atom(X, GLOCAL[narrow], Y),)
    return Rule(f"{narrow}-{broad}", head, body, status=status)


def disjoint(one: str, other: str, status: Status | None = None) -> Rule:
    body = (Atom(X, TYPE, GLOCAL[one]), Atom(X, TYPE, GLOCAL[other]))
    return Rule(f"no-{one}-{other}", (), body, status=status)


def lines(closure: Derivations) -> set[tuple[str, str, str, str]]:
    """Each derivation as local names: subject, predicate, object, and where it stands."""

    def local(term: object) -> str:
        return getattr(term, "value", "").rpartition("/")[2].rpartition("#")[2]

    return {(*map(local, one.triple), where(one.standing)) for one in closure.derivations}


def where(standing: Standing) -> str:
    """For example `Thesis` or `Fact in Barber`."""
    base = standing.base.status.value
    return f"{base} in {standing.world.name}" if standing.world else base


def test_a_derivation_names_triple_rule_and_standing() -> None:
    closure = derive(premises("id:a :p id:b .", Status.FACT), [implies("p", "q")])

    (expected,) = triples("id:a :q id:b .")
    assert closure == Derivations((Derivation(expected, "p-q", Standing(Base.FACT)),), ())


def test_a_fact_and_a_thesis_make_a_thesis() -> None:
    asserted = premises("id:a :p id:b .", Status.FACT) + premises("id:b :q id:c .", Status.THESIS)

    assert lines(derive(asserted, [chain("p", "q", "r")])) == {("a", "r", "c", "Thesis")}


@pytest.mark.parametrize(
    ("premise", "rule", "expected"),
    [
        (Status.FACT, None, "Fact"),
        (Status.CITED_DATA, None, "Fact"),
        (Status.BIBLIOGRAPHIC, Status.FACT, "Fact"),
        (Status.FACT, Status.BACKGROUND, "Background"),
        (Status.BACKGROUND, None, "Background"),
        (Status.BACKGROUND, Status.THESIS, "Thesis"),
        (Status.THESIS, Status.BACKGROUND, "Thesis"),
        (Status.THESIS, Status.READING, "Reading"),
        (Status.READING, None, "Reading"),
        (Status.FACT, Status.HYPOTHESIS, "Fact in hypotheses"),
        (Status.READING, Status.HYPOTHESIS, "Reading in hypotheses"),
        (Status.HYPOTHESIS, Status.THESIS, "Thesis in hypotheses"),
        (Status.PLAN, None, "Fact in plans"),
        (Status.BACKGROUND, Status.PLAN, "Background in plans"),
    ],
)
def test_the_weakest_of_premise_and_rule_decides(
    premise: Status, rule: Status | None, expected: str
) -> None:
    closure = derive(premises("id:a :p id:b .", premise), [implies("p", "q", rule)])

    assert lines(closure) == {("a", "q", "b", expected)}


@pytest.mark.parametrize("status", [Status.RECOMMENDATION, Status.COUNTERFACTUAL])
def test_what_should_be_or_might_have_been_gives_nothing(status: Status) -> None:
    asserted = premises("id:a :p id:b .", status) + premises("id:b :q id:c .", Status.FACT)

    assert derive(asserted, [implies("p", "q"), chain("p", "q", "r")]) == Derivations((), ())


def test_what_follows_from_a_claim_stays_in_the_world_of_its_holder() -> None:
    asserted = premises("id:a :p id:b .", Status.CLAIM, ID["Barber"])

    closure = derive(asserted, [implies("p", "q"), implies("q", "r")])

    assert lines(closure) == {
        ("a", "q", "b", "Fact in Barber"),
        ("a", "r", "b", "Fact in Barber"),
    }


def test_only_what_says_the_same_as_an_asserted_claim_restates_it() -> None:
    inverse = Rule("same", (Atom(Y, GLOCAL["q"], X),), (Atom(X, GLOCAL["p"], Y),), restates=True)
    rules = [inverse, implies("o", "p"), implies("q", "r")]
    asserted = premises("id:a :p id:b . id:c :o id:d .", Status.CLAIM, ID["Barber"])

    closure = derive(asserted, rules)

    assert lines(closure) == {
        ("b", "q", "a", "Fact in Barber"),
        ("c", "p", "d", "Fact in Barber"),
        ("d", "q", "c", "Fact in Barber"),
        ("b", "r", "a", "Fact in Barber"),
        ("d", "r", "c", "Fact in Barber"),
    }
    (restated,) = triples("id:b :q id:a .")
    assert [one.triple for one in closure.derivations if one.restates] == [restated]


@pytest.mark.parametrize("status", [Status.THESIS, Status.HYPOTHESIS])
def test_only_claims_are_restated(status: Status) -> None:
    same = Rule("same", (Atom(Y, GLOCAL["p"], X),), (Atom(X, GLOCAL["p"], Y),), restates=True)

    closure = derive(premises("id:a :p id:b .", status), [same])

    assert [one.restates for one in closure.derivations] == [False]


def test_a_triple_may_restate_a_claim_by_one_rule_and_follow_by_another() -> None:
    same = Rule("same", (Atom(X, GLOCAL["q"], Y),), (Atom(X, GLOCAL["p"], Y),), restates=True)
    asserted = premises("id:a :p id:b ; :o id:b .", Status.CLAIM, ID["Barber"])

    closure = derive(asserted, [same, implies("o", "q")])

    assert {(one.rule, one.restates) for one in closure.derivations} == {
        ("same", True),
        ("o-q", False),
    }


def test_a_triple_keeps_every_strongest_standing() -> None:
    asserted = [
        *premises("id:a :p id:b .", Status.READING),
        *premises("id:a :o id:b .", Status.CLAIM, ID["Barber"]),
        *premises("id:a :x id:b .", Status.CLAIM, ID["Toly"]),
    ]
    rules = [implies("p", "q"), implies("o", "q", Status.THESIS), implies("x", "q", Status.READING)]

    # In the world of Toly it stands only where it stands for everybody.
    assert lines(derive(asserted, rules)) == {
        ("a", "q", "b", "Reading"),
        ("a", "q", "b", "Thesis in Barber"),
    }


def test_a_world_sees_what_stands_at_its_base_and_no_more() -> None:
    asserted = [
        *premises("id:a :p id:b .", Status.CLAIM, ID["Barber"]),
        *premises("id:b :q id:f .", Status.FACT),
        *premises("id:b :q id:t .", Status.THESIS),
        *premises("id:b :q id:r .", Status.READING),
        *premises("id:b :q id:s .", Status.RECOMMENDATION),
    ]

    assert lines(derive(asserted, [chain("p", "q", "r")])) == {
        ("a", "r", "f", "Fact in Barber"),
        ("a", "r", "t", "Thesis in Barber"),
        ("a", "r", "r", "Reading in Barber"),
    }


def test_claims_of_two_holders_never_mix() -> None:
    asserted = [
        *premises("id:a :p id:b .", Status.CLAIM, ID["Barber"]),
        *premises("id:b :q id:c .", Status.CLAIM, ID["Toly"]),
        *premises("id:b :q id:d .", Status.THESIS),
    ]

    closure = derive(asserted, [chain("p", "q", "r")])

    assert lines(closure) == {("a", "r", "d", "Thesis in Barber")}


def test_claims_hypotheses_and_plans_never_mix() -> None:
    asserted = [
        *premises("id:a :p id:b .", Status.CLAIM, ID["Barber"]),
        *premises("id:b :q id:c .", Status.HYPOTHESIS),
        *premises("id:c :r id:d .", Status.PLAN),
    ]
    rules = [chain("p", "q", "x"), chain("q", "r", "y"), implies("p", "z", Status.HYPOTHESIS)]

    assert derive(asserted, rules) == Derivations((), ())


def test_a_hypothetical_rule_works_on_what_stands_without_hypotheses() -> None:
    asserted = premises("id:a :p id:b .", Status.THESIS)
    rules = [implies("p", "q", Status.HYPOTHESIS), implies("q", "r")]

    assert lines(derive(asserted, rules)) == {
        ("a", "q", "b", "Thesis in hypotheses"),
        ("a", "r", "b", "Thesis in hypotheses"),
    }


def test_what_is_asserted_is_not_derived_again() -> None:
    asserted = premises("id:a :p id:b ; :q id:b .", Status.FACT)

    assert derive(asserted, [implies("p", "q")]) == Derivations((), ())


def test_what_is_asserted_weakly_may_be_derived_strongly() -> None:
    asserted = premises("id:a :p id:b .", Status.FACT) + premises("id:a :q id:b .", Status.THESIS)

    assert lines(derive(asserted, [implies("p", "q")])) == {("a", "q", "b", "Fact")}


def test_what_is_derived_strongly_is_not_reported_weakly() -> None:
    asserted = premises("id:a :p id:b .", Status.FACT) + premises("id:a :x id:b .", Status.THESIS)

    closure = derive(asserted, [implies("p", "q"), implies("x", "q")])

    assert [each.rule for each in closure.derivations] == ["p-q"]


def test_a_triple_is_reported_under_each_rule_that_derives_it() -> None:
    rules = [implies("p", "q"), implies("x", "q"), implies("q", "r"), implies("r", "q")]

    closure = derive(premises("id:a :p id:b ; :x id:b .", Status.FACT), rules)

    assert [each.rule for each in closure.derivations] == ["p-q", "q-r", "r-q", "x-q"]


def test_a_cycle_comes_to_an_end() -> None:
    asserted = premises("id:a :p id:b . id:b :p id:c . id:c :p id:a .", Status.FACT)

    closure = derive(asserted, [chain("p", "p", "p")])

    assert {line[:3] for line in lines(closure)} == {
        (one, "p", other) for one, other in ["ac", "ba", "cb", "aa", "bb", "cc"]
    }


def test_a_filter_keeps_a_city_from_being_its_own_partner() -> None:
    body = (Atom(X, GLOCAL["memberOf"], Z), Atom(Y, GLOCAL["memberOf"], Z))
    head = (Atom(X, GLOCAL["coMemberWith"], Y),)
    rule = Rule("co-membership", head, body, (Expression("!=", (X, Y)),))

    closure = derive(premises("id:a :memberOf id:n . id:b :memberOf id:n .", Status.FACT), [rule])

    assert {line[:3] for line in lines(closure)} == {
        ("a", "coMemberWith", "b"),
        ("b", "coMemberWith", "a"),
    }


def test_unequal_terms_that_are_equal_in_value_do_not_differ() -> None:
    body = (Atom(X, GLOCAL["p"], Y), Atom(X, GLOCAL["q"], Z))
    rule = Rule("r", (Atom(X, TYPE, GLOCAL["C"]),), body, (Expression("!=", (Y, Z)),))

    closure = derive(premises("id:a :p 1 ; :q 1.0 . id:b :p 1 ; :q 2 .", Status.FACT), [rule])

    assert {line[:3] for line in lines(closure)} == {("b", "type", "C")}


def test_a_rule_may_range_over_predicates() -> None:
    body = (Atom(X, P, Y), Atom(P, TYPE, GLOCAL["Symmetric"]))
    rule = Rule("symmetric", (Atom(Y, P, X),), body)

    closure = derive(premises("id:a :p id:b ; :q id:c . :p a :Symmetric .", Status.FACT), [rule])

    assert {line[:3] for line in lines(closure)} == {("b", "p", "a")}


def test_a_literal_is_never_a_subject() -> None:
    inverse = Rule("inverse", (Atom(Y, GLOCAL["q"], X),), (Atom(X, GLOCAL["p"], Y),))
    typed = Rule("range", (Atom(Y, TYPE, GLOCAL["C"]),), (Atom(X, GLOCAL["p"], Y),))

    closure = derive(premises("id:a :p id:b , 7 .", Status.FACT), [inverse, typed])

    assert {line[:3] for line in lines(closure)} == {("b", "q", "a"), ("b", "type", "C")}


def test_what_a_variable_predicate_makes_is_a_triple_of_rdf() -> None:
    turned = Rule("turned", (Atom(Y, P, X),), (Atom(X, P, Y), Atom(P, TYPE, GLOCAL["Turned"])))
    moved = Rule("moved", (Atom(X, Y, X),), (Atom(X, GLOCAL["p"], Y),))

    closure = derive(premises(":p a :Turned . id:a :p id:b , 7 .", Status.FACT), [turned, moved])

    # Neither with 7 as its subject nor with 7 as its predicate.
    assert {line[:3] for line in lines(closure)} == {
        ("b", "p", "a"),
        ("a", "b", "a"),
        ("b", "a", "b"),
    }


def test_a_literal_may_be_an_object() -> None:
    closure = derive(premises("id:a :p 7 .", Status.FACT), [implies("p", "q")])

    integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    assert closure.derivations[0].triple.object == Literal("7", datatype=integer)


def test_a_rule_with_several_heads_makes_them_all() -> None:
    heads = (Atom(X, TYPE, GLOCAL["C"]), Atom(Y, GLOCAL["q"], X))
    rule = Rule("both", heads, (Atom(X, GLOCAL["p"], Y),))

    closure = derive(premises("id:a :p id:b .", Status.FACT), [rule])

    assert {line[:3] for line in lines(closure)} == {("a", "type", "C"), ("b", "q", "a")}


@pytest.mark.parametrize("status", [Status.FACT, Status.THESIS, Status.READING])
def test_a_contradiction_at_any_base_is_raised(status: Status) -> None:
    asserted = premises("id:a a :City .", Status.FACT) + premises("id:a a :State .", status)

    with pytest.raises(Contradiction) as caught:
        derive(asserted, [disjoint("City", "State")])

    assert caught.value.rule == "no-City-State"
    assert caught.value.terms == ["id:a rdf:type glocal:City", "id:a rdf:type glocal:State"]


def test_a_contradiction_of_a_claim_is_listed_with_its_holder() -> None:
    asserted = premises("id:a a :City .", Status.FACT)
    asserted += premises("id:a a :State .", Status.CLAIM, ID["Barber"])

    closure = derive(asserted, [disjoint("City", "State")])

    clashing = tuple(triples("id:a a :City , :State ."))
    world = World(Status.CLAIM, ID["Barber"])
    clash = WorldContradiction("no-City-State", clashing, Standing(Base.FACT, world))
    assert closure == Derivations((), (clash,))


def test_a_contradiction_in_a_world_is_listed_at_its_strongest_base_only() -> None:
    asserted = premises("id:a a :City .", Status.THESIS) + premises("id:a a :State .", Status.PLAN)

    closure = derive(asserted, [disjoint("City", "State")])

    assert [one.standing for one in closure.contradictions] == [Standing(Base.THESIS, PLANS)]


def test_what_different_holders_claim_does_not_clash() -> None:
    asserted = premises("id:a a :City .", Status.CLAIM, ID["Toly"])
    asserted += premises("id:a a :State .", Status.CLAIM, ID["Barber"])

    assert derive(asserted, [disjoint("City", "State")]) == Derivations((), ())


def test_a_hypothetical_prohibition_does_not_stop_what_holds() -> None:
    asserted = premises("id:a a :City , :State .", Status.FACT)

    closure = derive(asserted, [disjoint("City", "State", Status.HYPOTHESIS)])

    assert [each.standing for each in closure.contradictions] == [Standing(Base.FACT, HYPOTHESES)]


def test_too_many_triples_are_refused_inside_a_join() -> None:
    members = " ".join(f"id:m{number} :memberOf id:n ." for number in range(300))
    body = (Atom(X, GLOCAL["memberOf"], Z), Atom(Y, GLOCAL["memberOf"], Z))
    rule = Rule("co-membership", (Atom(X, GLOCAL["coMemberWith"], Y),), body)

    with pytest.raises(LimitExceeded, match="co-membership") as caught:
        derive(premises(members, Status.FACT), [rule], max_triples=10_000)

    assert (caught.value.limit, caught.value.allowed) == ("max_triples", 10_000)
    assert gc.isenabled()


def test_a_derivation_that_takes_too_long_is_refused() -> None:
    with pytest.raises(LimitExceeded) as caught:
        derive(premises("id:a :p id:b .", Status.FACT), [implies("p", "q")], max_seconds=0)

    assert caught.value.limit == "max_seconds"


def test_the_order_of_premises_does_not_matter() -> None:
    asserted = premises("id:a :p id:b . id:b :p id:c . id:c :q id:d .", Status.FACT)
    rules = [chain("p", "p", "p"), chain("p", "q", "r")]

    there, back = derive(asserted, rules), derive(asserted[::-1], rules)

    assert set(there.derivations) == set(back.derivations)
    assert len(there.derivations) == 3
