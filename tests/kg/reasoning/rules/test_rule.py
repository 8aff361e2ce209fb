"""Rule files: the rules read from them, and the lines of their errors."""

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import MalformedRule
from kg.namespaces import GLOCAL, ID, RDF
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule, read_rule, read_rules
from kg.statuses import HYPOTHESES, PLANS, Base, Status, World

HEADER = """# rule (en): Two members of a network
#     are connected.
# rule (zh): 同一网络的两个成员
#     相互联系。
# status: {status}
# source: a definition
PREFIX glocal: <https://w3id.org/glocal/ontology#>
PREFIX id: <https://w3id.org/glocal/id/>
"""
INTEGER = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
X, Y, Z = Variable("x"), Variable("y"), Variable("z")


def read(tmp_path: Path, query: str, status: str = "Reading", name: str = "a-rule.rq") -> Rule:
    path = tmp_path / name
    path.write_text(HEADER.format(status=status) + query, encoding="utf-8")
    return read_rule(path)


def refusal(tmp_path: Path, query: str) -> tuple[int, str]:
    with pytest.raises(MalformedRule) as caught:
        read(tmp_path, query)
    assert caught.value.path == tmp_path / "a-rule.rq"
    return caught.value.line, caught.value.reason


def test_a_rule_file_gives_head_body_filters_and_header(tmp_path: Path) -> None:
    query = """CONSTRUCT { ?x glocal:coMemberWith ?y }
    WHERE { ?x glocal:memberOf ?z . ?y glocal:memberOf ?z FILTER (?x != ?y) }"""

    rule = read(tmp_path, query)

    assert rule.name == "a-rule"
    assert rule.head == (Atom(X, GLOCAL["coMemberWith"], Y),)
    assert set(rule.body) == {Atom(X, GLOCAL["memberOf"], Z), Atom(Y, GLOCAL["memberOf"], Z)}
    assert rule.filters == (Expression("!=", (X, Y)),)
    assert rule.status is Status.READING
    assert rule.sentence == {
        "en": "Two members of a network are connected.",
        "zh": "同一网络的两个成员相互联系。",
    }
    assert rule.source == "a definition"


def test_a_rule_file_may_have_its_source_in_other_languages(tmp_path: Path) -> None:
    untranslated = read(tmp_path, "CONSTRUCT { ?x a ?y } WHERE { ?x id:p ?y }")
    path = tmp_path / "a-rule.rq"
    text = path.read_text("utf-8")
    translation = "# source: a definition\n# source (zh): 一项\n#     定义\n"
    path.write_text(text.replace("# source: a definition\n", translation), "utf-8")

    translated = read_rule(path)

    assert untranslated.sources == {"": "a definition"}
    assert translated.sources == {"en": "a definition", "zh": "一项定义"}


