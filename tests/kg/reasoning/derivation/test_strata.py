"""Rules with NOT EXISTS and aggregates: what they read and derive at each base."""

import pytest
from pyoxigraph import Literal, RdfFormat, Variable, parse

from kg.errors import Contradiction, LimitExceeded, UnstratifiedRules
from kg.namespaces import ID, RDF, XSD
from kg.reasoning.derivation.derive import Derivations, Premise, derive
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status
from tests.kg.reasoning.derivation.test_derive import lines

G, N, X, Y, Z = map(Variable, "gnxyz")
PREFIX = "@prefix : <https://w3id.org/glocal/id/> .\n"


def premises(text: str, status: Status = Status.FACT, holder: str = "") -> list[Premise]:
    held_by = ID[holder] if holder else None
    triples = [quad.triple for quad in parse(PREFIX + text, RdfFormat.TURTLE)]
    return [Premise(triple, status, held_by) for triple in triples]


def implies(narrow: str, broad: str, status: Status | None = None) -> Rule:
    return Rule(broad, (Atom(X, ID[broad], Y),), (Atom(X, ID[narrow], Y),), status=status)


def unless(made: str, read: str, absent: str, status: Status | None = None) -> Rule:
    """`?x made ?y` where `?x read ?y` and not `?x absent ?z`."""
    head, body = (Atom(X, ID[made], Y),), (Atom(X, ID[read], Y),)
    negated = (Negation((Atom(X, ID[absent], Z),)),)
    return Rule(made, head, body, status=status, negated=negated)


def count(made: str, grouped: str, filters: tuple[Expression, ...] = ()) -> Rule:
    """`?g made ?n` where n things have the property `grouped` with value g."""
    aggregate = Aggregate((G,), "COUNT", X, N, (Atom(X, ID[grouped], G),))
    return Rule(made, (Atom(G, ID[made], N),), (), filters, aggregate=aggregate)


STEP = Rule(
    "step",
    (Atom(X, ID["r"], Z),),
    (Atom(X, ID["r"], Y), Atom(Y, ID["p"], Z)),
    negated=(Negation((Atom(Z, ID["q"], Z),)),),
)
TWO = Literal("2", datatype=XSD["integer"])
# What is asserted, the rules, and all that follows.
FOLLOWING = {
    "what is derived from an absence among facts is a reading": (
        premises(":a :p :b . :c :p :d ; :q :e ."),
        [unless("r", "p", "q")],
        {"a r b Reading"},
    ),
    "what is derived as a thesis is not absent": (
        premises(":a :p :b ."),
        [unless("r", "p", "q"), implies("p", "q", Status.THESIS)],
        {"a q b Thesis"},
    ),
    "a rule with an absence waits for the strata below": (
        premises(":a :p :b . :c :p :d ; :o :e ."),
        [unless("s", "p", "r"), unless("r", "p", "q"), implies("o", "q")],
        {"c q e Fact", "a r b Reading", "c s d Reading"},
    ),
    "a rule above a negation still derives facts from facts": (
        premises(":a :p :b . :c :r :d ."),
        [implies("r", "s"), unless("r", "p", "q")],
        {"a r b Reading", "a s b Reading", "c s d Fact"},
    ),
    "recursion through the plain patterns goes on in its stratum": (
        premises(":a :r :b . :b :p :c . :c :p :d . :d :p :e ; :q :d ."),
        [STEP],
        {"a r c Reading"},
    ),
    "a claim hides nothing outside of its world and counts there": (
        [
            *premises(":a :p :b ."),
            *premises(":a :q :c . :d :p :e . :f :p :g ; :q :g .", Status.CLAIM, "Ann"),
            *premises(":d :q :c .", Status.CLAIM, "Bob"),
        ],
        [unless("r", "p", "q")],
        {"a r b Reading", "d r e Reading in Ann"},
    ),
    "a hypothesis from an absence needs the readings": (
        premises(":a :p :b ."),
        [unless("r", "p", "q", Status.HYPOTHESIS)],
        {"a r b Reading in hypotheses"},
    ),
    "a plan from an absence needs the readings": (
        premises(":a :p :b ."),
        [unless("r", "p", "q", Status.PLAN)],
        {"a r b Reading in plans"},
    ),
    "a count takes in what stands at any base, and anew what is claimed": (
        [
            *premises(":a :p :g ."),
            *premises(":b :p :g .", Status.THESIS),
            *premises(":c :p :g .", Status.CLAIM, "Ann"),
            *premises(":a :p :g .", Status.CLAIM, "Bob"),
        ],
        [count("n", "p")],
        {"g n 2 Reading", "g n 3 Reading in Ann"},
    ),
    "a count is read by filters and by rules above": (
        premises(":a :p :g, :h . :b :p :g ."),
        [count("n", "p", (Expression(">=", (N, TWO)),)), implies("n", "size")],
        {"g n 2 Reading", "g size 2 Reading"},
    ),
    "a term that a count makes is no subject": (
        premises(":a :p :g ."),
        [count("n", "p"), Rule("back", (Atom(Y, ID["of"], X),), (Atom(X, ID["n"], Y),))],
        {"g n 1 Reading"},
    ),
}


