from pyoxigraph import Triple

from kg.describe.description import Describer
from kg.describe.evidence import ProvenanceReader
from kg.namespaces import GLOCAL, ID
from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.terms import TermWriter
from service.pages.things.figures import Figure, FigureRow, tabulate, tell_figures
from service.pages.things.property_roles import PropertyRoles
from service.pages.things.statements import StatementWriter
from tests.service.conftest import store_of

OBSERVED = """
id:gdp a qb:Observation ; glocal:subject id:London ; glocal:indicator id:GDP ; glocal:value 700.5 ;
    glocal:unit id:Dollars ; glocal:year "2014"^^xsd:gYear .
id:homes a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Headquarters ;
    glocal:value 20 ; glocal:unit id:Count .
id:first a qb:Observation ; glocal:subject id:London ; glocal:indicator id:Ranking ; glocal:rank 4 ;
    glocal:isUndated true ; glocal:byOrder false ; glocal:trend "rose"@en , "上升"@zh .
"""
TRIG = f"""
{OBSERVED} ev:a {{ {OBSERVED} }} ev:a a glocal:Evidence ; glocal:hasStatus glocal:CitedData .
glocal:indicator a qb:DimensionProperty . glocal:subject a qb:DimensionProperty .
glocal:value a qb:MeasureProperty . glocal:rank a qb:MeasureProperty ; rdfs:label "has rank"@en .
glocal:unit a qb:AttributeProperty . glocal:year a qb:AttributeProperty .
glocal:Observation glocal:describesThrough glocal:subject .
id:GDP rdfs:label "city GDP"@en . id:Dollars rdfs:label "dollars"@en .
id:Ranking rdfs:label "a ranking"@en . id:Headquarters rdfs:label "headquarters"@en .
id:Count rdfs:label "count"@en ; skos:notation "1" .
"""
LONDON = ID["London"]


def read() -> tuple[Store, StatementWriter, dict[object, list[Triple]], dict[Triple, object]]:
    store = store_of(TRIG)
    description = Describer(store).describe(LONDON)
    nodes: dict[object, list[Triple]] = {}
    for triple in description.details:
        nodes.setdefault(triple.subject, []).append(triple)
    writer = StatementWriter(TermWriter(store, Language("en", False)), ProvenanceReader(store))
    return store, writer, nodes, dict(description.graphs_by_statement)


def table() -> tuple[list[tuple[str, bool]], dict[object, FigureRow]]:
    _, writer, nodes, graphs = read()
    columns, rows = tabulate(writer, LONDON, nodes, graphs)
    named = [(column.value.rpartition("#")[2], is_number) for column, is_number in columns]
    return named, {row.node: row for row in rows}


def test_resources_come_before_literals_and_truth_values_have_no_column() -> None:
    columns, _ = table()

    assert columns == [
        ("indicator", False),
        ("unit", False),
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


def test_figures_are_told_with_unit_and_year_and_ranks_by_their_property() -> None:
    store, writer, nodes, _ = read()
    told = [
        Figure(one.name.striptags(), one.value.striptags(), one.dates)
        for one in tell_figures(PropertyRoles(store), writer, LONDON, nodes)
    ]

    assert told == [
        ("headquarters", "20", ()),
        ("a ranking", "has rank 4", ()),
        ("city GDP", "700.5 dollars", ("2014",)),
    ]
