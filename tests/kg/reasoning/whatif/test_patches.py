"""Patches from SPARQL Update and RDF; nothing but the text is ever read."""

import socket
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from kg.errors import LimitExceeded, MalformedPatch, PatchTooLarge, RefusedPatch
from kg.namespaces import PREFIXES, shorten
from kg.reasoning.whatif.outcome import Patch
from kg.reasoning.whatif.patches import (
    MEDIA_TYPES,
    SPARQL_UPDATE,
    TRIG,
    guess_media_type,
    parse_patch,
)


def read(text: str, media_type: str = SPARQL_UPDATE) -> Patch:
    return parse_patch(text, media_type, prefixes=PREFIXES)


def said(patch: Patch) -> list[str]:
    """Each quad in CURIEs after its sign, removals first; blank nodes as `_`."""

    def name(term: object) -> str:
        if isinstance(term, BlankNode):
            return "_"
        return shorten(term.value) if isinstance(term, NamedNode) else str(term)

    signed = [("-", one) for one in patch.removals] + [("+", one) for one in patch.additions]
    return [
        " ".join([sign, name(one.subject), name(one.predicate), name(one.object)])
        + ("" if one.graph_name == DefaultGraph() else f" @ {name(one.graph_name)}")
        for sign, one in signed
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT DATA { id:A glocal:b id:C }", ["+ id:A glocal:b id:C"]),
        (
            "delete data { id:A a id:C , id:D . } ;",
            ["- id:A rdf:type id:C", "- id:A rdf:type id:D"],
        ),
        ("INSERT DATA { GRAPH ev:x { id:A a id:C } }", ["+ id:A rdf:type id:C @ ev:x"]),
        ("PREFIX id: <http://x/> INSERT DATA { id:A id:b 'c' }", ['+ http://x/A http://x/b "c"']),
        (
            "BASE <http://x/> INSERT DATA { <a> <b> 1 } ; PREFIX : <y/> BASE <http://z/> "
            "DELETE DATA { :a <b> 1 }",
            [
                '- http://x/y/a http://z/b "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
                '+ http://x/a http://x/b "1"^^<http://www.w3.org/2001/XMLSchema#integer>',
            ],
        ),
        (
            "INSERT DATA { _:x glocal:b _:x } ; INSERT DATA { _:x glocal:b _:x }",
            ["+ _ glocal:b _", "+ _ glocal:b _"],
        ),
        (
            "INSERT DATA { id:A glocal:b '} ; LOAD <http://x> #' }",
            ['+ id:A glocal:b "} ; LOAD <http://x> #"'],
        ),
    ],
)
def test_an_update_is_read(text: str, expected: list[str]) -> None:
    assert said(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DELETE DATA { T } ; INSERT DATA { T }", ["- T", "+ T"]),
        ("INSERT DATA { T } ; DELETE DATA { T }", ["- T"]),
        ("INSERT DATA { GRAPH ev:x { T } } ; DELETE DATA { T }", ["- T"]),
        ("INSERT DATA { T } ; DELETE DATA { GRAPH ev:x { T } }", ["- T @ ev:x", "+ T"]),
        ("INSERT DATA { GRAPH ev:x { T } } ; DELETE DATA { GRAPH ev:x { T } }", ["- T @ ev:x"]),
        (
            "DELETE DATA { GRAPH ev:x { T } } ; INSERT DATA { GRAPH ev:x { T } }",
            ["- T @ ev:x", "+ T @ ev:x"],
        ),
        ("INSERT DATA { T } ; DELETE DATA { T } ; INSERT DATA { T }", ["- T", "+ T"]),
    ],
)
def test_the_last_operation_on_a_triple_counts(text: str, expected: list[str]) -> None:
    triple = "id:A glocal:b id:C"

    assert said(read(text.replace("T }", f"{triple} }}"))) == [
        one.replace(" T", f" {triple}") for one in expected
    ]


def test_trig_adds_and_what_is_in_the_graph_of_removals_is_removed() -> None:
    text = """id:A glocal:b 68.0 . ev:x { id:A glocal:b [] }
        graph:removed { id:A glocal:b id:C }"""

    assert said(read(text, TRIG)) == [
        "- id:A glocal:b id:C",
        '+ id:A glocal:b "68"^^<http://www.w3.org/2001/XMLSchema#decimal>',
        "+ id:A glocal:b _ @ ev:x",
    ]


