"""RDF files read into quads, and what is refused with line and column."""

import gzip
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ID, RDFS
from kg.sources.files import read_file

PREFIXES = (
    "@prefix id: <https://w3id.org/glocal/id/> .\n"
    "@prefix ev: <https://w3id.org/glocal/evidence/> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)
FOUNDED = "<https://w3id.org/glocal/ontology#foundedAt>"


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refused(path: Path) -> tuple[int, int, str]:
    with pytest.raises(MalformedFile) as caught:
        read_file(path)
    assert caught.value.path == path
    return caught.value.line, caught.value.column, caught.value.reason


def test_triples_of_a_turtle_file_go_into_the_graph_that_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "a.ttl", PREFIXES + 'id:London rdfs:label "London"@en .')

    assert read_file(path, graph=GRAPH["entities"]) == [
        Quad(ID["London"], RDFS["label"], Literal("London", language="en"), GRAPH["entities"])
    ]


def test_named_graphs_of_a_trig_file_keep_their_names(tmp_path: Path) -> None:
    text = PREFIXES + f"ev:a {{ id:C40 {FOUNDED} id:London }} ev:a {FOUNDED} id:Paris ."
    path = written(tmp_path / "a.trig", text)

    assert read_file(path, graph=GRAPH["meta"]) == [
        Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"], EVIDENCE["a"]),
        Quad(EVIDENCE["a"], GLOCAL["foundedAt"], ID["Paris"], GRAPH["meta"]),
    ]


def test_blank_nodes_of_two_files_are_two_even_with_one_label(tmp_path: Path) -> None:
    one = written(tmp_path / "a.nt", f"_:x {FOUNDED} _:x .\n")
    other = written(tmp_path / "b.nt", f"_:x {FOUNDED} _:x .\n")
    (quad,), (other_quad,) = read_file(one), read_file(other)

    assert isinstance(quad.subject, BlankNode)
    assert quad.subject == quad.object
    assert quad.subject != other_quad.subject


def test_a_gzipped_file_reads_as_the_file_itself(tmp_path: Path) -> None:
    line = f"<https://w3id.org/glocal/id/C40> {FOUNDED} <https://w3id.org/glocal/id/London> .\n"
    path = written(tmp_path / "a.nq.gz", gzip.compress(line.encode()))

    assert [quad.object for quad in read_file(path)] == [ID["London"]]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.ttl", PREFIXES + "id:C40 a id:London\nid:Paris", (5, 1)),
        ("a.ttl", PREFIXES + "id:C40 a id:London ;\n   ", (5, 4)),
        ("a.ttl", PREFIXES + 'id:C40 a "London .\n', (4, 10)),
        ("a.ttl", PREFIXES + "id:C40 a other:London .", (4, 10)),
        ("a.ttl", PREFIXES.encode() + b'id:C40 a "Londr\xe9s" .', (4, 16)),
        ("a.ttl", PREFIXES.encode() + "# 城市 ".encode() + b"\xff\n", (4, 6)),
        ("a.ttl", PREFIXES.encode("utf-16"), (1, 1)),
        ("a.trig", PREFIXES + "ev:a { id:C40 a id:London .\n", (5, 1)),
        ("a.nt", "<urn:a> <urn:b> .\n", (1, 17)),
    ],
)
def test_a_syntax_error_is_refused_with_line_and_column(
    tmp_path: Path, name: str, content: str | bytes, expected: tuple[int, int]
) -> None:
    line, column, reason = refused(written(tmp_path / name, content))

    assert (line, column) == expected
    assert reason
    assert not reason.startswith("Parser error")


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("a.ttl", PREFIXES + "id:C40 a id:London", "the rest of the file, which ends inside "),
        ("a.ttl", PREFIXES + "id:C40 a other:L .", "@prefix other: <…> . at the top of the file"),
        ("a.trig", PREFIXES + "id:C40 a ; .", "valid TriG syntax at column 10"),
        ("a.jsonld", "{}", ".ttl, .trig, .nt, .nq"),
    ],
)
def test_a_refusal_says_what_would_be_right(
    tmp_path: Path, name: str, text: str, remedy: str
) -> None:
    with pytest.raises(MalformedFile) as caught:
        read_file(written(tmp_path / name, text))

    assert caught.value.remedy.startswith(remedy)
    assert str(caught.value).endswith(f". Expected: {caught.value.remedy}")


@pytest.mark.parametrize(
    "statement",
    [
        "id:C40 a <<( id:C40 a id:London )>> .",
        "<< id:C40 a id:London >> a id:London .",
        "id:C40 a id:London {| a id:C40 |} .",
        "id:C40 a id:London ~ id:r .",
        'id:C40 a "x"@en--ltr .',
    ],
)
def test_what_only_rdf_1_2_has_is_refused_with_its_line(tmp_path: Path, statement: str) -> None:
    before = '# <<\nid:C40 rdfs:label "a {| ~ <<" ; a <urn:a~b> , id:a\\~b .\n'
    line, column, reason = refused(written(tmp_path / "a.ttl", PREFIXES + before + statement))

    assert line == 6
    assert statement[column - 1 :].startswith(("<<", "{|", "~", "@en--"))
    assert "RDF 1.2" in reason


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonld", "{}")

    assert refused(path) == (
        1,
        1,
        "not an RDF file extension",
    )


def test_half_a_gzip_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.nt.gz", gzip.compress(b"<urn:a> <urn:b> <urn:c> .\n")[:-9])

    assert refused(path)[2].startswith("incomplete or damaged gzip file")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match=r"a\.ttl: cannot be read: No such file"):
        read_file(tmp_path / "a.ttl")


def test_a_name_of_a_graph_is_a_named_node(tmp_path: Path) -> None:
    path = written(tmp_path / "a.nq", "<urn:a> <urn:b> <urn:c> <urn:g> .\n")

    assert read_file(path)[0].graph_name == NamedNode("urn:g")
