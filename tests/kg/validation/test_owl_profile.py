"""The global restrictions of OWL 2 DL."""

import pytest
from pyoxigraph import Quad, RdfFormat, parse

from kg.namespaces import PREFIXES
from kg.validation.owl_profile import check_owl_profile

HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def problems(turtle: str) -> list[str]:
    quads: list[Quad] = list(parse(HEAD + turtle, format=RdfFormat.TURTLE))
    return [problem.message for problem in check_owl_profile(quads)]


CHAIN = "glocal:a owl:propertyChainAxiom ( glocal:x glocal:y ) ."


@pytest.mark.parametrize(
    ("turtle", "name"),
    [
        ("glocal:a a owl:TransitiveProperty , owl:FunctionalProperty .", "a"),
        (
            f"{CHAIN} glocal:a rdfs:subPropertyOf glocal:b . glocal:b a owl:IrreflexiveProperty .",
            "b",
        ),
        (
            "glocal:a a owl:TransitiveProperty . glocal:b owl:inverseOf glocal:a ."
            "glocal:b a owl:AsymmetricProperty .",
            "b",
        ),
        (f"{CHAIN} [] owl:onProperty glocal:a ; owl:maxCardinality 1 .", "a"),
        (f"{CHAIN} glocal:b owl:propertyDisjointWith glocal:a .", "a"),
        (
            f"{CHAIN} glocal:a a owl:ObjectProperty ."
            "[] a owl:AllDisjointProperties ; owl:members ( glocal:a glocal:b ) .",
            "a",
        ),
    ],
    ids=["transitive", "above", "inverse", "cardinality", "disjoint", "all disjoint"],
)
def test_axioms_for_simple_properties_alone_are_refused_for_others(turtle: str, name: str) -> None:
    assert problems(turtle) == [
        f"glocal:{name} is transitive or derived by a chain, so OWL 2 DL does not allow this axiom."
    ]


@pytest.mark.parametrize(
    "turtle",
    [
        "glocal:b rdfs:subPropertyOf glocal:a ; a owl:IrreflexiveProperty .",
        "[] owl:onProperty glocal:a ; owl:someValuesFrom glocal:City .",
    ],
)
def test_what_stands_below_a_chain_and_some_values_of_it_are_allowed(turtle: str) -> None:
    assert problems(CHAIN + turtle) == []


def test_two_chains_that_rest_on_each_other_are_irregular() -> None:
    assert problems(
        "glocal:a owl:propertyChainAxiom ( glocal:x glocal:b ) ."
        "glocal:b owl:propertyChainAxiom ( glocal:y glocal:a ) ."
    ) == [
        "the chain for glocal:a uses glocal:b, which depends on glocal:a itself.",
        "the chain for glocal:b uses glocal:a, which depends on glocal:b itself.",
    ]


def test_a_chain_that_uses_a_broader_property_in_its_middle_is_irregular() -> None:
    assert problems(
        "glocal:a rdfs:subPropertyOf glocal:b ."
        "glocal:a owl:propertyChainAxiom ( glocal:x glocal:b glocal:y ) ."
    ) == ["the chain for glocal:a uses glocal:b, which depends on glocal:a itself."]


def test_an_inverse_in_a_chain_counts_as_its_property() -> None:
    assert problems(
        "glocal:a owl:propertyChainAxiom ( glocal:x [ owl:inverseOf glocal:a ] glocal:y ) ."
    ) == ["the chain for glocal:a uses glocal:a, which depends on glocal:a itself."]


def test_a_property_may_open_or_close_its_own_chain_or_be_transitive_by_it() -> None:
    assert (
        problems(
            "glocal:a owl:propertyChainAxiom ( glocal:a glocal:x ) , ( glocal:y glocal:a ) ,"
            " ( glocal:a glocal:a ) ."
        )
        == []
    )


def test_a_name_is_one_kind_of_property() -> None:
    assert problems("glocal:a a owl:ObjectProperty , owl:DatatypeProperty .") == [
        "glocal:a is declared as owl:ObjectProperty and owl:DatatypeProperty."
    ]


def test_a_property_stands_below_one_of_its_own_kind() -> None:
    assert problems(
        "glocal:a a owl:ObjectProperty ; rdfs:subPropertyOf glocal:b ."
        "glocal:b a owl:AnnotationProperty ."
    ) == ["glocal:a is a subproperty of glocal:b, which is another kind of property."]


def test_an_axiom_has_a_status_that_is_one() -> None:
    assert problems(
        "[] a owl:Axiom ; glocal:ruleStatus glocal:City ."
        "[] a owl:Axiom ; glocal:ruleStatus glocal:Hypothesis ."
    ) == ["glocal:City is not the status of an axiom."]


def test_an_axiom_that_is_a_thesis_names_the_passage_that_states_it() -> None:
    assert problems(
        "[] glocal:ruleStatus glocal:Thesis ; dcterms:source <https://example.org/book> ."
        "[] glocal:ruleStatus glocal:Thesis ; dcterms:source passage:p02.3 ."
    ) == ["an axiom is a thesis but names no passage that states it."]


def test_properties_that_are_subproperties_of_each_other_are_found() -> None:
    assert problems(
        "glocal:a rdfs:subPropertyOf glocal:b . glocal:b rdfs:subPropertyOf glocal:a ."
    ) == [
        "glocal:a is as wide as glocal:b: each is a subproperty of the other.",
        "glocal:b is as wide as glocal:a: each is a subproperty of the other.",
    ]


def test_an_annotation_property_has_no_domain() -> None:
    assert problems("glocal:a a owl:AnnotationProperty ; rdfs:domain glocal:City .") == [
        "the annotation property glocal:a has an rdfs:domain, from which nothing follows."
    ]


def test_a_range_is_a_datatype_for_a_datatype_property_alone() -> None:
    assert problems(
        "glocal:a a owl:ObjectProperty ; rdfs:range xsd:integer ."
        "glocal:b a owl:DatatypeProperty ; rdfs:range glocal:City ."
        "glocal:c a owl:DatatypeProperty ; rdfs:range xsd:integer ."
        "glocal:d a owl:ObjectProperty ; rdfs:range glocal:City ; rdfs:domain glocal:City ."
    ) == [
        "the rdfs:range of glocal:a is xsd:integer, which is no class.",
        "the rdfs:range of glocal:b is glocal:City, which is no datatype.",
    ]


def test_an_import_of_our_own_is_a_module() -> None:
    header = "<https://w3id.org/glocal/ontology> a owl:Ontology ; owl:imports"
    core = "<https://w3id.org/glocal/ontology/core>"

    assert problems(f"{header} {core} , <https://example.org/other> .") == [
        "https://w3id.org/glocal/ontology/core is imported but no module has this name."
    ]
    assert problems(f"{header} {core} . {core} a owl:Ontology .") == []