@pytest.mark.parametrize(
    ("text", "error", "line", "column", "reason"),
    [
        ("INSERT DATA {\n id:A glocal:b }", MalformedPatch, 2, 16, "found '}', expected a term"),
        ("INSERT DATA {\n id:A glocal:b ?c }", MalformedPatch, 2, 19, "Variables are not allowed"),
        ("INSERT DATA { x:A glocal:b id:C }", MalformedPatch, 1, 15, "'x:' is not declared"),
        ("INSERT DATA { id:A glocal:b id:C", MalformedPatch, 1, 33, "the end of the text"),
        ("INSERT DATA {} INSERT DATA {}", MalformedPatch, 1, 16, "expected ';'"),
        ("INSERT DATA {} ;\n hello", MalformedPatch, 2, 2, "expected INSERT DATA"),
        ("INSERT DATA id:A", MalformedPatch, 1, 13, "expected '{'"),
        ("INSERT DATA {} ;\nPREFIX id:", MalformedPatch, 2, 11, "the end of the text"),
        ("PREFIX x <http://x/> INSERT DATA {}", MalformedPatch, 1, 8, "prefix that ends in ':'"),
        ("PREFIX x:y <http://x/> INSERT DATA {}", MalformedPatch, 1, 8, "prefix that ends in"),
        ("BASE INSERT DATA {}", MalformedPatch, 1, 6, "found 'INSERT', expected an IRI"),
        ("INSERT DATA", MalformedPatch, 1, 1, "ends after DATA"),
        ("DELETE DATA { id:A glocal:b _:c }", MalformedPatch, 1, 33, "blank nodes are not allowed"),
        ("\nDELETE WHERE { ?s ?p ?o }", RefusedPatch, 2, 1, "DELETE without DATA"),
        ("INSERT { ?s a ?o } WHERE { ?s a ?o }", RefusedPatch, 1, 1, "INSERT without DATA"),
        ("WITH ev:x DELETE {} WHERE {}", RefusedPatch, 1, 1, "WITH is not allowed"),
        ("INSERT DATA {} ; LOAD <http://x/>", RefusedPatch, 1, 18, "LOAD is not allowed"),
        ("PREFIX x: <http://x/> CLEAR ALL", RefusedPatch, 1, 23, "CLEAR is not allowed"),
        ("SELECT * {}", RefusedPatch, 1, 1, "SELECT is a query"),
        ("", RefusedPatch, None, None, "adds nothing and removes nothing"),
        ("INSERT DATA { }", RefusedPatch, None, None, "adds nothing"),
        ("INSERT DATA { id:A glocal:b <<( id:A a id:C )>> }", RefusedPatch, None, None, "RDF 1.2"),
    ],
)
def test_what_is_no_patch_is_refused_with_its_place(
    text: str, error: type[MalformedPatch], line: int | None, column: int | None, reason: str
) -> None:
    with pytest.raises(error, match=reason) as refused:
        read(text)

    assert (refused.value.line, refused.value.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "error", "line", "reason"),
    [
        ("id:A glocal:b id:C .\nx:A glocal:b id:C .", MalformedPatch, 2, "prefix x: has not"),
        ("id:A glocal:b", MalformedPatch, 1, "Unexpected end"),
        (
            "graph:removed { id:A glocal:b [] }",
            RefusedPatch,
            None,
            "a blank node cannot be removed",
        ),
        (
            "[] { id:A glocal:b id:C }",
            RefusedPatch,
            None,
            "a blank node cannot name an evidence graph",
        ),
        ("id:A glocal:b 'x'@en--ltr .", RefusedPatch, None, "RDF 1.2"),
        ("# nothing", RefusedPatch, None, "adds nothing"),
    ],
)
def test_wrong_trig_is_refused_with_its_line(
    text: str, error: type[MalformedPatch], line: int | None, reason: str
) -> None:
    with pytest.raises(error, match=reason) as refused:
        read(text, TRIG)

    assert refused.value.line == line


def test_prefixes_that_are_not_given_have_to_be_declared() -> None:
    with pytest.raises(MalformedPatch, match=r"PREFIX id: <https://w3id\.org/glocal/id/>"):
        parse_patch("INSERT DATA { id:A a id:C }")


