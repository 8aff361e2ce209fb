import gzip
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat

from kg.errors import MalformedParameter, UnknownName
from kg.sources.prefixes import PrefixTable, merge_prefixes, read_first_prefixes
from kg.sources.rdf_syntaxes import read_rdf_file

TEXTS = {
    "one.ttl": "@prefix tea: <http://tea.example/> . tea:a tea:b tea:c . PREFIX z: <http://z/>",
    "one.trig": "@prefix tea: <http://tea.example/> . @prefix z: <http://z/> . "
    "tea:g { tea:a a z:b }",
    "one.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:tea="http://tea.example/" xmlns:z="http://z/"><tea:A rdf:about="urn:a"/></rdf:RDF>',
    "entities.rdf": '<!DOCTYPE r [ <!ENTITY z "http://z/" > ]> '
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:tea="http://tea.example/" xmlns:z="&z;"><tea:A rdf:about="urn:a"/></rdf:RDF>',
    "one.jsonld": '{"@context": [{"tea": "http://tea.example/", "name": "tea:name"}, '
    '{"z": {"@id": "http://z/", "@prefix": true}}], "@id": "tea:a", "name": "x"}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_prefixes_of_a_file_are_read_with_it(name: str, tmp_path: Path) -> None:
    plain, packed = tmp_path / name, tmp_path / f"{name}.gz"
    plain.write_text(TEXTS[name], encoding="utf-8")
    packed.write_bytes(gzip.compress(TEXTS[name].encode()))

    for path in (plain, packed):
        prefixes: dict[str, str] = {}
        assert len(list(read_rdf_file(path, prefixes=prefixes))) == 1
        assert (prefixes["tea"], prefixes["z"]) == ("http://tea.example/", "http://z/")
        assert "name" not in prefixes


def test_an_iri_has_the_prefix_of_the_longest_namespace() -> None:
    table = PrefixTable({"": "http://e.org/", "tea": "http://e.org/tea/"})

    assert table.shorten("http://e.org/tea/oolong") == "tea:oolong"
    assert table.shorten("http://e.org/a") == ":a"
    assert table.write("http://e.org/a/b") == "<http://e.org/a/b>"
    assert table.shorten("http://www.w3.org/2002/07/owl#Thing") == "owl:Thing"
    assert table.expand("tea:oolong") == table.expand("<http://e.org/tea/oolong>")


def test_the_files_decide_over_usual_prefixes() -> None:
    table = PrefixTable({"dct": "http://purl.org/dc/terms/", "owl": "http://birds.example/"})

    assert table.shorten("http://purl.org/dc/terms/title") == "dct:title"
    assert table.shorten("http://birds.example/barn") == "owl:barn"
    assert "dcterms" not in table.namespaces
    assert not any("glocal" in namespace for namespace in table.namespaces.values())


def test_prefixes_of_several_files_do_not_collide() -> None:
    merged = merge_prefixes(
        [
            {"": "http://a/", "x": "http://x/"},
            {"": "http://b/", "x": "http://other/", "y": "http://x/"},
            {"bad name": "http://c/", "_1": "http://d/", "r": "relative", "s": "http://s p/"},
        ]
    )

    assert merged == {
        "": "http://a/",
        "x": "http://x/",
        "ns2": "http://b/",
        "x2": "http://other/",
    }


def test_a_prefix_with_letters_comes_before_the_empty_one() -> None:
    assert merge_prefixes([{"": "http://a/", "a": "http://a/"}]) == {"a": "http://a/"}


def test_the_beginning_of_a_text_is_enough() -> None:
    turtle = b"@prefix tea: <http://tea.example/> . tea:a tea:b tea:c . tea:d tea:"
    assert read_first_prefixes(turtle, RdfFormat.TURTLE) == {"tea": "http://tea.example/"}
    assert read_first_prefixes(b"@prefix tea: <http://tea.exa", RdfFormat.TURTLE) == {}
    json_ld = b'{"@context": {"tea": "http://tea.example/"}}'
    assert read_first_prefixes(json_ld, RdfFormat.JSON_LD) == {"tea": "http://tea.example/"}
    assert read_first_prefixes(json_ld[:20], RdfFormat.JSON_LD) == {}


@pytest.mark.parametrize(
    ("name", "error"), [("tea", UnknownName), ("<a b>", MalformedParameter), ("", UnknownName)]
)
def test_what_names_nothing_is_refused(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        PrefixTable().expand(name)
