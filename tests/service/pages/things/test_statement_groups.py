from pyoxigraph import NamedNode, Triple

from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, ID
from service.pages.things.statement_groups import Statement, StatementGroups
from tests.service.conftest import store_of

TRIG = """
glocal:memberOf owl:inverseOf glocal:hasMember . glocal:near a owl:SymmetricProperty .
glocal:bare glocal:ofPattern id:First . glocal:other glocal:ofPattern id:Second .
glocal:hosted rdfs:subPropertyOf glocal:bare , glocal:other .
"""
GROUPS = StatementGroups(RelationPatterns(store_of(TRIG)))
C40, LONDON = ID["C40"], ID["London"]


def triple(subject: NamedNode, name: str, object_: NamedNode) -> Triple:
    return Triple(subject, GLOCAL[name], object_)


def test_a_property_and_its_inverse_say_the_same_once_as_it_is_asserted() -> None:
    has = Statement(triple(C40, "hasMember", LONDON))
    member = Statement(triple(LONDON, "memberOf", C40), is_incoming=True)

    for derived, kept in ((has, member), (member, has)):
        told = GROUPS.leave_out_twins([has, member], lambda one, d=derived: one == d.triple)
        assert told == [kept]


def test_of_two_ways_to_say_it_that_of_the_resource_stays() -> None:
    ways = [
        Statement(triple(LONDON, "near", C40), is_incoming=True),
        Statement(triple(C40, "near", LONDON)),
    ]

    assert GROUPS.leave_out_twins(ways, lambda _: True) == [ways[1]]


def test_the_two_directions_of_another_property_are_two_statements() -> None:
    ways = [
        Statement(triple(LONDON, "likes", C40), is_incoming=True),
        Statement(triple(C40, "likes", LONDON)),
    ]

    assert GROUPS.leave_out_twins(ways, lambda _: False) == ways


def test_a_relation_of_two_patterns_is_told_under_the_first() -> None:
    hosted = Statement(triple(LONDON, "hosted", C40))

    assert GROUPS.group_by_pattern([hosted]) == [(ID["First"], [hosted])]
