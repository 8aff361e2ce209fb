import pytest
from pyoxigraph import NamedNode, Quad

from kg.describe.evidence import ProvenanceReader
from kg.namespaces import BASE, GLOCAL, GRAPH, ID
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.graph_contents import Contents, GraphReader
from service.pages.things.statements import StatementWriter
from tests.service.conftest import store_of

TRIG = """
passage:p1.1 glocal:offset 5 ; glocal:inSource id:Text ; glocal:page 1 ; glocal:paragraph "1" .
passage:p1.2 glocal:offset 40 ; glocal:inSource id:Text ; glocal:page 1 ; glocal:paragraph "2" .
passage:p1.ma glocal:inSource id:Text ; glocal:page 1 ; glocal:paragraph "ma" .
passage:p2.1 glocal:offset 300 ; glocal:inSource id:Text ; glocal:page 2 ; glocal:paragraph "1" .
passage:q1.1 glocal:offset 0 ; glocal:inSource id:Book ; glocal:page 1 ; glocal:paragraph "1" .
id:Doe rdfs:label "J. Doe"@en .
ev:p1.1-claim-Doe { id:City glocal:leaves id:State . id:City glocal:likes id:City . }
ev:p1.2-claim-Doe-2 { id:City glocal:leaves id:State . }
ev:p1.2-claim-Doe-10 { id:City glocal:leaves id:Town . }
ev:p1.2-claim-Doe-10 a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p1.2 .
ev:p1.1-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p1.1 ; skos:note "Two things are said."@en .
ev:p1.2-claim-Doe-2 a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p1.2 .
ev:p1.1-plan { id:City glocal:builds id:Town . }
ev:p1.1-plan a glocal:Evidence ; glocal:hasStatus glocal:Plan ; glocal:heldBy id:Doe ;
    glocal:fromPassage passage:p1.1 .
ev:p1.1-fact { id:obs a glocal:Observation ; glocal:subject id:City . id:City a glocal:Place . }
ev:p1.1-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p1.1 .
glocal:Observation glocal:describesThrough glocal:subject .
rule:r a glocal:Rule .
graph:derived-fact-r { id:City glocal:near id:Town , id:State . }
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
graph:follows { id:Town glocal:leaves id:State . }
graph:follows a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ;
    glocal:followsFromClaimOf id:Doe ; glocal:heldBy id:Doe .
"""


@pytest.fixture(scope="module")
def reader() -> GraphReader:
    store = store_of(TRIG)
    return GraphReader(store, ProvenanceReader(store))


@pytest.fixture(scope="module")
def statements() -> StatementWriter:
    store = store_of(TRIG)
    return StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))


def passage(name: str) -> NamedNode:
    return NamedNode(f"{BASE}source/wang/{name}")


def told(contents: Contents) -> list[str]:
    return [row.words.striptags() for row in contents.rows]


def test_what_somebody_claims_is_told_by_evidence_with_its_note_and_grounds_once(
    reader: GraphReader, statements: StatementWriter
) -> None:
    first, second, tenth, plan = reader.read_of_holder(statements, ID["Doe"])

    assert told(first) == ["id:City glocal:leaves id:State", "id:City glocal:likes id:City"]
    assert [note.value for note in first.notes] == ["Two things are said."]
    assert "page 1, paragraph 1" in first.heading.striptags()
    assert "Two things are said." not in first.heading
    assert not any(row.grounds for row in first.rows)
    assert [one.graph.value.rpartition("/")[2] for one in (second, tenth) if one.graph] == [
        "p1.2-claim-Doe-2",
        "p1.2-claim-Doe-10",
    ]
    assert told(plan) == ["id:City glocal:builds id:Town"]


def test_what_follows_from_claims_is_told_apart(
    reader: GraphReader, statements: StatementWriter
) -> None:
    consequences = reader.read_consequences(statements, ID["Doe"])

    assert consequences is not None
    assert told(consequences) == ["id:Town glocal:leaves id:State"]
    assert reader.read_consequences(statements, ID["City"]) is None


def test_what_was_read_from_a_passage_begins_with_the_strongest(
    reader: GraphReader, statements: StatementWriter
) -> None:
    read = reader.read_from_passage(statements, passage("p1.1"))

    assert [several.graph.value.rpartition("/")[2] for several in read if several.graph] == [
        "p1.1-fact",
        "p1.1-claim-Doe",
        "p1.1-plan",
    ]
    # The page is about this passage.
    assert not any("page 1" in several.heading.striptags() for several in read)
    # The name of a statement node says its class.
    assert told(read[0]) == ["id:City is of the class glocal:Place"]
    [node] = read[0].nodes
    assert statements.terms.label(ID["obs"]).value == "glocal:Observation: id:City"
    assert (node.node, [row.words.striptags() for row in node.rows]) == (ID["obs"], ["id:City"])


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("p1.1", None, "p1.2"),
        ("p1.2", "p1.1", "p1.ma"),
        ("p1.ma", "p1.2", "p2.1"),
        ("p2.1", "p1.ma", None),
        ("q1.1", None, None),
    ],
)
def test_passages_follow_each_other_in_the_order_of_their_source(
    reader: GraphReader, name: str, before: str | None, after: str | None
) -> None:
    expected = [passage(one) if one else None for one in (before, after)]

    assert reader.find_neighbours(passage(name)) == expected


def test_a_rule_tells_what_it_derives_and_how_often(
    reader: GraphReader, statements: StatementWriter
) -> None:
    (derivation,) = reader.read_of_rule(statements, NamedNode(f"{BASE}rule/r"))

    assert derivation.triples == 2
    assert told(derivation.contents) == [
        "id:City glocal:near id:State",
        "id:City glocal:near id:Town",
    ]
    assert all(row.why and not row.whatif for row in derivation.contents.rows)


def test_of_a_large_graph_the_first_statements_are_shown(statements: StatementWriter) -> None:
    many = " ".join(f"id:n{number:03} glocal:near id:Town ." for number in range(250))
    store = store_of(f"graph:many {{ {many} }}")
    contents = GraphReader(store, ProvenanceReader(store)).read_graph(
        statements, NamedNode(f"{BASE}graph/many")
    )

    assert (len(contents.rows), contents.is_all) == (200, False)


def numbered(count: int) -> GraphReader:
    """Return the reader of a store whose graph `many` has so many statements."""
    things = (ID[f"Thing{number:05}"] for number in range(count))
    quads = [Quad(thing, GLOCAL["near"], ID["Town"], GRAPH["many"]) for thing in things]
    store = Store.in_memory(reversed(quads))
    return GraphReader(store, ProvenanceReader(store))


def test_of_a_graph_with_many_statements_the_first_ones_are_told(
    statements: StatementWriter,
) -> None:
    contents = numbered(1_000).read_graph(statements, GRAPH["many"])

    assert told(contents) == [f"id:Thing{number:05} glocal:near id:Town" for number in range(200)]
    assert (contents.is_all, contents.is_first) == (False, True)


def test_of_a_large_graph_some_statements_are_told(statements: StatementWriter) -> None:
    contents = numbered(50_001).read_graph(statements, GRAPH["many"])

    assert len(set(told(contents))) == 200
    assert (contents.is_all, contents.is_first) == (False, False)
