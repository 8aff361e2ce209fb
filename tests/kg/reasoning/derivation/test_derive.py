"""Deriving: bases, worlds, rules, limits."""

import gc

import pytest
from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.errors import Contradiction, LimitExceeded
from kg.namespaces import GLOCAL, ID, RDF, expand
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
from tests.kg.reasoning.given import quads

X, Y, Z, P = Variable("x"), Variable("y"), Variable("z"), Variable("p")
TYPE = RDF["type"]


def triples(text: str) -> list[Triple]:
    return [quad.triple for quad in quads(text)]


def premises(
    text: str, status: Status = Status.FACT, holder: NamedNode | None = None
) -> list[Premise]:
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


def lines(closure: Derivations) -> set[str]:
    """Each derivation as local names, and where it stands: `a q b Fact in Barber`."""

    def local(term: object) -> str:
        return getattr(term, "value", "").rpartition("/")[2].rpartition("#")[2]

    return {" ".join([*map(local, one.triple), where(one.standing)]) for one in closure.derivations}


def where(standing: Standing) -> str:
    """For example `Thesis` or `Fact in Barber`."""
    base = standing.base.status.value
    return f"{base} in {standing.world.name}" if standing.world else base


def rule(head: str, body: str, *filters: Expression) -> Rule:
    """The rule of these patterns, in which `?x`, `?y`, `?z` and `?p` are variables."""

    def atoms(text: str) -> tuple[Atom, ...]:
        words = [expand(word) if ":" in word else Variable(word[1:]) for word in text.split()]
        return tuple(Atom(*words[start : start + 3]) for start in range(0, len(words), 3))

    return Rule("rule", atoms(head), atoms(body), filters)


