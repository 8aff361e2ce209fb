from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.evidence import ProvenanceReader
from kg.namespaces import BASE, GLOCAL, ID, XSD
from service.http.html import read_macros
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import Row, StatementWriter
from tests.service.conftest import store_of

LONDON = ID["London"]
TRIG = """
ev:a-fact a glocal:Evidence ; glocal:hasStatus glocal:Fact ;
    skos:note "Said so."@en , "如此说。"@zh .
ev:a-reading a glocal:Evidence ; glocal:hasStatus glocal:Reading ; glocal:heldBy id:Us .
ev:a-claim-Doe a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
ev:a-hypothesis a glocal:Evidence ; glocal:hasStatus glocal:Hypothesis .
ev:a-recommendation a glocal:Evidence ; glocal:hasStatus glocal:Recommendation .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact .
graph:supposed a glocal:DerivedGraph ; glocal:hasStatus glocal:Hypothesis ; glocal:heldBy id:Doe .
graph:judged a glocal:DerivedGraph ; glocal:hasStatus glocal:Reading ; glocal:heldBy id:Doe .
glocal:nearTo rdfs:label "near"@en . id:London rdfs:label "London"@en .
id:Doe rdfs:label "J. Doe"@en . id:C40 rdfs:label "C40"@en . id:Paris rdfs:label "Paris"@en .
"""
GRAPHS = {
    "fact": "evidence/a-fact",
    "reading": "evidence/a-reading",
    "claim": "evidence/a-claim-Doe",
    "hypothesis": "evidence/a-hypothesis",
    "recommendation": "evidence/a-recommendation",
    "derived": "graph/derived-fact-r",
    "supposed": "graph/supposed",
    "judged": "graph/judged",
}


def write(*statements: tuple[Statement, str], language: str = "en") -> list[Row]:
    store = store_of(TRIG)
    writer = StatementWriter(TermWriter(store, Language(language, False)), ProvenanceReader(store))
    graphs = {
        one.triple: tuple(NamedNode(f"{BASE}{GRAPHS[name]}") for name in names.split())
        for one, names in statements
    }
    return writer.rows([one for one, _ in statements], graphs)


def near(name: str) -> Statement:
    return Statement(Triple(LONDON, GLOCAL["near"], ID[name]))


@pytest.mark.parametrize(
    ("graphs", "has_why", "has_whatif"),
    [
        ("fact", False, True),
        ("derived", True, False),
        ("fact derived", True, True),
        ("claim", True, True),
        ("hypothesis", True, True),
        ("recommendation", True, True),
        ("reading", True, True),
    ],
)
def test_what_is_derived_or_claimed_has_its_reasons_and_what_is_asserted_can_be_removed(
    graphs: str, has_why: bool, has_whatif: bool
) -> None:
    (row,) = write((near("Paris"), graphs))

    assert (bool(row.why), bool(row.whatif)) == (has_why, has_whatif)


def test_the_explanation_names_the_triple() -> None:
    (row,) = write((near("Paris"), "derived"))

    assert row.why == "/explain?subject=id%3ALondon&predicate=glocal%3Anear&object=id%3AParis"


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("fact", {}),
        ("claim", {"world": ["Doe"]}),
        ("hypothesis", {"world": ["hypotheses"]}),
        ("reading", {"view": ["readings"]}),
        ("recommendation", {}),
    ],
)
def test_what_falls_with_a_statement_is_asked_where_it_stands(graph: str, expected: object) -> None:
    (row,) = write((near("Paris"), graph))

    address = urlsplit(row.whatif)
    assert address.path == "/whatif"
    assert parse_qs(address.query) == {"remove": ["id:London glocal:near id:Paris"], **expected}


