"""Rewriting to representatives derives what the equality rules of table 4 derive."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from kg.errors import Contradiction
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.fixed_rules import equality_rules
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.derivation.reason_files import materialise
from kg.statuses import Status
from tests.kg.reasoning.derivation.conftest import PREFIXES, Files, lines
from tests.kg.reasoning.given import examples

EX = "http://example.org/"
SAME_AS = NamedNode("http://www.w3.org/2002/07/owl#sameAs")
ONTOLOGIES = [
    ":p a owl:FunctionalProperty .",
    ":p a owl:InverseFunctionalProperty . :p rdfs:subPropertyOf :q .",
    ":p a owl:FunctionalProperty . :q a owl:TransitiveProperty . :a owl:differentFrom :b .",
    ":C owl:hasKey ( :p ) . :q rdfs:domain :C .",
    ":D rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :q ; owl:maxCardinality 1 ] .",
    "[] a owl:AllDifferent ; owl:distinctMembers ( :a :b :c ) . :p a owl:FunctionalProperty .",
    ":q owl:propertyChainAxiom ( :p :p ) .",
]

things = st.sampled_from("abcd").map(lambda name: NamedNode(EX + name))
relations = st.sampled_from([NamedNode(EX + "p"), NamedNode(EX + "q"), SAME_AS])
relating = st.builds(Triple, things, relations, things)
types = st.builds(
    Triple,
    things,
    st.just(NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")),
    st.sampled_from("CD").map(lambda name: NamedNode(EX + name)),
)


def by_rules(ontology: list[Quad], facts: list[Triple]) -> set[Triple] | None:
    """The triples that the rules of table 4 derive; None if there is a contradiction."""
    compiled = compile_axioms(ontology, facts_make_equal=True).rules
    rules = {rule.name: rule for rule in (*compiled, *equality_rules())}
    stated = [*facts, *(quad.triple for quad in ontology)]
    try:
        closure = derive([Premise(each, Status.FACT) for each in stated], list(rules.values()))
    except Contradiction:
        return None
    derived = {each.triple for each in closure.derivations} - set(stated)
    # Rewriting does not write that a thing equals itself.
    return {each for each in derived if each.predicate != SAME_AS or each.subject != each.object}


@pytest.mark.slow
@examples(50)
@given(st.sampled_from(ONTOLOGIES), st.lists(relating | types, max_size=7))
def test_representatives_give_what_the_rules_of_equality_give(
    tmp_path_factory: pytest.TempPathFactory, text: str, facts: list[Triple]
) -> None:
    folder = tmp_path_factory.mktemp("equality")
    (folder / "o.ttl").write_text(PREFIXES + text, encoding="utf-8")
    serialize(dict.fromkeys(facts), folder / "f.nt", RdfFormat.N_TRIPLES)
    ontology = list(parse(PREFIXES + text, RdfFormat.TURTLE))

    report = materialise([folder / "f.nt"], [folder / "o.ttl"], out=folder / "d.nt")

    expected = by_rules(ontology, facts)
    assert (not report.contradictions) == (expected is not None)
    if expected is not None:
        written = [quad.triple for quad in parse(path=folder / "d.nt")]
        assert {each for each in written if not is_of_axiom(each)} == {
            each for each in expected if not is_of_axiom(each)
        }
        assert len(written) == len(set(written)) == report.derived


def is_of_axiom(triple: Triple) -> bool:
    """Whether the triple has a blank node of an axiom; each parse gives these new names."""
    return not all(isinstance(each, NamedNode) for each in (triple.subject, triple.object))


def test_what_the_facts_call_the_same_shares_all_that_is_said(files: Files, tmp_path: Path) -> None:
    (facts,) = files(f=':a :p "x" ; owl:sameAs :b . :c :q :b .')

    report = materialise([facts], out=tmp_path / "d.nt")

    assert lines(tmp_path / "d.nt") == [
        "<b> <http://www.w3.org/2002/07/owl#sameAs> <a>",
        '<b> <p> "x"',
        "<c> <q> <a>",
    ]
    assert (report.derived, report.statements) == (3, 3)


def test_a_thing_never_becomes_a_literal(files: Files, tmp_path: Path) -> None:
    (facts,) = files(f=':a owl:sameAs "a" , :b ; :p :c .')

    materialise([facts], out=tmp_path / "d.nt")

    assert lines(tmp_path / "d.nt") == [
        "<b> <http://www.w3.org/2002/07/owl#sameAs> <a>",
        "<b> <p> <c>",
    ]


def test_what_is_the_same_and_different_is_a_contradiction(files: Files) -> None:
    (facts,) = files(f=":a owl:sameAs :b ; owl:differentFrom :b .")

    found = {rule for rule, _ in materialise([facts]).contradictions}

    assert {rule[:8] for rule in found} == {"eq-diff1"}


def test_a_constant_of_a_rule_is_found_under_its_representative(
    files: Files, tmp_path: Path
) -> None:
    restriction = "[ a owl:Restriction ; owl:onProperty :p ; owl:hasValue :z ]"
    ontology, facts = files(
        o=f"{restriction} rdfs:subClassOf :C .", f=":x :p :a . :a owl:sameAs :z ."
    )

    materialise([facts], [ontology], out=tmp_path / "d.nt")

    assert "<x> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <C>" in lines(tmp_path / "d.nt")


HITS_OF_Z = """[] a owl:Restriction ; owl:onProperty :t ; owl:hasValue :z ; rdfs:subClassOf :C .
:p a owl:FunctionalProperty , owl:ObjectProperty .
:q a owl:FunctionalProperty , owl:ObjectProperty ."""


def test_a_constant_is_found_when_its_representative_gets_another_one(
    files: Files, tmp_path: Path
) -> None:
    # In this order, z is first merged with b, and then both with a.
    merging = ":w :w :a , :b . :x :p :b , :z . :s :p :s2 , :s3 . :s2 :q :b . :s3 :q :a ."
    ontology, facts = files(o=HITS_OF_Z, f=f"{merging} :me :t :a .")

    materialise([facts], [ontology], out=tmp_path / "d.nt")

    assert "<me> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <C>" in lines(tmp_path / "d.nt")


@pytest.mark.parametrize("name", ["d.nt", "d.ttl"])
def test_a_representative_is_written_by_its_own_name(tmp_path: Path, name: str) -> None:
    ontology, facts = tmp_path / "o.ttl", tmp_path / "f.nt"
    ontology.write_text(PREFIXES + HITS_OF_Z, encoding="utf-8")
    # The first line of a predicate is parsed; the others are only split.
    lines_of_facts = ["k p k", "k t k", "me t a", "x p a", "x p z"]
    triples = [" ".join(f"<{EX}{one}>" for one in line.split()) for line in lines_of_facts]
    facts.write_text("".join(f"{one} .\n" for one in triples), encoding="utf-8")

    materialise([facts], [ontology], out=tmp_path / name)

    same = [one for one in lines(tmp_path / name) if "sameAs" in one]
    assert [one.split()[::2] for one in same] == [["<a>", "<z>"], ["<z>", "<a>"]]
