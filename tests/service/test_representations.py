import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import GLOCAL, ID
from service.context import Context
from service.errors import NotAcceptable
from service.formats import DATASET_FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Choice, Format
from service.representations import negotiate, write_graph

CONTEXT = Context("https://w3id.org/glocal/ontology/context.jsonld", {"@context": {}})


def read_back(text: bytes, form: Format) -> set[Quad]:
    """The quads of a text; the engine fetches no context, and this one is empty."""
    assert isinstance(form.syntax, RdfFormat)
    return set(parse(text.replace(f'"{CONTEXT.iri}"'.encode(), b"{}"), format=form.syntax))


def chosen(accept: str, offered: tuple[Format, ...] = GRAPH_FORMATS) -> str:
    return negotiate([accept], offered).media_type


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/turtle"),
        ("*/*", "text/turtle"),
        ("application/*", "application/ld+json"),
        ("application/rdf+xml, text/turtle;q=0.9", "application/rdf+xml"),
        ("application/rdf+xml;q=0.5, text/turtle;q=0.5", "text/turtle"),
        ("*/*;q=0.1, application/n-triples", "application/n-triples"),
        # The more specific range decides, even where it says less.
        ("*/*, text/turtle;q=0.1, application/*;q=0.2, application/trig", "application/trig"),
        ("text/*, text/turtle;q=0, application/ld+json;q=0.1", "application/ld+json"),
        ("TEXT/Turtle ; charset=UTF-8 ; Q=0.3", "text/turtle"),
        (
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted,x"',
            "application/ld+json",
        ),
        ("application/json", "application/json"),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "text/turtle"),
        ("nonsense, text/turtle;q=7, application/n-quads;q=0.1", "application/n-quads"),
    ],
)
def test_the_format_is_the_one_that_accept_likes_best(accept: str, media_type: str) -> None:
    assert chosen(accept) == media_type


def test_several_accept_headers_count_as_one() -> None:
    both = negotiate(["text/csv;q=0.5", "text/tab-separated-values"], RESULT_FORMATS)

    assert both.content_type == "text/tab-separated-values; charset=utf-8"


@pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "text/turtle;q=0", "nonsense"])
def test_what_fits_nothing_is_refused_with_what_is_offered(accept: str) -> None:
    with pytest.raises(NotAcceptable) as caught:
        chosen(accept)

    assert caught.value.offered[:2] == ["text/turtle", "application/ld+json"]


def test_a_format_asked_for_by_name_is_stronger_than_accept() -> None:
    by_name = negotiate(["text/turtle"], GRAPH_FORMATS, format_name="nt")
    by_type = negotiate(["text/turtle"], GRAPH_FORMATS, format_name="application/trig")

    assert (by_name.media_type, by_type.media_type) == ("application/n-triples", "application/trig")
    with pytest.raises(NotAcceptable, match="No format here is called 'docx'"):
        negotiate([], GRAPH_FORMATS, format_name="docx")


@given(st.lists(st.text(max_size=40), max_size=3))
def test_any_accept_header_is_answered_or_refused(accept: list[str]) -> None:
    try:
        assert negotiate(accept, RESULT_FORMATS).format in RESULT_FORMATS
    except NotAcceptable as error:
        refusal = error.offered
    else:
        refusal = [form.media_type for form in RESULT_FORMATS]
    assert refusal[0] == "application/sparql-results+json"


def test_every_format_gives_the_same_triples_back() -> None:
    triples = [
        Triple(ID["London"], GLOCAL["hosted"], ID["C40"]),
        Triple(ID["London"], GLOCAL["note"], Literal('a "b" & <c>\n', language="en")),
    ]

    for form in GRAPH_FORMATS:
        text = write_graph(triples, Choice(form, form.media_type), CONTEXT)
        assert {quad.triple for quad in read_back(text, form)} == set(triples), form.name


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

    with pytest.raises(NotAcceptable, match="RDF/XML cannot say this"):
        write_graph([triple], Choice(form, form.media_type), CONTEXT)


def test_rdf_xml_is_read_by_another_parser_too() -> None:
    form = next(form for form in GRAPH_FORMATS if form.name == "rdf")
    triple = Triple(ID["London"], GLOCAL["note"], Literal("伦敦", language="zh"))

    text = write_graph([triple], Choice(form, form.media_type), CONTEXT)

    graph = rdflib.Graph().parse(data=text, format="xml")
    assert list(graph.objects()) == [rdflib.Literal("伦敦", lang="zh")]
