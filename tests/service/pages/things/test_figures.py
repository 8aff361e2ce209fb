import pytest
from pyoxigraph import Triple

from kg.describe.description import Describer
from kg.describe.evidence import ProvenanceReader
from kg.namespaces import GLOCAL, ID
from service.http.negotiation import Language
from service.pages.terms import Term, TermWriter
from service.pages.things.figures import Figure, FigureRow, FigureWriter
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statements import Graphs, StatementWriter
from service.pages.things.units import Units
from tests.service.conftest import store_of

OBSERVED = """
id:gdp a qb:Observation ; glocal:subject id:London ; glocal:indicator id:GDP ; glocal:value 700.5 ;
    glocal:unit id:Dollars ; glocal:year "2014"^^xsd:gYear .
id:saved a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Saved ;
    glocal:value 6 ; glocal:unit id:Percent ; glocal:year "2008"^^xsd:gYear .
id:paid a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Paid ;
    glocal:value 1500 ; glocal:unit id:BillionDollars ; glocal:normalizedValue 1500000000000 .
id:lasted a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Lasted ;
    glocal:value 20 ; glocal:valueUpper 30 ; glocal:unit id:Years ; glocal:extent id:Nearly .
id:homes a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Headquarters ;
    glocal:value 12000 ; glocal:unit id:Count .
id:first a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Ranking ; glocal:rank 4 ;
    glocal:isUndated true ; glocal:byOrder false ; glocal:trend "rose"@en , "上升"@zh .
"""
TRIG = f"""
{OBSERVED} ev:a {{ {OBSERVED} }} ev:a a glocal:Evidence ; glocal:hasStatus glocal:CitedData .
glocal:indicator a qb:DimensionProperty . glocal:subject a qb:DimensionProperty .
glocal:value a qb:MeasureProperty . glocal:rank a qb:MeasureProperty ; rdfs:label "has rank"@en .
glocal:unit a qb:AttributeProperty . glocal:extent a qb:AttributeProperty .
glocal:year a qb:AttributeProperty .
glocal:Observation glocal:describesThrough glocal:subject .
id:GDP rdfs:label "city GDP"@en . id:Dollars rdfs:label "dollars"@en , "美元"@zh .
id:BillionDollars rdfs:label "billion dollars"@en , "十亿美元"@zh ; glocal:baseUnit id:Dollars ;
    glocal:factor 1000000000.0 .
id:Percent rdfs:label "per cent"@en , "百分比"@zh ; skos:altLabel "%"@en , "%"@zh .
id:Years rdfs:label "years"@en , "年"@zh . id:Nearly rdfs:label "nearly"@en , "近"@zh .
id:Ranking rdfs:label "a ranking"@en . id:Headquarters rdfs:label "headquarters"@en .
id:Count rdfs:label "count"@en ; skos:notation "1" .
"""
LONDON = ID["London"]


def read(language: str = "en") -> tuple[FigureWriter, dict[Term, list[Triple]], Graphs]:
    store = store_of(TRIG)
    description = Describer(store).describe(LONDON)
    nodes: dict[Term, list[Triple]] = {}
    for triple in description.details:
        nodes.setdefault(triple.subject, []).append(triple)
    statements = StatementWriter(
        TermWriter(store, Language(language, False)), ProvenanceReader(store)
    )
    figures = FigureWriter(PropertyRoles(store), Units(store), statements)
    return figures, nodes, description.graphs_by_statement


def table() -> tuple[list[tuple[str, bool]], dict[Term, FigureRow]]:
    writer, nodes, graphs = read()
    columns, rows = writer.tabulate(LONDON, nodes, graphs)
    named = [(column.value.rpartition("#")[2], is_number) for column, is_number in columns]
    return named, {row.node: row for row in rows}


def test_resources_come_before_literals_and_truth_values_have_no_column() -> None:
    columns, _ = table()

    assert columns == [
        ("extent", False),
        ("indicator", False),
        ("rank", True),
        ("trend", False),
        ("value", True),
        ("year", True),
    ]


def test_a_text_is_told_in_the_language_of_the_page() -> None:
    columns, rows = table()

    assert rows[ID["first"]].cells[columns.index(("trend", False))] == "rose"


def test_only_what_is_true_is_remarked() -> None:
    _, rows = table()

    assert rows[ID["first"]].remarks == [GLOCAL["isUndated"]]
    assert rows[ID["gdp"]].remarks == []


def test_a_figure_can_be_supposed_away() -> None:
    _, rows = table()

    assert rows[ID["first"]].whatif == "/whatif?remove=id%3Afirst%20glocal%3Arank%20" + (
        "%224%22%5E%5E%3Chttp%3A%2F%2Fwww.w3.org%2F2001%2FXMLSchema%23integer%3E"
    )


def test_a_value_in_the_table_has_its_unit_and_is_no_count() -> None:
    columns, rows = table()
    values = {
        node: row.cells[columns.index(("value", True))].striptags() for node, row in rows.items()
    }

    assert values[ID["paid"]] == "1.5 trillion dollars"
    assert values[ID["homes"]] == "12,000"
    assert values[ID["saved"]] == "6%"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            {
                ("city GDP", "700.5 dollars", ("2014",)),
                ("id:Saved", "6%", ("2008",)),
                ("id:Paid", "1.5 trillion dollars", ()),
                ("id:Lasted", "20–30 years (nearly)", ()),
                ("headquarters", "12,000", ()),
                ("a ranking", "rank 4", ()),
            },
        ),
        (
            "zh",
            {
                ("city GDP", "700.5美元", ("2014",)),
                ("id:Saved", "6%", ("2008",)),
                ("id:Paid", "1.5万亿美元", ()),
                ("id:Lasted", "20–30年（近）", ()),
                ("headquarters", "12,000", ()),
                ("a ranking", "第 4 位", ()),
            },
        ),
    ],
)
def test_figures_are_told_as_the_language_writes_them(language: str, expected: set[Figure]) -> None:
    writer, nodes, _ = read(language)
    told = writer.tell(LONDON, nodes, {})

    assert {(one.name.striptags(), one.value.striptags(), one.dates) for one in told} == expected
    assert [one.dates for one in told if one.dates] == [("2014",), ("2008",)]


def test_a_figure_has_the_mark_of_its_status() -> None:
    writer, nodes, graphs = read()

    assert {one.mark.striptags() for one in writer.tell(LONDON, nodes, graphs)} == {
        "glocal:CitedData"
    }