BODIES = {
    "an inverse path is turned round": ("?x ^id:p ?y", {Atom(Y, ID["p"], X)}),
    "a literal keeps its datatype and language": (
        '?x id:p 3 , "a"@en , "b"',
        {
            Atom(X, ID["p"], literal)
            for literal in (
                Literal("3", datatype=INTEGER),
                Literal("a", language="en"),
                Literal("b"),
            )
        },
    ),
    "a look-up of an individual is no product": (
        "?x a id:C . id:k id:q ?y",
        {Atom(X, RDF["type"], ID["C"]), Atom(ID["k"], ID["q"], Y)},
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_these_patterns_are_the_body(tmp_path: Path, name: str) -> None:
    where, body = BODIES[name]

    assert set(read(tmp_path, f"CONSTRUCT {{ ?x a id:C }} WHERE {{ {where} }}").body) == body


def test_a_filter_keeps_its_connectives_and_functions(tmp_path: Path) -> None:
    query = """CONSTRUCT { ?x a id:C } WHERE {
        ?x id:p ?y FILTER (isIRI(?x) && (!(YEAR(?y) < 2000) || STRSTARTS(STR(?y), "1"))) }"""

    rule = read(tmp_path, query)

    year, text = Expression("YEAR", (Y,)), Expression("STR", (Y,))
    bound = Literal("2000", datatype=INTEGER)
    late = Expression("!", (Expression("<", (year, bound)),))
    assert rule.filters == (
        Expression("isIRI", (X,)),
        Expression("||", (late, Expression("STRSTARTS", (text, Literal("1"))))),
    )


ONE, TWO, THREE = (Literal(str(number), datatype=INTEGER) for number in (1, 2, 3))
EXPRESSIONS = [
    ("?y + 1 - 2 > ?x", Expression(">", (Expression("-", (Expression("+", (Y, ONE)), TWO)), X))),
    ("?y - ?x * 2 = 1", Expression("=", (Expression("-", (Y, Expression("*", (X, TWO)))), ONE))),
    ("?y / 2 / 3 = 1", Expression("=", (Expression("/", (Expression("/", (Y, TWO)), THREE)), ONE))),
    ("?y IN (1, ?x)", Expression("IN", (Y, ONE, X))),
    ("?y NOT IN ()", Expression("NOT IN", (Y,))),
    (
        'REGEX(STR(?y), "^a", "i")',
        Expression("REGEX", (Expression("STR", (Y,)), *map(Literal, ("^a", "i")))),
    ),
    (
        'langMatches(LANG(?y), "en")',
        Expression("langMatches", (Expression("LANG", (Y,)), Literal("en"))),
    ),
    ("isNumeric(?y)", Expression("isNumeric", (Y,))),
    ("isBlank(?y)", Expression("isBlank", (Y,))),
    ('CONTAINS(?y, "a")', Expression("CONTAINS", (Y, Literal("a")))),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_a_filter_calculates_and_calls(tmp_path: Path, text: str, expected: Expression) -> None:
    rule = read(tmp_path, f"CONSTRUCT {{ ?x a id:C }} WHERE {{ ?x id:p ?y FILTER ({text}) }}")

    assert rule.filters == (expected,)


def test_a_sign_is_a_difference_from_nought(tmp_path: Path) -> None:
    rule = read(tmp_path, "CONSTRUCT { ?x a id:C } WHERE { ?x id:p ?y FILTER (-?y < 1) }")

    (condition,) = rule.filters
    assert passes(condition, {Y: ONE})
    assert not passes(condition, {Y: Literal("-1", datatype=ONE.datatype)})


@pytest.mark.parametrize(
    ("query", "line", "reason"),
    [
        ("SELECT * WHERE { ?x a ?y }", 9, "expected one CONSTRUCT without FROM"),
        ("CONSTRUCT WHERE { ?x a ?y }", 9, "expected a head: CONSTRUCT { … } WHERE { … }"),
        (
            "CONSTRUCT { ?x a id:C }\nWHERE { ?x a ?y\nOPTIONAL { ?x id:p ?z } }",
            11,
            "OPTIONAL is not allowed in a rule; only patterns and FILTER are",
        ),
        (
            "CONSTRUCT { ?x a id:C }\nWHERE { { ?x a ?y }\nUNION { ?x id:p ?y } }",
            11,
            "UNION is not allowed in a rule; write one rule for each part",
        ),
        (
            "CONSTRUCT { ?x a id:C }\nWHERE { ?x a ?y MINUS { ?x id:p ?y } }",
            10,
            "MINUS is not allowed in a rule; use FILTER NOT EXISTS { … }",
        ),
        (
            "CONSTRUCT { ?x a id:C }\nWHERE { { SELECT ?x WHERE { ?x a ?y } } }",
            10,
            "a SELECT in a rule must compute an aggregate",
        ),
        (
            "CONSTRUCT { ?x a id:C }\nWHERE { ?x id:p+ ?y }",
            10,
            "^p is the only property path allowed in a rule",
        ),
        (
            "CONSTRUCT { ?x a ?z }\nWHERE { ?x a ?y }",
            9,
            "?z is in the head but not in the body",
        ),
        (
            "CONSTRUCT { ?x a ?y }\nWHERE { ?x a ?y FILTER(?x != ?z) }",
            10,
            "?z is in a filter but in no pattern",
        ),
        (
            "CONSTRUCT { ?x a ?y }\nWHERE { ?x a <<( ?x a ?y )>> }",
            10,
            "not a SPARQL 1.1 CONSTRUCT: Expected ConstructQuery",
        ),
        ("CONSTRUCT { ?x a [] }\nWHERE { ?x a ?y }", 9, "blank nodes are not allowed in the head"),
        (
            "CONSTRUCT { ?x id:p ?y }\nWHERE { ?x a id:C . ?y a id:D }",
            10,
            "the body is a product: two parts share no variable and name no individual; "
            "join them, or say why in a header line '# product: …'",
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_its_line(
    tmp_path: Path, query: str, line: int, reason: str
) -> None:
    assert refusal(tmp_path, query) == (line, reason)


def test_broken_sparql_is_refused_with_its_line(tmp_path: Path) -> None:
    line, _ = refusal(tmp_path, "CONSTRUCT { ?x a id:C }\nWHERE { ?x a }")

    assert line == 10


def test_an_undeclared_prefix_is_refused(tmp_path: Path) -> None:
    line, reason = refusal(tmp_path, "CONSTRUCT { ?x a owl:Thing } WHERE { ?x a id:C }")

    assert line == 9
    assert "Prefix not found" in reason


def test_a_thesis_names_the_passages_that_state_it(tmp_path: Path) -> None:
    query = "CONSTRUCT { ?x a id:C } WHERE { ?x a id:D }"

    rule = read(tmp_path, query, status="Thesis\n# passage: p12.1 p12.2")

    assert (rule.status, rule.passages) == (Status.THESIS, ("p12.1", "p12.2"))


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        (f"# status: {status}", 5, f"'{status}' is not a status of a rule")
        for status in ("Claim", "Recommendation", "sure")
    ]
    + [
        ("#status: sure", 5, "'sure' is not a status of a rule"),
        ("# status: Thesis", 5, "a thesis names the passage that states it"),
    ],
)
def test_a_header_that_no_rule_can_have_is_refused_at_its_line(
    tmp_path: Path, header: str, line: int, reason: str
) -> None:
    path = tmp_path / "a-rule.rq"
    text = HEADER.replace("# status: {status}", header)
    path.write_text(text + "CONSTRUCT { ?x a id:C } WHERE { ?x a id:D }", encoding="utf-8")

    with pytest.raises(MalformedRule, match=reason) as caught:
        read_rule(path)

    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "status", "base", "world"),
    [
        ("neutral", None, Base.FACT, None),
        ("Fact", Status.FACT, Base.FACT, None),
        ("Background", Status.BACKGROUND, Base.BACKGROUND, None),
        ("Reading", Status.READING, Base.READING, None),
        ("Hypothesis", Status.HYPOTHESIS, Base.FACT, HYPOTHESES),
        ("Plan", Status.PLAN, Base.FACT, PLANS),
    ],
)
def test_a_status_gives_a_rule_its_base_and_world(
    tmp_path: Path, text: str, status: Status | None, base: Base, world: World | None
) -> None:
    rule = read(tmp_path, "CONSTRUCT { ?x a id:C } WHERE { ?x a id:D }", status=text)

    assert (rule.status, rule.base, rule.world) == (status, base, world)


def test_a_file_without_a_chinese_sentence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a-rule.rq"
    path.write_text("# rule (en): X.\n# status: neutral\n# source: y\n", encoding="utf-8")

    with pytest.raises(MalformedRule, match=r"the header lacks '# rule \(zh\): …'"):
        read_rule(path)


def test_a_file_that_is_no_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a-rule.rq"
    path.write_bytes(b"# rule (en): X.\n# rule (zh): \xff\n")

    with pytest.raises(MalformedRule, match=":2: not UTF-8"):
        read_rule(path)


def test_a_folder_is_no_rule(tmp_path: Path) -> None:
    (tmp_path / "a-rule.rq").mkdir()

    with pytest.raises(MalformedRule, match=":1: cannot be read: Is a directory"):
        read_rules(tmp_path)


def test_a_file_name_is_in_small_letters(tmp_path: Path) -> None:
    with pytest.raises(MalformedRule, match="lower-case letters"):
        read(tmp_path, "CONSTRUCT { ?x a id:C } WHERE { ?x a id:D }", name="ARule.rq")


def test_the_rules_of_a_folder_come_by_name(tmp_path: Path) -> None:
    for name in ("b.rq", "a.rq"):
        read(tmp_path, "CONSTRUCT { ?x a id:C } WHERE { ?x a id:D }", name=name)

    assert [rule.name for rule in read_rules(tmp_path)] == ["a", "b"]