def test_literals_and_iris_without_a_prefix_stand_in_a_patch_as_in_n_triples() -> None:
    year = Literal("2005", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#gYear"))
    odd = Statement(Triple(LONDON, NamedNode("http://e.org/p"), year))

    (row,) = write((odd, "fact"))

    assert parse_qs(urlsplit(row.whatif).query)["remove"] == [
        'id:London <http://e.org/p> "2005"^^<http://www.w3.org/2001/XMLSchema#gYear>'
    ]


def test_properties_of_the_ontology_come_before_those_of_other_vocabularies() -> None:
    latitude = NamedNode("http://www.w3.org/2003/01/geo/wgs84_pos#lat")
    placed = Statement(Triple(LONDON, latitude, Literal("51.5")))

    rows = write((placed, "fact"), (near("Paris"), "fact"))

    assert [row.words.striptags() for row in rows] == ["Paris", "51.5"]


def test_rows_follow_the_names_and_repeat_neither_property_nor_grounds() -> None:
    rows = write((near("Paris"), "fact"), (near("C40"), "fact"), (near("Doe"), "claim"))

    assert [row.words.striptags() for row in rows] == ["C40", "J. Doe", "Paris"]
    assert [row.is_again for row in rows] == [False, True, True]
    assert "ev:a-fact" in rows[0].grounds
    assert "held by J. Doe" in rows[1].grounds.striptags()
    # The one above has other grounds, so they are told again.
    assert "ev:a-fact" in rows[2].grounds


def test_the_status_stays_where_the_grounds_are_those_of_the_row_above() -> None:
    _, second = write((near("Paris"), "fact"), (near("C40"), "fact"))

    assert second.grounds.striptags() == "glocal:Fact · as above"


def test_a_note_is_in_the_language_of_the_page() -> None:
    notes = {"en": "Said so.", "zh": "如此说。"}

    for language in notes:
        (row,) = write((near("Paris"), "fact"), language=language)
        assert {tag for tag, note in notes.items() if note in row.grounds} == {language}


def test_a_text_in_the_language_of_the_page_is_enough() -> None:
    texts = [
        Statement(Triple(LONDON, GLOCAL["postTitle"], Literal(text, language=tag)))
        for text, tag in (("mayor", "en"), ("市长", "zh"), ("maire", "fr"))
    ]

    for language, expected in (("en", "mayor"), ("zh", "市长")):
        rows = write(*((text, "fact") for text in texts), language=language)
        assert [row.words.striptags() for row in rows] == [expected]


def test_a_mark_stays_in_the_line_of_what_it_marks() -> None:
    store = store_of(TRIG)
    writer = StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))

    mark = writer.mark([NamedNode(f"{BASE}{GRAPHS['judged']}")])
    assert mark.startswith("\N{NO-BREAK SPACE}<small>")


@pytest.mark.parametrize(("graphs", "is_named"), [("judged", True), ("supposed", False)])
def test_nobody_holds_what_follows_from_hypotheses(graphs: str, is_named: bool) -> None:
    (row,) = write((near("Paris"), graphs))

    assert ("held by J. Doe" in row.grounds.striptags()) == is_named
    assert ("as read by J. Doe" in row.grounds.striptags()) != is_named


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "… near London"), ("zh", "……nearLondon")]
)
def test_what_refers_to_the_thing_opens_with_an_ellipsis(language: str, expected: str) -> None:
    incoming = Statement(Triple(ID["Paris"], GLOCAL["nearTo"], LONDON), is_incoming=True)
    (row,) = write((incoming, "fact"), language=language)

    assert row.property.striptags() == expected


def test_a_truth_value_is_told_in_words() -> None:
    lost = Statement(Triple(LONDON, GLOCAL["isLost"], Literal(value=True)))

    told = [write((lost, "fact"), language=tag)[0].words for tag in ("en", "zh")]
    assert told == ["yes", "是"]


def test_thousands_of_a_number_are_separated_and_those_of_a_year_are_not() -> None:
    said = {
        "size": Literal("12000.50", datatype=XSD["decimal"]),
        "since": Literal("2014", datatype=XSD["gYear"]),
    }
    rows = write(*((Statement(Triple(LONDON, GLOCAL[k], v)), "fact") for k, v in said.items()))

    assert [row.words.striptags() for row in rows] == ["2014", "12,000.50"]


def test_only_a_list_without_any_grounds_leaves_out_their_column() -> None:
    terms = TermWriter(store_of(TRIG), Language("en", is_explicit=False))
    macros = read_macros(
        "statements.html", **terms.macros, terms=terms, next_number=count().__next__
    )
    (row,) = write((near("Paris"), "fact"))
    bare = row._replace(grounds=Markup())

    lists = [macros["rows"](rows).partition(">")[0] for rows in ([bare], [bare, row])]

    assert lists == ['<ul class="statements bare"', '<ul class="statements"']
