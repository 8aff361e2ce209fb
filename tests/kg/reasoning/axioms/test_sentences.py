"""Sentences of the rules about equality, numbers and values."""

import pytest

from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.rules.rule import Rule
from tests.kg.reasoning.given import quads

LABELS = """
:City rdfs:label "city"@en , "城市"@zh . :p rdfs:label "has mayor"@en , "的市长为"@zh .
:code rdfs:label "has code"@en , "的代码为"@zh . id:a rdfs:label "Lyon"@en , "里昂"@zh .
id:b rdfs:label "Lyons"@en , "里昂市"@zh .
:p a owl:ObjectProperty . :code a owl:DatatypeProperty .
"""


def first_rule(ontology: str) -> Rule:
    return compile_axioms(quads(LABELS + ontology)).rules[0]


P = "[ owl:onProperty :p ; {} ]"
SENTENCES = [
    (
        ":p a owl:FunctionalProperty .",
        "If X has mayor Y and X has mayor Z, then Y is the same as Z.",
        "若甲“的市长为”乙，且甲“的市长为”丙，则乙与丙为同一者。",
    ),
    (
        ":code a owl:FunctionalProperty .",
        "If X has code Y and X has code Z, then Y is the same value as Z.",
        "若甲“的代码为”乙，且甲“的代码为”丙，则乙与丙为同一值。",
    ),
    (
        ":City owl:hasKey ( :code ) .",
        "If X is a city and Y is a city and X has code Z and Y has code Z, "
        "then X is the same as Y.",
        "若甲属“城市”，且乙属“城市”，且甲“的代码为”丙，且乙“的代码为”丙，则甲与乙为同一者。",
    ),
    (
        f":City rdfs:subClassOf {P.format('owl:maxCardinality 0')} .",
        "It cannot be that X is a city and X has mayor Z.",
        "不可能同时成立：甲属“城市”；甲“的市长为”乙。",
    ),
    (
        f":City rdfs:subClassOf {P.format('owl:maxCardinality 1')} .",
        "If X is a city and X has mayor Z and X has mayor U, then Z is the same as U.",
        "若甲属“城市”，且甲“的市长为”乙，且甲“的市长为”丙，则乙与丙为同一者。",
    ),
    (
        "[] owl:sourceIndividual id:a ; owl:assertionProperty :code ; owl:targetValue 5 .",
        "It cannot be that Lyon has code Z and Z is 5.",
        "不可能同时成立：里昂“的代码为”甲；甲为5。",
    ),
    (
        "id:a owl:sameAs id:b . id:a owl:differentFrom id:b .",
        "It cannot be that Lyon is the same as Lyons.",
        "不可能里昂与里昂市为同一者。",
    ),
    (
        ":City rdfs:subClassOf [ owl:onProperty :code ; owl:allValuesFrom "
        "[ a rdfs:Datatype ; owl:datatypeComplementOf [ a rdfs:Datatype ; owl:unionOf "
        "( xsd:integer [ a rdfs:Datatype ; owl:oneOf ( 'x' ) ] ) ] ] ] .",
        "If X is a city and X has code Z, then Z is no value of xsd:integer and Z is not x.",
        "若甲属“城市”，且甲“的代码为”乙，则乙不是 xsd:integer 类型的值，且乙不为x。",
    ),
    (
        "[ owl:onProperty :code ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype "
        "xsd:string ; owl:withRestrictions ( [ xsd:pattern 'Q[0-9]+' ] [ xsd:minLength 2 ] ) ] ] "
        "rdfs:subClassOf :City .",
        "If X has code Z and Z is a value of xsd:string and Z matches “Q[0-9]+” "
        "and Z has at least 2 characters, then X is a city.",
        "若甲“的代码为”乙，且乙是 xsd:string 类型的值，且乙符合模式“Q[0-9]+”，"
        "且乙至少有 2 个字符，则甲属“城市”。",
    ),
]


@pytest.mark.parametrize(("axiom", "english", "chinese"), SENTENCES)
def test_the_sentence_says_the_axiom(axiom: str, english: str, chinese: str) -> None:
    assert first_rule(axiom).sentence == {"en": english, "zh": chinese}
