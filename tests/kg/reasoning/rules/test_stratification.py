"""The strata of rules, and sets of rules that have none."""

import pytest
from pyoxigraph import Variable

from kg.errors import UnstratifiedRules
from kg.namespaces import ID, RDF
from kg.reasoning.rules.patterns import Aggregate, Atom, Negation
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify

X, Y, P, N = map(Variable, "xypn")


def atom(name: str) -> Atom:
    """Return `?x p ?y` for `p`, `?x a C` for `C`, `?x ?p ?y` for `*`, `?x a ?y` for `a *`."""
    if name == "a *":
        return Atom(X, RDF["type"], Y)
    if name == "*":
        return Atom(X, P, Y)
    return Atom(X, RDF["type"], ID[name]) if name.isupper() else Atom(X, ID[name], Y)


def rule(name: str, head: str, body: str, absent: str = "", grouped: str = "") -> Rule:
    negated = tuple(Negation((atom(each),)) for each in absent.split(",") if each)
    counted = (atom(grouped),) if grouped else ()
    aggregate = Aggregate((X,), "COUNT", None, N, counted) if grouped else None
    atoms = tuple(atom(each) for each in body.split(",") if each)
    return Rule(
        name, (atom(head),), atoms, source=f"of {name}", negated=negated, aggregate=aggregate
    )


def names(rules: list[Rule]) -> list[list[str]]:
    return [[each.name for each in stratum] for stratum in stratify(rules)]


def test_rules_without_negation_are_one_stratum() -> None:
    assert names([rule("1", "q", "p"), rule("2", "p", "q")]) == [["1", "2"]]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("1", "q", "p"), rule("2", "r", "p", "q")], [["1"], ["2"]]),
        ([rule("2", "r", "p", "q"), rule("1", "q", "p")], [["1"], ["2"]]),
        ([rule("1", "r", "p", "q"), rule("2", "s", "p", "q")], [[], ["1", "2"]]),
        ([rule("1", "r", "p", "q"), rule("2", "s", "r")], [[], ["1", "2"]]),
        ([rule("1", "r", "p", "q"), rule("2", "s", "p", "r")], [[], ["1"], ["2"]]),
        ([rule("1", "r", "p", grouped="q"), rule("2", "s", "", grouped="r")], [[], ["1"], ["2"]]),
        ([rule("1", "r", "p,r", "q"), rule("2", "p", "r")], [[], ["1", "2"]]),
        ([rule("1", "B", "A", "C"), rule("2", "A", "D")], [["2"], ["1"]]),
        ([rule("1", "B", "A", "C"), rule("2", "D", "a *")], [[], ["1", "2"]]),
        ([rule("1", "r", "p", "q"), rule("2", "s", "*")], [[], ["1", "2"]]),
        ([rule("1", "r", "p", "A"), rule("2", "a *", "q")], [["2"], ["1"]]),
    ],
)
def test_a_rule_waits_for_what_it_reads_as_absent_or_in_groups(
    rules: list[Rule], expected: list[list[str]]
) -> None:
    assert names(rules) == expected


@pytest.mark.parametrize(
    ("rules", "cycle", "predicates"),
    [
        ([rule("1", "q", "p", "q")], ["1 (of 1)"], ["id:q"]),
        ([rule("1", "q", "p", grouped="q")], ["1 (of 1)"], ["id:q"]),
        (
            [
                rule("0", "o", "p"),
                rule("1", "A", "p", "r"),
                rule("2", "r", "q"),
                rule("3", "q", "A"),
            ],
            ["1 (of 1)", "3 (of 3)", "2 (of 2)"],
            ["rdf:type id:A", "id:q", "id:r"],
        ),
        (
            [rule("1", "A", "p", "q"), rule("2", "q", "p", "A")],
            ["1 (of 1)", "2 (of 2)"],
            ["rdf:type id:A", "id:q"],
        ),
        ([rule("1", "A", "p", "*")], ["1 (of 1)"], ["rdf:type id:A"]),
        ([rule("1", "A", "p", "a *")], ["1 (of 1)"], ["rdf:type id:A"]),
        ([rule("1", "*", "p,*", "q")], ["1 (of 1)"], ["any predicate"]),
    ],
)
def test_recursion_through_negation_or_an_aggregate_is_refused_with_its_cycle(
    rules: list[Rule], cycle: list[str], predicates: list[str]
) -> None:
    with pytest.raises(UnstratifiedRules) as caught:
        stratify(rules)

    assert caught.value.rules == cycle
    assert caught.value.predicates == predicates
    assert f"{cycle[0]} derives {predicates[0]}" in str(caught.value)


def test_a_class_is_no_other_class() -> None:
    absent = rule("1", "B", "A", "C")

    assert names([absent, rule("2", "D", "B")]) == [[], ["1", "2"]]
    with pytest.raises(UnstratifiedRules):
        stratify([absent, rule("2", "C", "B")])


def test_many_rules_are_sorted_quickly_enough_to_be_asked_each_time() -> None:
    chain = [rule(f"c{n}", f"p{n + 1}", f"p{n}") for n in range(3_000)]

    assert [len(one) for one in stratify([*chain, rule("n", "q", "p0", "p3000")])] == [3_000, 1]
