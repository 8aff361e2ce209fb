from io import BytesIO

import pytest
import rdflib
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from kg.describe.json_ld_context import Context
from kg.namespaces import GLOCAL, ID
from service.answers.formats import DATASET_FORMATS, GRAPH_FORMATS, JSON_LD, Choice, Format
from service.answers.serialization import write_graph, write_rows, write_triples
from service.errors import NotAcceptable

CONTEXT = Context({"@context": {}})


def read_back(text: bytes, form: Format) -> set[Quad]:
    """Return the quads of a text; JSON-LD must contain its context."""
    assert isinstance(form.syntax, RdfFormat)
    return set(parse(text, format=form.syntax))


def test_some_rows_are_written_as_the_engine_writes_all_of_them() -> None:
    store, written, expected = Store(), BytesIO(), BytesIO()
    values = "'a\"é\\n'@en--ltr 'b'@en-GB 1 <http://e/x> 'c' UNDEF"
    text = f"SELECT * {{ VALUES ?x {{ {values} <<( <http://e/s> <http://e/p> 2.5 )>> }} }}"
    rows = store.query(text)
    assert isinstance(rows, QuerySolutions)

    write_rows(rows, rows.variables, written)

    store.query(text).serialize(expected, format=QueryResultsFormat.JSON)
    assert written.getvalue() == expected.getvalue()


def test_every_format_gives_the_same_triples_back() -> None:
    triples = [
        Triple(ID["London"], GLOCAL["hosted"], ID["C40"]),
        Triple(ID["London"], GLOCAL["note"], Literal('a "b" & <c>\n', language="en")),
    ]

    for form in GRAPH_FORMATS:
        text = write_graph(triples, Choice(form, form.media_type), CONTEXT)
        assert {quad.triple for quad in read_back(text, form)} == set(triples), form.name


@pytest.mark.slow
def test_many_triples_are_the_same_bytes_each_time_as_their_strong_tag_says() -> None:
    triples = [Triple(ID[f"n{number}"], GLOCAL["hosted"], ID["C40"]) for number in range(10_001)]

    for form in [form for form in GRAPH_FORMATS if form != JSON_LD]:
        written = [BytesIO(), BytesIO()]
        for sink in written:
            write_triples(iter(triples), Choice(form, form.media_type), CONTEXT, sink, {})
        first, second = (sink.getvalue() for sink in written)
        assert first == second
        assert {quad.triple for quad in read_back(first, form)} == set(triples), form.name


def test_named_graphs_stand_where_the_format_has_them_and_nowhere_else() -> None:
    inside = Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"], ID["graph"])
    about = [Triple(ID["graph"], GLOCAL["page"], Literal("7"))]

    held = {}
    for form in DATASET_FORMATS:
        text = write_graph(about, Choice(form, form.media_type), CONTEXT, named=[inside])
        held[form.name] = inside in read_back(text, form)

    assert held == {
        "trig": True,
        "jsonld": True,
        "nq": True,
        "ttl": False,
        "nt": False,
        "rdf": False,
    }


@pytest.mark.parametrize(
    "triple",
    [
        Triple(ID["London"], NamedNode("http://e/1"), ID["C40"]),
        Triple(ID["London"], GLOCAL["note"], Literal("\x01")),
    ],
)
def test_rdf_xml_that_no_parser_would_read_is_refused(triple: Triple) -> None:
    form = next(form for form in GRAPH_FORMATS if form.name == "rdf")

    with pytest.raises(NotAcceptable, match="RDF/XML cannot express this"):
        write_graph([triple], Choice(form, form.media_type), CONTEXT)


def test_rdf_xml_is_read_by_another_parser_too() -> None:
    form = next(form for form in GRAPH_FORMATS if form.name == "rdf")
    triple = Triple(ID["London"], GLOCAL["note"], Literal("伦敦", language="zh"))

    text = write_graph([triple], Choice(form, form.media_type), CONTEXT)

    graph = rdflib.Graph().parse(data=text, format="xml")
    assert list(graph.objects()) == [rdflib.Literal("伦敦", lang="zh")]
