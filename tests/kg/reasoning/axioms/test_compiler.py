"""Axioms compiled to rules: names, statuses, sentences, and what no rule says.

What follows by each rule of OWL 2 RL is in test_owl_2_rl_tables.py.
"""

import pytest
from pyoxigraph import NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import GLOCAL, ID, OWL
from kg.reasoning.axioms.compiler import CompiledAxioms, compile_axioms
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status
from tests.kg.reasoning.given import derived, quads, triples


def compiled(ontology: str) -> CompiledAxioms:
    return compile_axioms(quads(ontology))


def only_rule(ontology: str) -> Rule:
    (rule,) = compiled(ontology).rules
    return rule


def test_an_axiom_without_annotation_is_neutral() -> None:
    assert only_rule(":p rdfs:subPropertyOf :q .").status is None


def test_a_modelling_decision_counts_as_a_reading() -> None:
    rule = only_rule(""":p rdfs:subPropertyOf :q . [] a owl:Axiom ; owl:annotatedSource :p ;
        owl:annotatedProperty rdfs:subPropertyOf ; owl:annotatedTarget :q ;
        glocal:isModellingDecision true .""")

    assert rule.status is Status.READING


def test_a_rule_status_outweighs_a_modelling_decision() -> None:
    rule = only_rule(""":A rdfs:subClassOf :B . [] a owl:Axiom ; owl:annotatedSource :A ;
        owl:annotatedProperty rdfs:subClassOf ; owl:annotatedTarget :B ;
        glocal:isModellingDecision true ; glocal:ruleStatus glocal:Hypothesis .""")

    assert rule.status is Status.HYPOTHESIS


@pytest.mark.parametrize("target", ["_:chain", "( :p [ owl:inverseOf :q ] )"])
def test_an_annotated_chain_is_found_by_its_node_or_by_the_same_list(target: str) -> None:
    rule = only_rule(f""":r owl:propertyChainAxiom _:chain .
        _:chain rdf:first :p ; rdf:rest ( [ owl:inverseOf :q ] ) .
        [] a owl:Axiom ; owl:annotatedSource :r ; owl:annotatedProperty owl:propertyChainAxiom ;
        owl:annotatedTarget {target} ; glocal:isModellingDecision true .""")

    assert rule.status is Status.READING


def test_an_annotated_inverse_is_found_though_its_node_is_blank() -> None:
    rule = only_rule("""[ owl:inverseOf :p ] rdfs:subPropertyOf :q .
        [] a owl:Axiom ; owl:annotatedSource [ owl:inverseOf :p ] ;
        owl:annotatedProperty rdfs:subPropertyOf ; owl:annotatedTarget :q ;
        glocal:isModellingDecision true .""")

    assert rule.status is Status.READING


ANNOTATED = """[] a owl:Axiom ; owl:annotatedSource :p ; owl:annotatedProperty rdfs:subPropertyOf ;
    owl:annotatedTarget :q ; glocal:ruleStatus glocal:Thesis """


def test_a_thesis_names_the_passages_that_state_it() -> None:
    sources = "dcterms:source passage:p12.2 , passage:p12.1 , <http://example.org/> ."

    rule = only_rule(f":p rdfs:subPropertyOf :q . {ANNOTATED} ; {sources}")

    assert (rule.status, rule.passages) == (Status.THESIS, ("p12.1", "p12.2"))


def test_a_thesis_that_names_no_passage_is_no_rule() -> None:
    result = compiled(f":p rdfs:subPropertyOf :q . {ANNOTATED} .")

    assert result.rules == []
    assert "a thesis names the passage that states it" in result.uncompiled[0]


@pytest.mark.parametrize(
    ("axioms", "expected"),
    [
        (":p owl:inverseOf :q .", True),
        (":p a owl:SymmetricProperty .", True),
        (":p owl:equivalentProperty :q .", True),
        (":A owl:equivalentClass :B .", True),
        (":p rdfs:subPropertyOf :q .", False),
        (":A rdfs:subClassOf :B .", False),
        (":p rdfs:range :A .", False),
        (":p a owl:TransitiveProperty .", False),
        (":p a owl:ReflexiveProperty .", False),
        (":p owl:propertyChainAxiom ( :q ) .", False),
        (":A owl:equivalentClass [ owl:onProperty :p ; owl:hasValue :b ] .", False),
        (":p owl:equivalentProperty [ owl:inverseOf :q ] .", False),
    ],
)
def test_only_axioms_between_names_put_a_statement_in_other_words(
    axioms: str, *, expected: bool
) -> None:
    assert {rule.restates for rule in compiled(axioms).rules} <= {expected}


def test_what_the_curators_decide_is_no_other_way_to_say_the_same() -> None:
    rules = compiled(""":p owl:inverseOf :q . [] a owl:Axiom ; owl:annotatedSource :p ;
        owl:annotatedProperty owl:inverseOf ; owl:annotatedTarget :q ;
        glocal:isModellingDecision true .""").rules

    assert [(rule.status, rule.restates) for rule in rules] == [(Status.READING, False)] * 2


