import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import BaseDirection, BlankNode, DefaultGraph, Literal, NamedNode, Quad

from kg.errors import MalformedFile, MalformedInput, MalformedRdf
from kg.sources.rdf_syntaxes import read_json_ld, read_rdf_file, write_json_ld

S, P, G = NamedNode("http://e/s"), NamedNode("http://e/p"), NamedNode("http://e/g")
CONTEXT = "https://example.org/c/one.jsonld"


def read(document: Any, **options: Any) -> set[Quad]:
    return set(read_json_ld(json.dumps(document).encode(), "http://e/", **options))


def test_a_document_says_quads_in_its_graphs() -> None:
    document = {
        "@id": "g",
        "@graph": [{"@id": "s", "http://e/p": [1, {"@value": "x", "@language": "en"}]}],
    }

    assert read(document) == {
        Quad(S, P, Literal(1), G),
        Quad(S, P, Literal("x", language="en"), G),
    }


def test_what_rdf_cannot_say_is_left_out() -> None:
    document = {"@id": "s", "http://e/p": [{"@id": "no iri>"}, True], "p": 1, "_:b": 1}

    assert read(document) == {Quad(S, P, Literal(True))}


def test_blank_nodes_of_two_documents_are_two() -> None:
    document = {"@id": "_:b", "http://e/p": 1}

    assert len({quad.subject for quad in read(document) | read(document)}) == 2


def test_a_context_may_stand_in_a_folder_and_nothing_is_fetched(tmp_path: Path) -> None:
    path = tmp_path / "contexts" / "example.org" / "c" / "one.jsonld"
    path.parent.mkdir(parents=True)
    path.write_text('{"@context": {"p": "http://e/p"}}', encoding="utf-8")
    (tmp_path / "secret").write_text('{"@context": {"p": "http://e/p"}}', encoding="utf-8")
    contexts = tmp_path / "contexts"

    assert read({"@context": CONTEXT, "@id": "s", "p": 1}, contexts=contexts) == {
        Quad(S, P, Literal(1))
    }
    for other in (
        "https://example.org/c/two.jsonld",
        "https://example.org/../secret",
        "https://../secret",
        "file:///etc/hostname",
        "http://127.0.0.1:9/",
    ):
        with pytest.raises(MalformedRdf, match="is not fetched"):
            read({"@context": other, "@id": "s", "p": 1}, contexts=contexts)
    with pytest.raises(MalformedRdf, match="is not fetched"):
        read({"@context": CONTEXT, "@id": "s", "p": 1})
    with pytest.raises(MalformedRdf):
        read("http://127.0.0.1:9/", contexts=contexts)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b'{"@id":\n }', 2, "invalid JSON"),
        (b"\xff", None, "unreadable JSON"),
        (b'{"urn:p": ' + b"9" * 5000 + b"}", None, "unreadable JSON: Exceeds the limit"),
        (b'{"@id": 1}', None, "invalid @id value"),
        (b'{"@context": {"a": "b", "b": "a"}}', None, "cyclic IRI mapping"),
        (b"", 1, "invalid JSON"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, line: int | None, said: str) -> None:
    with pytest.raises(MalformedRdf, match=said) as refused:
        list(read_json_ld(content, "http://e/"))

    assert refused.value.line == line


def test_a_number_beyond_any_double_is_read() -> None:
    [quad] = read({"http://e/p": int("9" * 400)})

    assert isinstance(quad.object, Literal)
    assert quad.object.value.startswith("9.99")


def test_a_deep_document_is_read() -> None:
    document: Any = 1
    for _ in range(400):
        document = {"http://e/p": document}

    assert len(read(document)) == 400


def test_quads_are_written_and_read_again() -> None:
    quads = {
        Quad(S, P, Literal("x", language="en"), G),
        Quad(S, P, Literal("1.50", datatype=NamedNode("http://e/type")), DefaultGraph()),
        Quad(S, P, NamedNode("http://e/o"), DefaultGraph()),
    }

    assert set(read_json_ld(write_json_ld(quads), "http://other/")) == quads
    assert json.loads(write_json_ld([])) == []


def test_options_are_those_of_the_api() -> None:
    number = [Quad(S, P, Literal(1))]
    with_direction = [Quad(S, P, Literal("x", language="en", direction=BaseDirection.LTR))]
    text = {"@value": "x", "@language": "en", "@direction": "ltr"}

    assert json.loads(write_json_ld(number, options={"useNativeTypes": True})) == [
        {"@id": "http://e/s", "http://e/p": [{"@value": 1}]}
    ]
    assert json.loads(write_json_ld(with_direction)) == [
        {"@id": "http://e/s", "http://e/p": [text]}
    ]
    [quad] = read(
        {"@id": "s", "http://e/p": {"@value": "x", "@direction": "ltr"}},
        options={"rdfDirection": "i18n-datatype"},
    )
    assert quad.object.datatype.value == "https://www.w3.org/ns/i18n#_ltr"


def test_lists_come_back_as_lists() -> None:
    first = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#first")
    rest = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#rest")
    nil = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#nil")
    node = BlankNode()
    quads = [Quad(S, P, node), Quad(node, first, Literal("a")), Quad(node, rest, nil)]

    assert json.loads(write_json_ld(quads)) == [
        {"@id": "http://e/s", "http://e/p": [{"@list": [{"@value": "a"}]}]}
    ]


TEXTS = {
    "a.ttl": "<a:s> <a:p> <o> .",
    "a.trig": "{ <a:s> <a:p> <o> }",
    "a.jsonld": '{"@id": "a:s", "a:p": {"@id": "o"}}',
    "a.rdf": '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:a="a:">'
    '<r:Description r:about="a:s"><a:p r:resource="o"/></r:Description></r:RDF>',
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("is_packed", [True, False])
def test_every_syntax_is_read_packed_or_not(tmp_path: Path, name: str, is_packed: bool) -> None:
    path = tmp_path / (f"{name}.gz" if is_packed else name)
    content = TEXTS[name].encode()
    path.write_bytes(gzip.compress(content) if is_packed else content)

    [quad] = read_rdf_file(path)

    assert quad.object.value == f"{tmp_path.as_uri()}/o"


def test_blank_nodes_of_two_files_are_two(tmp_path: Path) -> None:
    paths = tmp_path / "a.nt", tmp_path / "b.nq"
    for path in paths:
        path.write_text("_:b <a:p> <a:o> .", encoding="utf-8")

    assert len({quad.subject for path in paths for quad in read_rdf_file(path)}) == 2


@pytest.mark.parametrize(
    ("name", "content", "place"),
    [
        ("a.nt", b"<a:s> <a:p> <a:o> .\n<a:s> .", ":2:"),
        ("a.csv", b"", "not an RDF file extension"),
        ("a.ttl.gz", b"no gzip", "incomplete or damaged gzip file"),
        (
            "a.ttl.gz",
            gzip.compress(b"<a:s> <a:p> 1 .", mtime=0)[:-5],
            "incomplete or damaged gzip file",
        ),
        ("a.jsonld", b'{"@context": "http://127.0.0.1:9/", "@id": "a:s"}', "is not fetched"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, name: str, content: bytes, place: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(MalformedFile, match=place):
        list(read_rdf_file(tmp_path / name))
    with pytest.raises(MalformedInput, match="cannot be read"):
        list(read_rdf_file(tmp_path / "nothing.ttl"))
