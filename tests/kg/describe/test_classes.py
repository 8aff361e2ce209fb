from pyoxigraph import QuerySolutions

from kg.describe.classes import COUNT_MEMBERS, ClassTree
from kg.namespaces import GLOCAL
from tests.kg.describe.test_description import store_of

TRIG = """
graph:ontology {
    glocal:Entity a owl:Class . glocal:Rule a owl:Class .
    glocal:Agent a owl:Class ; rdfs:subClassOf glocal:Entity , glocal:Undeclared .
    glocal:City a owl:Class ; rdfs:subClassOf glocal:Agent , glocal:City .
    glocal:Loop a owl:Class ; rdfs:subClassOf glocal:Coil .
    glocal:Coil a owl:Class ; rdfs:subClassOf glocal:Loop .
}
id:London a glocal:City , glocal:Agent . id:Paris a glocal:City .
rule:r1 a glocal:Rule .
<https://example.org/> a glocal:City .
id:Old a glocal:City ; owl:deprecated true .
"""
ENTITY, AGENT, CITY, RULE = (GLOCAL[name] for name in ("Entity", "Agent", "City", "Rule"))


def test_a_class_stands_between_the_declared_ones_above_and_below_it() -> None:
    tree = ClassTree(store_of(TRIG))

    assert (tree.broader(AGENT), tree.narrower(AGENT)) == ([ENTITY], [CITY])
    assert tree.way_to(CITY) == [ENTITY, AGENT, CITY]
    assert tree.way_to(GLOCAL["Loop"]) == [GLOCAL["Coil"], GLOCAL["Loop"]]


def test_one_begins_with_what_is_below_the_top_or_the_top_itself() -> None:
    assert ClassTree(store_of(TRIG)).main_classes == [AGENT, RULE]


def test_members_are_counted_that_are_of_the_project_and_not_withdrawn() -> None:
    rows = store_of(TRIG).query(COUNT_MEMBERS)

    assert isinstance(rows, QuerySolutions)
    assert {row["class"]: (row["count"].value, row["entities"].value) for row in rows} == {
        AGENT: ("1", "1"),
        CITY: ("2", "2"),
        RULE: ("1", "0"),
    }