def test_what_two_axioms_say_counts_at_its_strongest() -> None:
    result = compiled(""":A owl:equivalentClass :B . :A rdfs:subClassOf :B .
        [] a owl:Axiom ; owl:annotatedSource :A ; owl:annotatedProperty rdfs:subClassOf ;
        owl:annotatedTarget :B ; glocal:isModellingDecision true .""")

    rules = [(rule.name, rule.status) for rule in result.rules]
    assert rules == [("cax-eqc1-A-B", None), ("cax-eqc2-B-A", None)]


# Axiom, the line that lists it, how many rules it yields nevertheless.
UNCOMPILED = [
    (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:someValuesFrom :B ] .",
        "glocal:A SubClassOf (glocal:p some glocal:B): "
        "no rule can express (glocal:p some glocal:B): not a superclass expression of OWL 2 RL",
        0,
    ),
    (
        "[ owl:complementOf :A ] rdfs:subClassOf :B .",
        "not glocal:A SubClassOf glocal:B: no rule can express not glocal:A: "
        "not a subclass expression of OWL 2 RL",
        0,
    ),
    (
        ":A owl:equivalentClass [ owl:unionOf ( :B :C ) ] .",
        "glocal:A EquivalentTo (glocal:B or glocal:C): no rule can express (glocal:B or glocal:C): "
        "not a superclass expression of OWL 2 RL",
        2,
    ),
    (
        ":p a owl:ReflexiveProperty .",
        "glocal:p a owl:ReflexiveProperty: the rule would apply to everything",
        0,
    ),
    (
        ":p rdfs:range :rank . :rank a rdfs:Datatype .",
        "glocal:p Range glocal:rank: no rule can express glocal:rank: not a datatype of OWL 2",
        0,
    ),
    (
        ":p rdfs:range :rank . :rank a rdfs:Datatype ; owl:equivalentClass :rank .",
        "glocal:p Range glocal:rank: no rule can express glocal:rank: "
        "a datatype defined in terms of itself",
        0,
    ),
    (
        ":p rdfs:range "
        "[ owl:onDatatype xsd:integer ; owl:withRestrictions ( [ xsd:length 2 ] ) ] .",
        "glocal:p Range xsd:integer[length 2]: no rule can express xsd:length of xsd:integer: "
        "unsupported facet",
        0,
    ),
    (
        r""":p rdfs:range [ owl:onDatatype xsd:string ;
            owl:withRestrictions ( [ xsd:pattern "\\p{Lu}" ] ) ] .""",
        r"""glocal:p Range xsd:string[pattern \p{Lu}]: no rule can express "\\p{Lu}": """
        "a pattern with syntax that only XML Schema's regular expressions have",
        0,
    ),
    (
        ":p rdfs:domain xsd:integer .",
        "glocal:p Domain xsd:integer: no rule can express xsd:integer: "
        "expected a class, got a datatype; literals are not classified",
        0,
    ),
    (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality 2 ] .",
        "glocal:A SubClassOf (glocal:p max 2): no rule can express (glocal:p max 2): "
        "not a superclass expression of OWL 2 RL",
        0,
    ),
    (
        ":p a owl:ObjectProperty . :A rdfs:subClassOf "
        "[ owl:onProperty :p ; owl:qualifiedCardinality 0 ; owl:onClass :B ] , "
        "[ owl:onProperty :p ; owl:qualifiedCardinality 1 ; owl:onClass :B ] .",
        "glocal:A SubClassOf (glocal:p exactly 1 glocal:B): "
        "no rule can express (glocal:p exactly 1 glocal:B): at least one value has to exist",
        9,
    ),
    (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:minCardinality 1 ] .",
        "glocal:A SubClassOf (glocal:p min 1): no rule can express (glocal:p min 1): "
        "not a superclass expression of OWL 2 RL",
        0,
    ),
    (
        ":A rdfs:subClassOf [ owl:onProperty :p ; owl:maxCardinality -1 ] .",
        "glocal:A SubClassOf (glocal:p max -1): no rule can express (glocal:p max -1): "
        "expected a non-negative integer",
        0,
    ),
    (
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :p .",
        "NegativePropertyAssertion: id:a, glocal:p: no rule can express id:a: "
        "expected exactly one property and one target",
        0,
    ),
    (
        ":A owl:hasKey () .",
        "glocal:A HasKey : no rule can express glocal:A: a key without properties",
        0,
    ),
    (
        ":A owl:unionOf ( :B :C ) .",
        "glocal:A EquivalentTo (glocal:B or glocal:C): no rule can express (glocal:B or glocal:C): "
        "not a superclass expression of OWL 2 RL",
        2,
    ),
    (
        ":p rdfs:subPropertyOf owl:topObjectProperty .",
        "glocal:p SubPropertyOf owl:topObjectProperty: no rule can express owl:topObjectProperty: "
        "excluded from OWL 2 RL",
        0,
    ),
    (
        "owl:Thing rdfs:subClassOf :A .",
        "owl:Thing SubClassOf glocal:A: no rule can express owl:Thing SubClassOf glocal:A: "
        "the rule would apply to everything",
        0,
    ),
]