AB = "id:a :p id:b ."
# What is asserted, the rules, and all that follows.
FOLLOWING = {
    "a fact and a thesis make a thesis": (
        [*premises(AB), *premises("id:b :q id:c .", Status.THESIS)],
        [chain("p", "q", "r")],
        {"a r c Thesis"},
    ),
    "what follows from a claim stays in the world of its holder": (
        premises(AB, Status.CLAIM, ID["Barber"]),
        [implies("p", "q"), implies("q", "r")],
        {"a q b Fact in Barber", "a r b Fact in Barber"},
    ),
    # In the world of Toly it stands only where it stands for everybody.
    "a triple keeps every strongest standing": (
        [
            *premises(AB, Status.READING),
            *premises("id:a :o id:b .", Status.CLAIM, ID["Barber"]),
            *premises("id:a :x id:b .", Status.CLAIM, ID["Toly"]),
        ],
        [implies("p", "q"), implies("o", "q", Status.THESIS), implies("x", "q", Status.READING)],
        {"a q b Reading", "a q b Thesis in Barber"},
    ),
    "a world sees what stands at its base and no more": (
        [
            *premises(AB, Status.CLAIM, ID["Barber"]),
            *premises("id:b :q id:f ."),
            *premises("id:b :q id:t .", Status.THESIS),
            *premises("id:b :q id:r .", Status.READING),
            *premises("id:b :q id:s .", Status.RECOMMENDATION),
        ],
        [chain("p", "q", "r")],
        {"a r f Fact in Barber", "a r t Thesis in Barber", "a r r Reading in Barber"},
    ),
    "claims of two holders never mix": (
        [
            *premises(AB, Status.CLAIM, ID["Barber"]),
            *premises("id:b :q id:c .", Status.CLAIM, ID["Toly"]),
            *premises("id:b :q id:d .", Status.THESIS),
        ],
        [chain("p", "q", "r")],
        {"a r d Thesis in Barber"},
    ),
    "claims, hypotheses and plans never mix": (
        [
            *premises(AB, Status.CLAIM, ID["Barber"]),
            *premises("id:b :q id:c .", Status.HYPOTHESIS),
            *premises("id:c :r id:d .", Status.PLAN),
        ],
        [chain("p", "q", "x"), chain("q", "r", "y"), implies("p", "z", Status.HYPOTHESIS)],
        set(),
    ),
    "a hypothetical rule works on what stands without hypotheses": (
        premises(AB, Status.THESIS),
        [implies("p", "q", Status.HYPOTHESIS), implies("q", "r")],
        {"a q b Thesis in hypotheses", "a r b Thesis in hypotheses"},
    ),
    "what should be gives nothing": (
        [*premises(AB, Status.RECOMMENDATION), *premises("id:b :q id:c .")],
        [implies("p", "q"), chain("p", "q", "r")],
        set(),
    ),
    "what might have been gives nothing": (
        [*premises(AB, Status.COUNTERFACTUAL), *premises("id:b :q id:c .")],
        [implies("p", "q"), chain("p", "q", "r")],
        set(),
    ),
    "what is asserted is not derived again": (
        premises("id:a :p id:b ; :q id:b ."),
        [implies("p", "q")],
        set(),
    ),
    "what is asserted weakly may be derived strongly": (
        [*premises(AB), *premises("id:a :q id:b .", Status.THESIS)],
        [implies("p", "q")],
        {"a q b Fact"},
    ),
    "a cycle comes to an end": (
        premises("id:a :p id:b . id:b :p id:c . id:c :p id:a ."),
        [chain("p", "p", "p")],
        {f"{one} p {other} Fact" for one, other in ["ac", "ba", "cb", "aa", "bb", "cc"]},
    ),
    "a filter keeps a city from being its own partner": (
        premises("id:a :memberOf id:n . id:b :memberOf id:n ."),
        [
            rule(
                "?x glocal:coMemberWith ?y",
                "?x glocal:memberOf ?z ?y glocal:memberOf ?z",
                Expression("!=", (X, Y)),
            )
        ],
        {"a coMemberWith b Fact", "b coMemberWith a Fact"},
    ),
    "unequal terms that are equal in value do not differ": (
        premises("id:a :p 1 ; :q 1.0 . id:b :p 1 ; :q 2 ."),
        [rule("?x rdf:type glocal:C", "?x glocal:p ?y ?x glocal:q ?z", Expression("!=", (Y, Z)))],
        {"b type C Fact"},
    ),
    "a rule may range over predicates": (
        premises("id:a :p id:b ; :q id:c . :p a :Symmetric ."),
        [rule("?y ?p ?x", "?x ?p ?y ?p rdf:type glocal:Symmetric")],
        {"b p a Fact"},
    ),
    "a literal is never a subject": (
        premises("id:a :p id:b , 7 ."),
        [rule("?y glocal:q ?x", "?x glocal:p ?y"), rule("?y rdf:type glocal:C", "?x glocal:p ?y")],
        {"b q a Fact", "b type C Fact"},
    ),
    # Neither with 7 as its subject nor with 7 as its predicate.
    "what a variable predicate makes is a triple of RDF": (
        premises(":p a :Turned . id:a :p id:b , 7 ."),
        [
            rule("?y ?p ?x", "?x ?p ?y ?p rdf:type glocal:Turned"),
            rule("?x ?y ?x", "?x glocal:p ?y"),
        ],
        {"b p a Fact", "a b a Fact", "b a b Fact"},
    ),
    "a rule with several heads makes them all": (
        premises(AB),
        [rule("?x rdf:type glocal:C ?y glocal:q ?x", "?x glocal:p ?y")],
        {"a type C Fact", "b q a Fact"},
    ),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_this_follows_and_nothing_else(name: str) -> None:
    asserted, rules, expected = FOLLOWING[name]

    closure = derive(asserted, rules)

    assert (lines(closure), closure.contradictions) == (expected, ())


def test_a_derivation_names_triple_rule_and_standing() -> None:
    closure = derive(premises("id:a :p id:b ."), [implies("p", "q")])

    (expected,) = triples("id:a :q id:b .")
    assert closure == Derivations((Derivation(expected, "p-q", Standing(Base.FACT)),), ())


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

    assert lines(closure) == {f"a q b {expected}"}


def test_only_what_says_the_same_as_an_asserted_claim_restates_it() -> None:
    inverse = Rule("same", (Atom(Y, GLOCAL["q"], X),), (Atom(X, GLOCAL["p"], Y),), restates=True)
    rules = [inverse, implies("o", "p"), implies("q", "r")]
    asserted = premises("id:a :p id:b . id:c :o id:d .", Status.CLAIM, ID["Barber"])

    closure = derive(asserted, rules)

    assert lines(closure) == {
        f"{made} Fact in Barber" for made in ("b q a", "c p d", "d q c", "b r a", "d r c")
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


def test_what_is_derived_strongly_is_not_reported_weakly() -> None:
    asserted = premises("id:a :p id:b .") + premises("id:a :x id:b .", Status.THESIS)

    closure = derive(asserted, [implies("p", "q"), implies("x", "q")])

    assert [each.rule for each in closure.derivations] == ["p-q"]


def test_a_triple_is_reported_under_each_rule_that_derives_it() -> None:
    rules = [implies("p", "q"), implies("x", "q"), implies("q", "r"), implies("r", "q")]

    closure = derive(premises("id:a :p id:b ; :x id:b ."), rules)

    assert [each.rule for each in closure.derivations] == ["p-q", "q-r", "r-q", "x-q"]


def test_a_literal_may_be_an_object() -> None:
    closure = derive(premises("id:a :p 7 ."), [implies("p", "q")])

    integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    assert closure.derivations[0].triple.object == Literal("7", datatype=integer)


@pytest.mark.parametrize("status", [Status.FACT, Status.THESIS, Status.READING])
def test_a_contradiction_at_any_base_is_raised(status: Status) -> None:
    asserted = premises("id:a a :City .") + premises("id:a a :State .", status)

    with pytest.raises(Contradiction) as caught:
        derive(asserted, [disjoint("City", "State")])

    assert caught.value.rule == "no-City-State"
    assert caught.value.terms == ["id:a rdf:type glocal:City", "id:a rdf:type glocal:State"]


def test_a_contradiction_of_a_claim_is_listed_with_its_holder() -> None:
    asserted = premises("id:a a :City .")
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
    asserted = premises("id:a a :City , :State .")

    closure = derive(asserted, [disjoint("City", "State", Status.HYPOTHESIS)])

    assert [each.standing for each in closure.contradictions] == [Standing(Base.FACT, HYPOTHESES)]


def test_too_many_triples_are_refused_inside_a_join() -> None:
    members = " ".join(f"id:m{number} :memberOf id:n ." for number in range(300))
    body = (Atom(X, GLOCAL["memberOf"], Z), Atom(Y, GLOCAL["memberOf"], Z))
    rule = Rule("co-membership", (Atom(X, GLOCAL["coMemberWith"], Y),), body)

    with pytest.raises(LimitExceeded, match="co-membership") as caught:
        derive(premises(members), [rule], max_triples=10_000)

    assert (caught.value.limit, caught.value.allowed) == ("max_triples", 10_000)
    assert gc.isenabled()


def test_a_derivation_that_takes_too_long_is_refused() -> None:
    with pytest.raises(LimitExceeded) as caught:
        derive(premises("id:a :p id:b ."), [implies("p", "q")], max_seconds=0)

    assert caught.value.limit == "max_seconds"


def test_the_order_of_premises_does_not_matter() -> None:
    asserted = premises("id:a :p id:b . id:b :p id:c . id:c :q id:d .")
    rules = [chain("p", "p", "p"), chain("p", "q", "r")]

    there, back = derive(asserted, rules), derive(asserted[::-1], rules)

    assert set(there.derivations) == set(back.derivations)
    assert len(there.derivations) == 3
