"""NOT EXISTS, aggregates and products in rule files, and the lines of their errors."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, Variable

from kg.errors import MalformedRule
from kg.namespaces import ID, RDF
from kg.reasoning.rules.patterns import Aggregate, Atom, Expression, Negation
from kg.reasoning.rules.rule import Rule, read_rule
from kg.statuses import HYPOTHESES, Base, Status

HEADER = """# rule (en): A.
# rule (zh): 甲。
# status: {status}
# source: a test
{product}PREFIX id: <https://w3id.org/glocal/id/>
"""
G, N, X, Y = map(Variable, "gnxy")
COUNT = "SELECT ?g (COUNT(?x) AS ?n)\nWHERE { ?x id:p ?g } GROUP BY ?g"
MULTIPLIES = (
    "the body is a product: two parts share no variable and name no individual; "
    "join them, or say why in a header line '# product: …'"
)
ALONE = "expected patterns, and nothing else but FILTER, inside {}; use a second rule for the rest"


def read(
    tmp_path: Path,
    where: str,
    head: str = "?g id:n ?n",
    product: str = "",
    status: str = "Reading",
) -> Rule:
    path = tmp_path / "a-rule.rq"
    query = f"CONSTRUCT {{ {head} }}\nWHERE {{\n{where}\n}}"
    path.write_text(HEADER.format(product=product, status=status) + query, encoding="utf-8")
    return read_rule(path)


def test_a_not_exists_is_read_with_its_filters(tmp_path: Path) -> None:
    where = "?g id:n ?n FILTER (?g != id:k && NOT EXISTS { ?g id:p ?x . FILTER (?x > ?n) })"

    rule = read(tmp_path, where)

    assert rule.body == (Atom(G, ID["n"], N),)
    assert rule.filters == (Expression("!=", (G, ID["k"])),)
    assert rule.negated == (Negation((Atom(G, ID["p"], X),), (Expression(">", (X, N)),)),)
    assert str(rule.negated[0]) == "?g id:p ?x, where ?x > ?n"
    assert not rule.is_monotone


@pytest.mark.parametrize("where", ["?g id:n ?n FILTER NOT EXISTS { ?g id:p ?x }", f"{{ {COUNT} }}"])
@pytest.mark.parametrize("status", ["neutral", "Fact", "Background", "Reading"])
def test_to_treat_the_data_as_closed_is_a_reading(tmp_path: Path, where: str, status: str) -> None:
    rule = read(tmp_path, where, status=status)

    assert (rule.status, rule.base, rule.world) == (Status.READING, Base.READING, None)


def test_a_hypothesis_that_treats_the_data_as_closed_stays_a_hypothesis(tmp_path: Path) -> None:
    where = "?g id:n ?n FILTER NOT EXISTS { ?g id:p ?x }"

    rule = read(tmp_path, where, status="Hypothesis")

    assert (rule.status, rule.base, rule.world) == (Status.HYPOTHESIS, Base.READING, HYPOTHESES)


def test_two_not_exists_are_two_negations(tmp_path: Path) -> None:
    rule = read(
        tmp_path,
        "?g id:n ?n FILTER NOT EXISTS { ?x id:p ?g } FILTER NOT EXISTS { ?g a id:C }",
    )

    first, second = (Atom(X, ID["p"], G),), (Atom(G, RDF["type"], ID["C"]),)
    assert rule.negated == (Negation(first), Negation(second))


def test_an_aggregate_is_read_with_its_having_as_a_filter(tmp_path: Path) -> None:
    rule = read(
        tmp_path,
        """?g a id:C . FILTER (?n < 9) {
            SELECT ?g (COUNT(DISTINCT ?x) AS ?n) WHERE { ?x id:p ?g FILTER (?x != id:k) }
            GROUP BY ?g HAVING (COUNT(DISTINCT ?x) > 2 && ?g != id:k) }""",
    )

    inner = (Expression("!=", (X, ID["k"])),)
    body = (Atom(X, ID["p"], G),)
    assert rule.aggregate == Aggregate((G,), "COUNT", X, N, body, inner, is_distinct=True)
    assert rule.body == (Atom(G, RDF["type"], ID["C"]),)
    assert rule.filters == (
        Expression(">", (N, Literal(2))),
        Expression("!=", (G, ID["k"])),
        Expression("<", (N, Literal(9))),
    )


@pytest.mark.parametrize("function", ["SUM", "MIN", "MAX", "AVG", "COUNT"])
def test_a_select_may_be_the_whole_where(tmp_path: Path, function: str) -> None:
    select = f"SELECT ?g ({function}(?x) AS ?n) WHERE {{ ?g id:p ?x }} GROUP BY ?g"

    rule = read(tmp_path, select)

    assert rule.body == ()
    assert rule.aggregate == Aggregate((G,), function, X, N, (Atom(G, ID["p"], X),))


def test_count_of_all_has_no_argument(tmp_path: Path) -> None:
    rule = read(tmp_path, "{ " + COUNT.replace("COUNT(?x)", "COUNT(*)") + " }")

    assert rule.aggregate
    assert rule.aggregate.argument is None


@pytest.mark.parametrize(
    ("where", "line", "reason"),
    [
        ("?g id:n ?n FILTER EXISTS { ?g a id:C }", 8, "EXISTS is not allowed in a rule; put"),
        ("?g id:n ?n FILTER (!EXISTS { ?g a id:C })", 8, "EXISTS is not allowed in a rule; put"),
        (
            "?g id:n ?n\nFILTER (?n = 1 || NOT EXISTS { ?g a id:C })",
            9,
            "NOT EXISTS must be a whole FILTER or an operand of its outer &&",
        ),
        (
            "?g id:n ?n\nFILTER NOT EXISTS { ?g a id:C FILTER NOT EXISTS { ?g a id:D } }",
            9,
            ALONE.format("NOT EXISTS"),
        ),
        ("?g id:n ?n\nFILTER NOT EXISTS { }", 9, ALONE.format("NOT EXISTS")),
        (
            "?g id:n ?n FILTER NOT EXISTS { ?g a id:C\nOPTIONAL { ?g a id:D } }",
            9,
            "OPTIONAL is not allowed in a rule; only patterns and FILTER are",
        ),
        (
            "?g id:n ?n\nFILTER NOT EXISTS { ?x a id:C FILTER (?y != ?g) }",
            9,
            "?y is in a filter but in no pattern",
        ),
        ("?g id:n ?n FILTER NOT EXISTS { ?y a id:C FILTER (?y != ?g) }", 7, MULTIPLIES),
        ("?g id:n ?n VALUES ?g { id:k }", 8, "VALUES is not allowed in a rule; only"),
        ("?g id:n ?n { ?g a id:C FILTER (?g != id:k) }", 8, "FILTER is not allowed in a rule; w"),
    ],
)
def test_what_a_not_exists_cannot_be_is_refused_with_its_line(
    tmp_path: Path, where: str, line: int, reason: str
) -> None:
    with pytest.raises(MalformedRule) as caught:
        read(tmp_path, where)

    assert caught.value.line == line
    assert caught.value.reason.startswith(reason)


SELECT = "{{\nSELECT ?g ({} AS ?n) WHERE {{ {} }}\nGROUP BY {} }}"
REPEATS = "expected only the selected aggregate and variables of GROUP BY in HAVING"
AS_IT_IS = "expected an aggregate of one variable, without further calculation"


@pytest.mark.parametrize(
    ("what", "pattern", "groups", "line", "reason"),
    [
        ("COUNT(?x)", "?x id:p ?g", "?g\nHAVING (?n > 2)", 11, REPEATS),
        ("COUNT(?x)", "?x id:p ?g", "?g\nHAVING (COUNT(*) > 2)", 11, REPEATS),
        ("SUM(?x) + 1", "?x id:p ?g", "?g", 9, AS_IT_IS),
        ("SUM(?x + 1)", "?x id:p ?g", "?g", 9, AS_IT_IS),
        ("SAMPLE(?x)", "?x id:p ?g", "?g", 9, "SAMPLE is not allowed in a rule; expected one"),
        ("GROUP_CONCAT(?x)", "?x id:p ?g", "?g", 9, "GROUP_CONCAT is not allowed in a rule; e"),
        ("COUNT(DISTINCT *)", "?x id:p ?g", "?g", 9, "COUNT(DISTINCT *) is not allowed; name"),
        ("COUNT(?x)", "?x id:p ?g", "?g ?x", 10, "?x is in GROUP BY but not selected"),
        ("COUNT(?x)", "?x id:p ?g", "?g (STR(?x) AS ?z)", 10, "GROUP BY takes variables only"),
        ("COUNT(?x)", "?x id:p ?g", "?g STR(?x)", 10, "GROUP BY takes variables only"),
        ("COUNT(?z)", "?x id:p ?g", "?g", 9, "?z is grouped or aggregated but in no pattern"),
        ("COUNT(?x)", "?x id:p ?g FILTER (?z > 1)", "?g", 9, "?z is in a filter but in no"),
        ("COUNT(?x)", "?x id:p ?g", "?g } { ?x a id:C", 9, "?x is one variable inside the SEL"),
        ("COUNT(?x)", "?x id:p ?g", "?g } { ?z a id:C", 7, MULTIPLIES),
        ("COUNT(?x)", "?x id:p ?g . ?z a id:C", "?g", 7, MULTIPLIES),
        ("COUNT(?x)", "?x id:p ?g", "?g } { ?g id:q ?n", 9, "?n is an aggregate and cannot be"),
        ("COUNT(?x)", "?x id:p ?g", "?g\nLIMIT 1", 11, "LIMIT or OFFSET is not allowed in a"),
        (
            "COUNT(?x)",
            "?x id:p ?g FILTER NOT EXISTS { ?x a id:C }",
            "?g",
            9,
            ALONE.format("the SELECT of an aggregate"),
        ),
        (
            "COUNT(?x)",
            "?x id:p ?g",
            "?g } { SELECT ?g (SUM(?y) AS ?m) { ?g id:q ?y } GROUP BY ?g",
            9,
            "only one aggregate is allowed in a rule; use a second rule for the other",
        ),
        ("COUNT(?x) AS ?n) (SUM(?x)", "?x id:p ?g", "?g", 9, "expected exactly one aggregate in"),
    ],
)
def test_what_an_aggregate_cannot_be_is_refused_with_its_line(
    tmp_path: Path, what: str, pattern: str, groups: str, line: int, reason: str
) -> None:
    select = SELECT.format(what, pattern, groups)
    if "(SUM(?x)" in what:
        select = select.replace("(SUM(?x) AS ?n)", "(SUM(?x) AS ?m)")

    with pytest.raises(MalformedRule) as caught:
        read(tmp_path, select)

    assert caught.value.reason.startswith(reason)
    assert caught.value.line == line


def test_an_aggregate_without_groups_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedRule, match="a count of no matches would have no premises"):
        read(tmp_path, "{ SELECT (COUNT(?x) AS ?n) WHERE { ?x id:p id:k } } ?g a id:C")


@pytest.mark.parametrize("filters", ["", "FILTER (?n > 1 || ?g = id:k)", "FILTER (?g != id:k)"])
def test_a_group_without_a_value_may_not_derive_anything(tmp_path: Path, filters: str) -> None:
    select = COUNT.replace("COUNT", "SUM")

    with pytest.raises(MalformedRule, match=r"\?n must be in a comparison of its own"):
        read(tmp_path, f"{{ {select} }} {filters}", head="?g a id:Large")
    assert read(tmp_path, f"{{ {select} }} FILTER (?n > 9)", head="?g a id:Large").aggregate
    assert read(tmp_path, f"{{ {COUNT} }} {filters}", head="?g a id:Large").aggregate


def test_a_product_that_says_why_is_read(tmp_path: Path) -> None:
    where, why = "?g a id:C . ?n a id:D .", "# product: every city with every indicator\n"

    assert len(read(tmp_path, where, product=why).body) == 2
    with pytest.raises(MalformedRule, match="the body is a product"):
        read(tmp_path, where)


@pytest.mark.parametrize(
    ("why", "where", "reason"),
    [
        (
            "# product: two kinds\n",
            "?g id:n ?n",
            "says '# product: …' but the body is not a product",
        ),
        ("# product:\n", "?g a id:C . ?n a id:D", "the header lacks '# product: …'"),
    ],
)
def test_a_product_says_why_and_is_one(tmp_path: Path, why: str, where: str, reason: str) -> None:
    with pytest.raises(MalformedRule, match=reason):
        read(tmp_path, where, product=why)


def test_another_of_a_kind_may_be_looked_for_where_the_rule_says_so(tmp_path: Path) -> None:
    where = "?g id:n ?n FILTER NOT EXISTS { ?y a id:C FILTER (?y != ?g) }"

    rule = read(tmp_path, where, product="# product: there are three of the class\n")

    assert rule.negated[0].filters == (Expression("!=", (Y, G)),)