@pytest.mark.parametrize(("axiom", "listed", "rules"), UNCOMPILED)
def test_what_no_rule_says_is_listed(axiom: str, listed: str, rules: int) -> None:
    result = compiled(axiom)

    assert result.uncompiled == [listed]
    assert len(result.rules) == rules


def test_chains_that_rest_on_each_other_end() -> None:
    ontology = """:q owl:propertyChainAxiom ( :p :q ) . :p owl:propertyChainAxiom ( :q :p ) ."""

    following = derived("id:a :p id:b . id:b :q id:a .", compiled(ontology).rules)

    assert following == triples("id:a :q id:a . id:b :p id:b .")


@pytest.mark.parametrize(
    "axiom",
    [
        "_:a owl:intersectionOf ( :A _:a ) ; rdfs:subClassOf :B .",
        ":A owl:hasKey _:l . _:l rdf:first :p ; rdf:rest _:l .",
        "_:a owl:inverseOf _:a ; rdfs:subPropertyOf :p .",
    ],
)
def test_an_expression_that_is_part_of_itself_is_refused(axiom: str) -> None:
    with pytest.raises(UnsupportedAxiom, match="part of itself"):
        compiled(axiom)


def test_annotations_and_declarations_are_no_axioms() -> None:
    result = compiled(""":note a owl:AnnotationProperty ; rdfs:subPropertyOf rdfs:comment ;
        rdfs:range xsd:string . :A a owl:Class ; rdfs:label "a"@en .
        <https://w3id.org/glocal/ontology> a owl:Ontology ; owl:versionInfo "1" .""")

    assert (result.rules, result.uncompiled) == ([], [])


def test_what_is_said_to_be_distinct_is_recorded() -> None:
    result = compiled("""id:a owl:differentFrom id:b .
        [] a owl:AllDifferent ; owl:distinctMembers ( id:c id:d id:e ) .""")

    assert result.distinct_terms == [(ID["a"], ID["b"]), (ID["c"], ID["d"], ID["e"])]
    assert (result.rules, result.uncompiled) == ([], [])


def test_a_term_of_another_vocabulary_is_named_with_its_prefix() -> None:
    rule = only_rule(
        ":p owl:propertyChainAxiom ( [ owl:inverseOf org:member ] org:organization ) ."
    )

    assert rule.name == "prp-spo2-inv-org-member-org-organization-p"


def test_names_are_unique_where_two_axioms_would_share_one() -> None:
    rules = compiled("""[ owl:intersectionOf ( :A :B ) ] rdfs:subClassOf :C .
        [ owl:intersectionOf ( :A [ owl:intersectionOf ( :B ) ] ) ] rdfs:subClassOf :C .
        [ owl:intersectionOf ( [ owl:onProperty :A ; owl:someValuesFrom :B ] ) ]
            rdfs:subClassOf :C .""").rules

    names = [(rule.name, len(rule.body)) for rule in rules]
    assert names == [("cls-int1-A-B-C", 2), ("cls-int1-A-B-C-2", 2)]


def test_sentences_are_made_of_labels_in_both_languages() -> None:
    rule = only_rule(""":r owl:propertyChainAxiom ( :p :q ) .
        :p rdfs:label "is member of"@en , "属于"@zh .
        :q rdfs:label "addresses"@en , "处理"@zh .
        :r rdfs:label "takes part in"@en , "参与"@zh .""")

    assert rule.sentence == {
        "en": "If X is member of Y and Y addresses Z, then X takes part in Z.",
        "zh": "若甲“属于”乙，且乙“处理”丙，则甲“参与”丙。",
    }
    assert rule.source == "OWL 2 RL prp-spo2: glocal:r SuperPropertyOf glocal:p o glocal:q"


def test_the_sentence_of_a_contradiction_says_what_cannot_be() -> None:
    rule = only_rule(""":City owl:disjointWith :University .
        :City rdfs:label "city"@en , "城市"@zh .
        :University rdfs:label "university"@en , "大学"@zh .""")

    assert rule.sentence == {
        "en": "It cannot be that X is a city and X is a university.",
        "zh": "甲不能既是城市又是大学。",
    }
    assert rule.head == ()
    assert GLOCAL["City"] in {atom.object for atom in rule.body}


def test_an_individual_that_is_none_of_others_contradicts_nothing() -> None:
    assert compiled("id:a a [ owl:complementOf [ owl:oneOf ( id:b ) ] ] .").rules == []


@pytest.mark.parametrize("predicate", ["sameAs", "differentFrom"])
def test_a_triple_term_is_no_part_of_an_axiom(predicate: str) -> None:
    subject = NamedNode("urn:a")
    quad = Quad(subject, OWL[predicate], Triple(subject, subject, subject))

    assert list(compile_axioms([quad]).rules) == []
