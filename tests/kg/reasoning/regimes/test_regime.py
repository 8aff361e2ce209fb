from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from kg.errors import MalformedInput, MalformedRule, UnsupportedRules
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.regimes.regime import Regime, is_schema, load_regime

PREFIXES = """
@prefix : <http://e.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def load(text: str, name: RegimeName = "owl-rl", folder: Path | None = None) -> Regime:
    quads = parse(PREFIXES + text, format=RdfFormat.TURTLE)
    return load_regime(name, [quad for quad in quads if is_schema(quad)], folder)


@pytest.mark.parametrize(
    ("statement", "is_axiom"),
    [
        (":A rdfs:subClassOf :B", True),
        (":A a owl:Class", True),
        (":x a [ a owl:Restriction ]", True),
        (":x a :A", False),
        (":x a owl:NamedIndividual", False),
        (":x owl:sameAs :y", False),
        (":x rdfs:label 'x'", False),
    ],
)
def test_only_what_rules_depend_on_is_schema(statement: str, is_axiom: bool) -> None:
    first = next(iter(parse(f"{PREFIXES}{statement} .", format=RdfFormat.TURTLE)))

    assert is_schema(first) is is_axiom


def test_each_axiom_outside_the_profile_is_named_once() -> None:
    axioms = ":A owl:disjointUnionOf (:B :C) . :p a owl:ReflexiveProperty ."

    uncompiled = load(axioms).uncompiled

    assert len(uncompiled) == len(set(uncompiled)) == 2
    assert "in one of the parts" in uncompiled[0]
    assert "owl:ReflexiveProperty" in uncompiled[1]


def test_an_import_that_is_not_there_is_named_and_not_loaded() -> None:
    [note] = load("<http://e.org/o> a owl:Ontology ; owl:imports <http://e.org/other> .").uncompiled

    assert "<http://e.org/other>" in note


def test_an_import_that_is_there_needs_no_mention() -> None:
    here = "<http://e.org/o> a owl:Ontology ; owl:imports <http://e.org/p> ."

    assert load(f"{here} <http://e.org/p> a owl:Ontology .").uncompiled == []


def write(folder: Path, where: str) -> Path:
    text = f"CONSTRUCT {{ ?x <a:r> ?y }} WHERE {{ {where} }}"
    (folder / "own-rule.rq").write_text(text, encoding="utf-8")
    return folder


def test_rules_of_a_folder_are_added(tmp_path: Path) -> None:
    rules = load("", "rdfs", write(tmp_path, "?x <a:p> ?z . ?z <a:q> ?y")).rules

    assert "own-rule" in {rule.name for rule in rules}


@pytest.mark.parametrize(
    ("where", "error", "said"),
    [
        ("?x <a:p> ?p . ?y <a:q> ?q", MalformedRule, "product"),
        ("?x <a:p> ?y FILTER NOT EXISTS { ?y <a:p> ?x }", UnsupportedRules, "own-rule"),
    ],
)
def test_rules_that_cannot_be_kept_up_are_refused(
    tmp_path: Path, where: str, error: type[Exception], said: str
) -> None:
    folder = write(tmp_path, where)

    with pytest.raises(error, match=said):
        load("", "rdfs", folder)


def test_a_folder_without_rules_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match="no rule file"):
        load("", "rdfs", tmp_path)