@pytest.mark.parametrize("content", [b"\xff", b"INSERT DATA { <a:b> <a:b> '\xc3' }"])
def test_bytes_are_utf_8(content: bytes) -> None:
    with pytest.raises(MalformedPatch, match="not UTF-8 at byte"):
        parse_patch(content)


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX : <ADDRESS> LOAD:x",
        "PREFIX : <ADDRESS>LOAD:x ; INSERT DATA { }",
        "INSERT DATA { } ; PREFIX : <ADDRESS> LOAD:x",
        "PREFIX : <ADDRESS> INSERT DATA { :a :b :c };LOAD:x",
        "BASE <ADDRESS> LOAD<x>",
        "INSERT DATA { <a:b> <a:b> <a:#} ; LOAD <ADDRESS> }",
        'INSERT DATA { <a:b> <a:b> """ } ; LOAD <ADDRESS> #" }',
        "INSERT DATA { <a:b> <a:b> <a:b> # }\r} ; LOAD <ADDRESS>",
        "INSERT DATA { GRAPH <a:b> {| <a:b> <a:b> <a:b> |} } ; LOAD <ADDRESS>",
    ],
)
def test_the_engine_is_never_given_what_would_fetch(text: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises((MalformedPatch, RefusedPatch)):
            parse_patch(text.replace("ADDRESS", address))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_no_context_is_fetched() -> None:
    with pytest.raises(MalformedPatch, match="in the document itself"):
        parse_patch('{"@context": "http://127.0.0.1:9/context"}', "application/ld+json")


def test_a_media_type_that_is_not_read_is_refused_with_those_that_are() -> None:
    with pytest.raises(MalformedPatch, match="application/trig"):
        parse_patch("", "text/html")


@pytest.mark.slow
@pytest.mark.parametrize("media_type", [SPARQL_UPDATE, TRIG])
def test_ten_thousand_triples_are_a_patch_and_one_more_is_not(media_type: str) -> None:
    lines = [f"id:A{number} glocal:b id:C ." for number in range(10_001)]

    def patch(some: list[str]) -> str:
        text = "\n".join(some)
        return f"INSERT DATA {{ {text} }}" if media_type == SPARQL_UPDATE else text

    assert len(read(patch(lines[1:]), media_type).additions) == 10_000
    with pytest.raises(PatchTooLarge, match="more than 10,000"):
        read(patch(lines), media_type)


@pytest.mark.slow
def test_what_would_overflow_the_engine_is_refused() -> None:
    deep = "(" * 5_000 + ")" * 5_000

    with pytest.raises(LimitExceeded, match="nested brackets"):
        read(f"INSERT DATA {{ id:A glocal:b {deep} }}")
    with pytest.raises(RefusedPatch, match="more than 10,000 operations"):
        read("INSERT DATA {} ;" * 10_001)


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("# INSERT\nPREFIX insert: <http://x/>\nDelete Data {}", SPARQL_UPDATE),
        ("LOAD <http://x/>", SPARQL_UPDATE),
        ("PREFIX insert: <http://x/> insert:a a insert:b .", TRIG),
        ("{ id:A a id:B }", TRIG),
        ('{ "@id": "http://x/" }', "application/ld+json"),
        ('[{ "@id": "http://x/" }]', "application/ld+json"),
        ("[] a id:B .", TRIG),
    ],
)
def test_a_text_says_what_it_is_by_how_it_begins(text: str, media_type: str) -> None:
    assert guess_media_type(text) == media_type


iris = st.sampled_from(string.ascii_letters).map("http://example.org/{}".format).map(NamedNode)
literals = st.builds(
    Literal,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8),
    language=st.sampled_from(["en", "zh-Hans"]) | st.none(),
)
graphs = st.none() | iris
quads = st.builds(Quad, iris, iris, iris | literals, graphs.map(lambda one: one or DefaultGraph()))
statements = st.lists(quads, min_size=1, max_size=6, unique=True)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(removals=statements, additions=statements)
def test_what_is_written_as_an_update_is_read_again(
    removals: list[Quad], additions: list[Quad]
) -> None:
    def block(some: list[Quad]) -> str:
        parts = (
            f"{one.triple} ." if one.graph_name == DefaultGraph()
            else f"GRAPH {one.graph_name} {{ {one.triple} }}"
            for one in some
        )  # fmt: skip
        return " ".join(parts)

    text = f"DELETE DATA {{ {block(removals)} }} ; INSERT DATA {{ {block(additions)} }}"

    patch = parse_patch(text.encode())

    assert (set(patch.removals), set(patch.additions)) == (set(removals), set(additions))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(additions=statements)
@pytest.mark.parametrize(
    ("media_type", "syntax"),
    [
        (TRIG, RdfFormat.TRIG),
        ("application/n-quads", RdfFormat.N_QUADS),
        ("application/ld+json", RdfFormat.JSON_LD),
    ],
)
def test_what_is_written_as_rdf_is_added(
    additions: list[Quad], media_type: str, syntax: RdfFormat
) -> None:
    patch = parse_patch(serialize(additions, format=syntax) or b"", media_type)

    assert (set(patch.additions), patch.removals) == (set(additions), ())
    assert media_type in MEDIA_TYPES
