"""The five answers, both semantics, and what stops an answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib

import kg
from kg.errors import LimitExceeded, MalformedFile, MalformedInput, MalformedParameter
from kg.reasoning.entailment.entailment import Verdict
from kg.reasoning.entailment.sources import MissingImport
from kg.reasoning.proofs.words import render_text
from tests.kg.reasoning.entailment.conftest import PREFIXES, Ask

Write = Callable[[str], Path]
CONTRADICTIONS = {
    "an instance of the empty class": "[] a owl:Nothing .",
    "an instance of disjoint classes": ":A owl:disjointWith :B . :a a :A , :B .",
    "a literal that is not in its datatype": ':a :d "x"^^xsd:integer .',
    "two values of a functional data property": ":d a owl:FunctionalProperty . :a :d 1 , 2 .",
    "what is the same and different": ":a owl:sameAs :b . :b owl:differentFrom :a .",
    "zero and minus zero as values of a functional property": (
        ':d a owl:FunctionalProperty . :a :d "0"^^xsd:float , "-0.0"^^xsd:float .'
    ),
    "two values by restrictions": (
        ":d a owl:FunctionalProperty . :a a [ a owl:Restriction ; owl:onProperty :d ; "
        "owl:hasValue 18 ] , [ a owl:Restriction ; owl:onProperty :d ; owl:hasValue 19 ] ."
    ),
    "a value by a restriction outside the range": (
        ":d rdfs:range xsd:integer . :a a [ a owl:Restriction ; owl:onProperty :d ; "
        "owl:hasValue 'text' ] ."
    ),
}


def test_what_rules_derive_is_entailed(ask: Ask) -> None:
    result = ask(":A rdfs:subClassOf :B . :a a :A .", ":a a :B .")

    assert result
    assert (result.verdict, result.unproved, result.outside_rl) == (Verdict.ENTAILED, (), ())


def test_what_is_not_derived_in_owl_2_rl_is_not_entailed(ask: Ask) -> None:
    result = ask(":A rdfs:subClassOf :B . :a a :B .", ":a a :A , :B .")

    assert result.verdict is Verdict.NOT_ENTAILED
    assert result.unproved_texts == ("http://example.org/a rdf:type http://example.org/A",)


def test_outside_owl_2_rl_it_is_undecided_and_each_axiom_is_named_once(ask: Ask) -> None:
    result = ask(":A rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :B :C ) ] .", ":a a :B .")

    assert result.verdict is Verdict.UNDECIDED
    (reason,) = result.outside_rl
    assert reason.startswith("http://example.org/A SubClassOf (http://example.org/B or ")


@pytest.mark.parametrize("semantics", ["rdf", "direct"])
@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_premise_that_contradicts_itself_is_reported(ask: Ask, name: str, semantics: str) -> None:
    result = ask(CONTRADICTIONS[name], ":a a :C .", semantics=semantics)
    with_proof = ask(CONTRADICTIONS[name], ":a a :C .", semantics=semantics, proof=True)

    assert result.verdict is with_proof.verdict is Verdict.CONTRADICTION
    assert len(with_proof.proofs) == 1
    assert not result


def test_annotations_count_under_the_rdf_based_semantics_alone(ask: Ask) -> None:
    premise, conclusion = ":a a :A .", ":A rdfs:label 'a' . :a a :A ; rdfs:comment 'b' ."

    assert ask(premise, conclusion, semantics="rdf").verdict is Verdict.NOT_ENTAILED
    assert ask(premise, conclusion, semantics="direct").verdict is Verdict.ENTAILED


def test_an_ill_typed_annotation_is_no_contradiction_under_the_direct_semantics(ask: Ask) -> None:
    premise = ":a a :A ; rdfs:comment 'x'^^xsd:integer ."

    assert ask(premise, ":a a :A .", semantics="rdf").verdict is Verdict.CONTRADICTION
    assert ask(premise, ":a a :A .", semantics="direct").verdict is Verdict.ENTAILED


def test_own_annotations_are_ignored_under_the_direct_semantics(ask: Ask) -> None:
    premise = ":note a owl:AnnotationProperty . :a :note :b ; owl:sameAs :c ."

    assert ask(premise, ":c :note :b .", semantics="rdf").verdict is Verdict.ENTAILED
    assert ask(premise, ":c :note :z .", semantics="rdf").verdict is not Verdict.ENTAILED
    assert ask(premise, ":c :note :z .", semantics="direct").verdict is Verdict.ENTAILED


def test_a_class_and_an_individual_of_one_name_are_two_under_the_direct_semantics(
    ask: Ask,
) -> None:
    premise = ":A owl:sameAs :B . :a a :A ."

    assert ask(premise, ":a a :B .", semantics="rdf").verdict is Verdict.ENTAILED
    assert ask(premise, ":a a :B .", semantics="direct").verdict is Verdict.NOT_ENTAILED
    assert ask(premise, ":B owl:sameAs :A .", semantics="direct").verdict is Verdict.ENTAILED


def test_a_class_is_not_the_enumeration_of_an_individual_of_its_name(ask: Ask) -> None:
    premise = "[ a owl:Class ; owl:oneOf ( :a ) ] rdfs:subClassOf :A . :a a owl:Class ."

    for semantics in ("rdf", "direct"):
        assert not ask(premise, ":a rdfs:subClassOf :A .", semantics=semantics)
        assert ask(premise, ":a a :A .", semantics=semantics)


def test_equal_things_are_one_in_every_triple(ask: Ask) -> None:
    premise = ":p a owl:FunctionalProperty . :a :p :b , :c . :c a :A ; :q :x ."

    for proof in (False, True):
        result = ask(premise, ":b owl:sameAs :c ; a :A ; :q :x . :a :p :c .", proof=proof)
        assert result.verdict is Verdict.ENTAILED


def test_axioms_that_follow_from_facts_apply_but_leave_the_rest_undecided(ask: Ask) -> None:
    premise = ":r rdfs:subPropertyOf rdfs:subClassOf . :A :r :B . :a a :A ."

    assert ask(premise, ":a a :B .").verdict is Verdict.ENTAILED
    assert ask(premise, ":a a :C .").verdict is Verdict.UNDECIDED


def test_a_proof_is_a_tree_from_the_conclusion_to_the_files(ask: Ask) -> None:
    result = ask(
        ":A rdfs:subClassOf :B . :B owl:disjointWith :C . :a a :A . :c a :C .",
        ":a a :B ; owl:differentFrom :c .",
        proof=True,
    )

    text = render_text(result.proofs)
    assert [proof.triple.predicate.value for proof in result.proofs] == [
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
        "http://www.w3.org/2002/07/owl#differentFrom",
    ]
    assert "OWL 2 RL cax-sco: http://example.org/A SubClassOf http://example.org/B" in text
    assert "To suppose the opposite leads to a contradiction." in text
    assert "Contradiction  [Fact]" in text
    assert "in urn:glocal:supposed" in text
    assert "graph-1.ttl" in text


def test_a_proof_uses_no_triple_that_rests_on_it(ask: Ask) -> None:
    result = ask(
        ":p a owl:SymmetricProperty , owl:TransitiveProperty . :a :p :b . :b :p :c .",
        ":a :p :a . :c :p :a .",
        proof=True,
    )

    for proof in result.proofs:
        for path in paths(proof):
            assert len(path) == len(set(path))
            assert path[-1] in {("a", "b"), ("b", "c")}


def paths(proof, above=()):
    ends = tuple(
        term.value.rpartition("/")[2] for term in (proof.triple.subject, proof.triple.object)
    )
    path = (*above, ends)
    if not proof.premises:
        yield path
    for premise in proof.premises:
        yield from paths(premise, path)


def test_graphs_of_rdflib_are_accepted() -> None:
    def graph(text: str) -> rdflib.Graph:
        return rdflib.Graph().parse(data=PREFIXES + text, format="turtle")

    premise, ontology = graph(":a a :A ."), graph(":A rdfs:subClassOf :B .")

    assert kg.entails(premise, graph(":a a :B ."), ontology=[ontology])
    assert not kg.entails(premise, graph(":a a :B ."))


def test_imports_are_read_from_the_files_that_are_given(write: Write) -> None:
    premise = write("<urn:one> a owl:Ontology ; owl:imports <urn:two> . :a a :A .")
    two = write("<urn:two> a owl:Ontology ; owl:imports <urn:three> . :A rdfs:subClassOf :B .")
    three = write("<urn:three> a owl:Ontology ; owl:imports <urn:one> . :B rdfs:subClassOf :C .")
    conclusion = write(":a a :C .")

    with pytest.raises(MissingImport, match=r"imports urn:two, which was not given\. Expected"):
        kg.entails(premise, conclusion)
    with pytest.raises(MissingImport, match="urn:three"):
        kg.entails(premise, conclusion, imports={"urn:two": two})
    assert kg.entails(premise, conclusion, imports={"urn:two": two, "urn:three": three})
    assert kg.entails(premise, conclusion, ontology=[two, three])


def test_imports_of_the_conclusion_have_to_follow_too(write: Write) -> None:
    premise, part = write(":a a :A ."), write(":a a :B .")
    conclusion = write("[] a owl:Ontology ; owl:imports <urn:part> . :a a :A .")

    result = kg.entails(premise, conclusion, imports={"urn:part": part})

    assert result.verdict is Verdict.NOT_ENTAILED
    with pytest.raises(MissingImport):
        kg.entails(premise, conclusion)


def test_bad_files_are_refused(tmp_path: Path, write: Write) -> None:
    broken, good = tmp_path / "broken.ttl", write(":a a :A .")
    broken.write_text(":a a")

    for arguments in ((broken, good), (good, broken)):
        with pytest.raises(MalformedFile):
            kg.entails(*arguments)
    with pytest.raises(MalformedInput):
        kg.entails(good, tmp_path / "missing.ttl")
    with pytest.raises(MalformedFile, match="not an RDF file extension"):
        kg.entails(good, tmp_path / "conclusion.txt")
    with pytest.raises(MalformedInput, match=r"Expected a path or an rdflib\.Graph, got int"):
        kg.entails(good, 1)  # type: ignore[arg-type]
    with pytest.raises(MalformedParameter):
        kg.entails(good, good, semantics="owl")  # type: ignore[arg-type]


def test_triple_terms_of_the_premise_leave_it_undecided_and_the_conclusion_may_have_none(
    write: Write,
) -> None:
    with_term, plain = write(":a :p <<( :b :q :c )>> ."), write(":a a :A .")

    assert kg.entails(with_term, plain).outside_rl == ("1 triples with triple terms are left out",)
    with pytest.raises(MalformedInput, match="a triple with a triple as a term"):
        kg.entails(plain, with_term)


def test_more_refutations_than_the_limit_are_refused(ask: Ask) -> None:
    members = " ".join(f":x{number}" for number in range(6))
    conclusion = f"[] a owl:AllDifferent ; owl:members ( {members} ) ."
    premise = (
        ":p a owl:FunctionalProperty . "
        + " ".join(f":x{one} :p :y{one} ." for one in range(6))
        + "[] a owl:AllDifferent ; owl:members ( :y0 :y1 :y2 :y3 :y4 :y5 ) ."
    )

    assert ask(premise, conclusion, max_refutations=15).refutations == 15
    with pytest.raises(LimitExceeded, match="max_refutations: more than 14"):
        ask(premise, conclusion, max_refutations=14)


def test_time_and_triples_are_limited(ask: Ask) -> None:
    premise = ":p a owl:TransitiveProperty . " + " ".join(
        f":n{one} :p :n{one + 1} ." for one in range(50)
    )

    with pytest.raises(LimitExceeded):
        ask(premise, ":n0 :p :n50 .", max_triples=100)
    with pytest.raises(LimitExceeded):
        ask(premise, ":n0 :p :n50 .", max_seconds=0)
