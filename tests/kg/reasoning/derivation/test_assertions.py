"""Files of any syntax are read as the parser reads them, fast lines and slow ones alike."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from kg.errors import MalformedFile, MalformedInput
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.facts.dictionary import TermDictionary

P, Q = (NamedNode(f"http://example.org/{name}") for name in "pq")
TEXTS = st.text(st.sampled_from('ab "\\\n\té文<>_:.@^'), max_size=6)


def read(paths: list[Path], wanted: list[NamedNode] | None = None) -> list[Triple]:
    """The triples of the files, in order of predicates."""
    vocabulary = TermDictionary()
    assertions = Assertions(vocabulary, wanted)
    for path in paths:
        assertions.read_file(path, lambda _: None)
    return [
        vocabulary.decode_triple((subject, predicate, object_))
        for predicate, columns in assertions.columns.items()
        for subject, object_ in zip(*columns, strict=True)
    ]


@pytest.fixture
def written(tmp_path: Path):
    def write(content: str | bytes, name: str = "a.nt") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


nodes = st.sampled_from("abc").map("http://example.org/{}".format).map(NamedNode)
blanks = st.sampled_from("xy").map(BlankNode)
literals = (
    TEXTS.map(Literal)
    | TEXTS.map(lambda text: Literal(text, language="en"))
    | TEXTS.map(lambda text: Literal(text, datatype=P))
)
triples = st.builds(Triple, nodes | blanks, st.sampled_from([P, Q]), nodes | blanks | literals)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(triples, max_size=8))
def test_what_the_parser_reads_is_read(tmp_path_factory, some: list[Triple]) -> None:
    path = tmp_path_factory.mktemp("facts") / "a.nt"
    serialize(some, path, RdfFormat.N_TRIPLES)

    assert sorted(map(str, read([path]))) == sorted(map(str, some))


@pytest.mark.parametrize(
    ("line", "object_"),
    [
        ("<http://a/s> <http://a/p> <http://a/o> .", NamedNode("http://a/o")),
        ("<http://a/s>\t<http://a/p>\t<http://a/o>.", NamedNode("http://a/o")),
        ("  <http://a/s> <http://a/p> <http://a/o> . # a remark", NamedNode("http://a/o")),
        ("<http://a/s> <http://a/p> <http://a/\\u006F> .", NamedNode("http://a/o")),
        ('<http://a/s> <http://a/p> "two words" .', Literal("two words")),
        ('<http://a/s> <http://a/p> "a . b" .', Literal("a . b")),
        ('<http://a/s> <http://a/p> "a\\"b\\n" .', Literal('a"b\n')),
        ('<http://a/s> <http://a/p> "a"@EN-gb .', Literal("a", language="en-gb")),
        (
            '<http://a/s> <http://a/p> "a"^^<http://www.w3.org/2001/XMLSchema#string> .',
            Literal("a"),
        ),
        ("<http://a/s> <http://a/p> _:b .", BlankNode("b")),
    ],
)
def test_every_spelling_of_a_term_is_the_same_term(written, line: str, object_: object) -> None:
    expected = Triple(NamedNode("http://a/s"), NamedNode("http://a/p"), object_)

    assert read([written(f"# first\n\n{line}\n{line}")]) == [expected, expected]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("<http://a/s> <http://a/p> <http://a/o> .\n<http://a/s> <http://a/p> <htt", 2, "end"),
        ('<http://a/s> <http://a/p> "x .\n', 1, "end of file"),
        ("<http://a/s> <http://a/p> <http://a/b c> .\n", 1, "IRI"),
        ("<http://a/s> <http://a/p> <relative> .\n", 1, "scheme"),
        ('"x" <http://a/p> <http://a/o> .\n', 1, "must be"),
        ("<http://a/s> _:p <http://a/o> .\n", 1, "must be"),
        ("nonsense\n", 1, "subject"),
    ],
)
def test_a_malformed_line_is_refused_with_its_number(
    written, content: str, line: int, reason: str
) -> None:
    with pytest.raises(MalformedFile, match=reason) as caught:
        read([written(content)])
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("name", "rdf_format"),
    [
        ("a.nt", RdfFormat.N_TRIPLES),
        ("a.nq", RdfFormat.N_QUADS),
        ("a.ttl", RdfFormat.TURTLE),
        ("a.trig.gz", RdfFormat.TRIG),
        ("a.nt.gz", RdfFormat.N_TRIPLES),
    ],
)
def test_all_formats_are_read_and_graphs_do_not_matter(written, name, rdf_format) -> None:
    content = serialize([Triple(P, P, Literal("x y"))], format=rdf_format)
    if rdf_format in {RdfFormat.N_QUADS, RdfFormat.TRIG}:
        content = serialize([Quad(P, P, Literal("x y"), Q)], format=rdf_format)

    path = written(gzip.compress(content) if name.endswith(".gz") else content, name)

    assert read([path]) == [Triple(P, P, Literal("x y"))]


def test_blank_nodes_of_two_files_are_different(written) -> None:
    one = written("_:b <http://example.org/p> _:b .\n")
    other = written(
        "_:b <http://example.org/p> _:b .\n<http://a/s> <http://example.org/p> _:b .\n", "b.nt"
    )

    first, second, third = read([one, other])

    assert first == Triple(BlankNode("b"), P, BlankNode("b"))
    assert second.subject == second.object == third.object != first.object


def test_new_labels_of_blank_nodes_are_not_those_of_the_first_file(written) -> None:
    line = "_:{} <http://example.org/p> <http://a/o> .\n"
    one = written(line.format("f1-b") + line.format("ff1-b"))
    other = written(line.format("b"), "b.nt")

    assert [triple.subject.value for triple in read([one, other])] == ["f1-b", "ff1-b", "fff1-b"]


@pytest.mark.parametrize("name", ["a.nt", "a.nt.gz"])
def test_bytes_that_are_not_utf_8_have_line_and_column(written, name: str) -> None:
    good = "<http://a/s> <http://a/p> <http://a/o> .\n" * 5000
    content = good.encode() + '<http://a/s> <http://a/p> "é'.encode() + b'\xff" .\n'

    with pytest.raises(MalformedFile, match="UTF-8") as caught:
        read([written(gzip.compress(content) if name.endswith(".gz") else content, name)])

    assert (caught.value.line, caught.value.column) == (5001, 29)


def test_only_what_is_asked_for_is_kept_and_all_is_counted(written) -> None:
    vocabulary = TermDictionary()
    assertions = Assertions(vocabulary, [P])
    assertions.read_file(
        written(
            '<http://a/s> <http://example.org/q> "x" .\n'
            "<http://a/s> <http://example.org/p> <http://a/o> .\n"
            "<http://a/s> <http://example.org/p> <<( <http://a/s> <http://a/p> <http://a/o> )>> .\n"
        ),
        lambda _: None,
    )

    assert list(assertions.columns) == [vocabulary.encode(P)]
    assert (assertions.statements, assertions.left_out) == (3, 1)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"<http://a/s> <http://a/p> \xff .\n", "a.nt", "not UTF-8"),
        (
            gzip.compress(b"<http://a/s> <http://a/p> <http://a/o> .\n", mtime=0)[:-9],
            "a.nt.gz",
            "gzip",
        ),
        (b"plain", "a.nt.gz", "gzip"),
        (b"", "a.csv", "not an RDF file extension"),
        (b"<http://a/s> <http://a/p>", "a.ttl", "end"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(written, content, name, reason) -> None:
    path = written(content, name)

    with pytest.raises(MalformedFile, match=reason) as caught:
        read([path])
    assert caught.value.path == path


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match=r"nowhere\.nt: No such file"):
        read([tmp_path / "nowhere.nt"])


def test_parsing_and_splitting_agree_on_the_first_file(written) -> None:
    content = '_:a <http://a/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> .\n'

    expected = [
        quad.triple for quad in parse(content, RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    ]
    assert read([written(content)]) == expected
