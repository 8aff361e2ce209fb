import gzip
from pathlib import Path

import pytest

from kg.errors import MalformedFile, MalformedInput
from kg.rdf_files import read_rdf_file

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
        ("a.csv", b"", "the ending is none of RDF"),
        ("a.ttl.gz", b"no gzip", "not a whole gzip file"),
        ("a.ttl.gz", gzip.compress(b"<a:s> <a:p> 1 .")[:-5], "not a whole gzip file"),
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
