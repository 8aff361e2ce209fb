"""Compiled rules are the same after they were written and read back."""

from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Variable
from pyoxigraph import Store as Engine

from kg.content import own_content
from kg.errors import BrokenRelease, MalformedRule
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.release_graphs import labels_of
from kg.reasoning.rules.compiled_rules import (
    TEST_NAMESPACE,
    TESTS,
    read_compiled_rules,
    rules_of_content,
    write_compiled_rules,
)
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import read_curated, read_ontology, statement_places
from kg.statuses import Status
from kg.store.quad_store import Store
from kg.store.release_folder import write_release

X, Y = Variable("x"), Variable("y")
TYPED = Atom(X, RDF["type"], OWL["Thing"])
SENTENCE = {"en": "X is.", "zh": "甲存在。"}


def rule(**parts: object) -> Rule:
    """A rule with a body of one pattern, but for these parts."""
    given = {"name": "a", "head": (), "body": (TYPED,), "sentence": SENTENCE, "source": "b"}
    return Rule(**{**given, **parts})  # type: ignore[arg-type]


def call(operator: str, *arguments: object) -> Expression:
    return Expression(operator, arguments)  # type: ignore[arg-type]


def written_and_read(path: Path, *rules: Rule) -> list[Rule]:
    path.write_text(write_compiled_rules(rules), encoding="utf-8")
    return read_compiled_rules(path)


@pytest.fixture(scope="module")
def compiled() -> list[Rule]:
    """The rules of the project's own axioms."""
    ontology = read_ontology()
    places = statement_places(ontology, own_content().ontology)
    return compile_axioms([*ontology, *labels_of(read_curated())], places).rules


def test_every_rule_of_the_project_is_read_back_as_it_was(
    tmp_path: Path, compiled: list[Rule]
) -> None:
    assert written_and_read(tmp_path / "compiled.rq", *compiled) == compiled
    assert len(compiled) > 250


def test_each_text_is_one_query_for_any_engine_that_has_the_tests(compiled: list[Rule]) -> None:
    functions = {NamedNode(f"{TEST_NAMESPACE}{name}"): lambda *_: None for name in TESTS}

    for each in compiled:
        Engine().query(write_compiled_rules([each]), custom_functions=functions)


@pytest.mark.parametrize(
    "exotic",
    [
        rule(head=(Atom(X, OWL["sameAs"], X),), status=Status.CITED_DATA, location="a.ttl:7"),
        rule(restates=True, status=Status.READING),
        rule(status=Status.THESIS, passages=("p12.1", "p12.2")),
        rule(body=(Atom(OWL["a"], OWL["sameAs"], OWL["b"]),)),
        rule(body=(TYPED, Atom(Y, X, Literal('a "b"\n\\c\u2028', language="en")))),
        rule(body=(Atom(X, OWL["p"], Literal("01", datatype=XSD["integer"])),)),
        rule(body=(Atom(X, OWL["p"], BlankNode("b0")),)),
        rule(filters=(call("!=", X, OWL["a"]),)),
        rule(filters=(call("&&", call("!", call("=", X, X)), call("||", X, X, X)),)),
        rule(filters=(call("IN", X, OWL["a"], Literal("b")), call("NOT IN", X, OWL["a"]))),
        rule(filters=(call("<", call("STRLEN", call("STR", X)), Literal(5)),)),
        rule(filters=(call("dt-restriction", call("dt-type2", X, XSD["int"]), call("+", X, X)),)),
        rule(filters=(call("REGEX", call("STR", X), Literal("^(?:a, b\\)\\?x)$")),)),
    ],
)
def test_what_only_axioms_can_say_is_read_back_as_it_was(tmp_path: Path, exotic: Rule) -> None:
    assert written_and_read(tmp_path / "compiled.rq", rule(), exotic) == [rule(), exotic]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("# rule: a\n", "", "expected '# rule: NAME'"),
        ("# source: b\n", "", "the header lacks '# source: …'"),
        ("neutral", "Certain", "'Certain' is not a status of a rule"),
        ("CONSTRUCT {\n}", "CONSTRUCT {\n    ?z ?z ?z .\n}", r"\?z is not in the body"),
        (" .\n}", " .\n    OPTIONAL { ?x ?x ?x }\n}", "not a rule as `glocal build` writes one"),
        (" .\n}", " .\n    FILTER(EXISTS(?x))\n}", "unknown function EXISTS"),
        (" .\n}", " .\n    FILTER((?x ~ ?x))\n}", "unknown operator ~"),
        (" .\n}", " .\n    FILTER((?x = ?x)\n}", "a term or filter is malformed"),
        (" .\n}", " .\n    FILTER((?x = ?y))\n}", r"\?y is not in the body"),
    ],
)
def test_a_text_that_no_build_writes_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path, text = tmp_path / "compiled.rq", write_compiled_rules([rule()])
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(MalformedRule, match=reason):
        read_compiled_rules(path)


@pytest.mark.slow
def test_a_release_has_the_rules_it_was_derived_by(newest_release: Path) -> None:
    content = Store.open(newest_release).content
    rules = {each.name: each for each in rules_of_content(content)}

    assert rules["prp-symp-cooperatesWith"].sentence["zh"]
    assert rules["co-hosts"].location == "rules/co-hosts.rq"


def test_a_content_that_was_changed_gives_no_rules(tmp_path: Path) -> None:
    release = write_release([], {"version": "1.0.0"}, tmp_path / "release")
    content = Store.open(release).content
    (content.rules / "more.rq").write_text("# rule (en): …", encoding="utf-8")

    with pytest.raises(BrokenRelease, match=r"content/ontology/rules/more\.rq is not part of it"):
        rules_of_content(content)
