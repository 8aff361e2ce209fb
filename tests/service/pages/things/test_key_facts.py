from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.evidence import ProvenanceReader
from kg.namespaces import BASE, GLOCAL, ID, XSD
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.key_facts import KeyFacts
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import StatementWriter
from service.pages.things.timeline import Moment
from service.pages.world_map import PLACING
from tests.service.conftest import store_of

TRIG = """
glocal:memberOf schema:domainIncludes glocal:City ; rdfs:label "is a member of"@en .
glocal:likes rdfs:label "likes"@en . glocal:foundedAt rdfs:label "was founded at"@en .
glocal:City rdfs:label "city"@en . glocal:foundedOn rdfs:label "was founded on"@en .
id:London rdfs:label "London"@en . id:C40 rdfs:label "C40"@en .
ev:a a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:validTime "2005"^^xsd:gYear .
"""
LONDON = ID["London"]
EVIDENCE = NamedNode(f"{BASE}evidence/a")


def key_facts(*statements: Statement) -> KeyFacts:
    store = store_of(TRIG)
    writer = StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))
    return KeyFacts(PropertyRoles(store), writer, LONDON, statements, [])


def said(name: str, value: NamedNode | Literal) -> Statement:
    return Statement(Triple(LONDON, GLOCAL[name], value))


def founded(value: str) -> Statement:
    return said("foundedOn", Literal(value, datatype=XSD["gYear"]))


def test_relations_that_define_members_come_first_then_dates_then_other_short_values() -> None:
    facts = key_facts(
        said("motto", Literal("Onwards")),
        said("history", Literal("A long text. " * 20)),
        founded("1200"),
        said("likes", ID["C40"]),
        said("memberOf", ID["C40"]),
        Statement(Triple(LONDON, PLACING[0], Literal("51.5"))),
    ).facts({})

    assert [(fact.name.striptags(), fact.values[0].striptags()) for fact in facts] == [
        ("is a member of", "C40"),
        ("was founded on", "1200"),
        ("glocal:motto", "Onwards"),
    ]


def test_of_many_values_the_first_are_told_and_the_others_counted() -> None:
    (fact,) = key_facts(*(said("memberOf", ID[f"n{number}"]) for number in range(7))).facts({})

    assert [value.striptags() for value in fact.values] == ["id:n0", "id:n1", "id:n2", "id:n3"]
    assert fact.others == 3


def test_a_value_has_the_time_that_its_statement_is_about() -> None:
    member, other = said("memberOf", ID["C40"]), said("memberOf", ID["UCLG"])

    (fact,) = key_facts(member, other).facts({member.triple: (EVIDENCE,)})

    assert [value.striptags() for value in fact.values] == ["C40 as of 2005 glocal:Fact", "id:UCLG"]


def test_a_thing_without_a_description_is_told_by_class_and_first_relation() -> None:
    (sentence,) = key_facts(founded("1200"), said("likes", ID["C40"])).make_sentence(
        [GLOCAL["City"]]
    )

    assert sentence == Literal("city; likes C40", language="en")


def test_dates_and_the_times_of_statements_are_moments() -> None:
    at_london = Statement(Triple(ID["C40"], GLOCAL["foundedAt"], LONDON), is_incoming=True)
    likes = said("likes", ID["C40"])
    graphs = {at_london.triple: (EVIDENCE,), likes.triple: (EVIDENCE,)}

    moments = key_facts(founded("1200"), at_london, likes).moments(graphs)

    assert list(moments) == [
        Moment("1200", "was founded on"),
        Moment("2005", "C40 was founded at London", "/id/C40"),
        Moment("2005", "likes C40", "/id/C40"),
    ]