@pytest.mark.parametrize("name", FOLLOWING)
def test_this_follows_and_nothing_else(name: str) -> None:
    asserted, rules, expected = FOLLOWING[name]

    assert lines(derive(asserted, rules)) == expected


@pytest.mark.parametrize("status", [status for status in Status if status.holds])
def test_what_is_there_at_any_base_is_not_absent(status: Status) -> None:
    asserted = premises(":a :p :b .") + premises(":a :q :c .", status)

    assert derive(asserted, [unless("r", "p", "q")]).derivations == ()


def test_a_triple_stands_under_every_rule_of_every_stratum_that_derives_it() -> None:
    rules = [implies("p", "r", Status.READING), unless("s", "p", "q"), unless("r", "p", "q")]
    rules[2] = Rule("other", rules[2].head, rules[2].body, negated=rules[2].negated)

    closure = derive(premises(":a :p :b ."), rules)

    made = {one.rule for one in closure.derivations if one.triple.predicate == ID["r"]}
    assert made == {"r", "other"}


def test_a_contradiction_may_rest_on_an_absence() -> None:
    demand = unless("r", "p", "q")
    contradiction = Rule("closed", (), demand.body, negated=demand.negated)

    with pytest.raises(Contradiction) as caught:
        derive(premises(":a :p :b ."), [contradiction])

    assert caught.value.terms == ["id:a id:p id:b"]
    assert derive(premises(":a :p :b ; :q :c ."), [contradiction]) == Derivations((), ())


def test_parts_of_a_not_exists_that_share_no_variable_do_not_multiply() -> None:
    everyone = "".join(f":x{n} :q :y{n} ; :s :z{n} . " for n in range(20_000))
    parts = (Atom(Y, ID["q"], Z), Atom(G, ID["s"], N))
    head, body = (Atom(X, RDF["type"], ID["C"]),), (Atom(X, ID["p"], X),)
    asserted = premises(":a :p :a . :b :p :b ." + everyone)

    closure = derive(asserted, [Rule("r", head, body, negated=(Negation(parts),))], max_seconds=60)

    assert closure.derivations == ()


def test_limits_stop_a_join_inside_a_negation() -> None:
    asserted = premises("".join(f":x{n} :p :y . " for n in range(400)))
    body = (Atom(X, ID["p"], Y), Atom(Z, ID["p"], Y))
    rule = Rule("r", (Atom(X, ID["r"], Z),), body, negated=(Negation((Atom(X, ID["q"], Z),)),))

    with pytest.raises(LimitExceeded, match="the rule r"):
        derive(asserted, [rule], max_triples=10_000)


def test_the_time_limit_stops_the_search_for_a_match_inside_a_negation() -> None:
    asserted = premises(":a :p :a . " + "".join(f":x{n} :q :y{n} . " for n in range(2_000)))
    apart = Negation((Atom(Y, ID["q"], Z), Atom(G, ID["q"], N)), (Expression("=", (Y, N)),))
    body = (Atom(X, ID["p"], X),)

    with pytest.raises(LimitExceeded, match="The running rule was r"):
        derive(asserted, [Rule("r", (), body, negated=(apart,))], max_seconds=0.1)


def test_rules_without_strata_are_refused() -> None:
    with pytest.raises(UnstratifiedRules, match="r derives id:r; q derives id:q"):
        derive(premises(":a :p :b ."), [unless("r", "p", "q"), implies("r", "q")])
