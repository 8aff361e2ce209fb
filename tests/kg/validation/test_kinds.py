"""Kinds and the classes that they denote."""

from pyoxigraph import Quad, RdfFormat, parse

from kg.namespaces import PREFIXES
from kg.validation.entities import check_kinds

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
KIND = "id:Town a glocal:Kind ; glocal:denotesClass glocal:City ."


def problems(curated: str, ontology: str) -> list[str]:
    quads: list[list[Quad]] = [
        list(parse(HEAD + text, format=RdfFormat.TURTLE)) for text in (curated, ontology)
    ]
    return [problem.message for problem in check_kinds(*quads)]


def test_a_kind_is_that_of_the_members_of_the_class_it_denotes() -> None:
    axiom = "[ owl:onProperty glocal:ofKind ; owl:hasValue id:Town ]"

    assert problems(KIND, f"glocal:City rdfs:subClassOf glocal:Agent , {axiom} .") == []


def test_a_kind_without_the_axiom_of_its_class_is_found() -> None:
    other = "glocal:City rdfs:subClassOf [ owl:onProperty glocal:leads ; owl:hasValue id:Town ] ."

    assert problems(KIND, other) == [
        "what is a glocal:City is not of the kind id:Town, which denotes this class."
    ]
