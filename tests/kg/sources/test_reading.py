"""The limits of one reader: each attack is refused, and what real vocabularies do passes."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat
from typer.testing import CliRunner

from kg.cli import app
from kg.errors import LimitExceeded, MalformedFile, MalformedPatch, MalformedRdf
from kg.reasoning.whatif.patches import parse_patch
from kg.sources.files import read_file
from kg.sources.rdf_syntaxes import parse_rdf, read_json_ld, read_rdf_file

RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">\n'
SYNTAXES = {
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "ttl": RdfFormat.TURTLE,
    "trig": RdfFormat.TRIG,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}


def nested_terms(depth: int) -> str:
    return "<x:s> <x:p> " + "<<( <x:s> <x:p> " * depth + "<x:o>" + " )>>" * depth + " .\n"


def nested_elements(depth: int) -> str:
    inner = "<rdf:Description><e:p>" * depth + "</e:p></rdf:Description>" * depth
    return f"{RDF_XML}{inner}</rdf:RDF>"


def nested_objects(depth: int) -> str:
    return '{"x:p": ' * depth + "1" + "}" * depth


def entities(levels: int) -> str:
    """Return entities of which each is ten of the one before, and a use of the last."""
    declared = "".join(
        f'<!ENTITY l{level + 1} "{f"&l{level};" * 10}">\n' for level in range(levels)
    )
    used = f"<rdf:Description><e:p>&l{levels};</e:p></rdf:Description></rdf:RDF>"
    return f'<!DOCTYPE r [\n<!ENTITY l0 "lol">\n{declared}]>\n{RDF_XML}{used}'


def read(text: str | bytes, extension: str) -> list[Quad]:
    content = text.encode() if isinstance(text, str) else text
    return list(parse_rdf(content, SYNTAXES[extension], "http://e/"))


ATTACKS = {
    "terms.nt": (nested_terms(50_000), "nested triple terms: more than 500"),
    "terms.nq": (nested_terms(50_000), "nested triple terms: more than 500"),
    "terms.ttl": (nested_terms(50_000), "nested triple terms: more than 500"),
    "terms.trig": (nested_terms(600), "nested triple terms: more than 500"),
    "elements.rdf": (nested_elements(100_000), "line 2: nested XML elements: more than 500"),
    "objects.jsonld": (nested_objects(50_000), "line 1: nested JSON values: more than 500"),
    "entities.rdf": (entities(9), "bytes by XML entities: more than 1,048,576"),
    "literal.nt": (f'<x:s> <x:p> "{"a" * 2**24}" .\n', "literal: more than 16,777,216"),
    "literal.ttl": ('<x:s> <x:p> """' + "a\n" * 2**23 + '""" .', "literal: more than 16,777,216"),
    "literal.rdf": (
        f"{RDF_XML}<rdf:Description><e:p>{'a' * 2**24}</e:p></rdf:Description></rdf:RDF>",
        "literal: more than 16,777,216",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_with_file_and_option(name: str, tmp_path: Path) -> None:
    text, said = ATTACKS[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(LimitExceeded) as refused:
        list(read_rdf_file(path))

    assert str(refused.value).startswith(f"{path}: ")
    assert said in str(refused.value)
    assert "set GLOCAL_READ_" in str(refused.value)


@pytest.mark.parametrize("name", ["terms.nt", "terms.ttl", "elements.rdf", "entities.rdf"])
@pytest.mark.parametrize("command", ["reason", "entails"])
def test_a_command_refuses_it_with_exit_code_2(command: str, name: str, tmp_path: Path) -> None:
    text, said = ATTACKS[name]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    result = CliRunner().invoke(app, [command, str(path), *[str(path)] * (command == "entails")])

    assert result.exit_code == 2
    assert f"{path}: " in result.stderr
    assert said in result.stderr


def test_a_curated_file_and_a_patch_have_the_same_limits(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(nested_terms(600), encoding="utf-8")

    with pytest.raises(LimitExceeded, match=r"a\.ttl: nested triple terms"):
        read_file(path)
    with pytest.raises(LimitExceeded, match="nested triple terms"):
        parse_patch(nested_terms(600), "text/turtle")
    with pytest.raises(LimitExceeded, match="nested JSON values"):
        parse_patch(nested_objects(50_000), "application/ld+json")
    with pytest.raises(MalformedPatch, match="line 2"):
        parse_patch("<x:s> <x:p> <x:o> .\n<x:s> <x:p> .", "text/turtle")


@pytest.mark.parametrize("extension", ["nt", "ttl", "jsonld"])
def test_what_a_file_is_decompressed_to_is_bounded(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_READ_BYTES", "100000")
    monkeypatch.setenv("GLOCAL_READ_JSON_BYTES", "100000")
    path = tmp_path / f"a.{extension}.gz"
    path.write_bytes(gzip.compress(b"\n" * 1_000_000))

    with pytest.raises(LimitExceeded, match=r"bytes, decompressed: more than 100,000"):
        list(read_rdf_file(path))


def test_a_limit_is_raised_by_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded, match="nested XML elements"):
        read(nested_elements(300), "rdf")
    monkeypatch.setenv("GLOCAL_READ_NESTING", "1000")

    assert len(read(nested_elements(300), "rdf")) == 300


@pytest.mark.parametrize(
    "hidden",
    [
        '<!DOCTYPE r [\n<!ENTITY % x "y"> %x; ',
        "<!DOCTYPE r [\n<!NONSENSE> ",
        "<!DOCTYPE r [\n<!-- a > b --> ",
    ],
)
def test_no_declaration_before_them_hides_entities(hidden: str) -> None:
    text = entities(9).replace("<!DOCTYPE r [\n", hidden)

    with pytest.raises(LimitExceeded, match="bytes by XML entities"):
        read(text, "rdf")


def test_many_references_to_a_long_entity_are_refused() -> None:
    declared = f'<!DOCTYPE r [<!ENTITY a "{"a" * 100_000}">]>'
    property_ = f'<rdf:Description e:p="{"&a;" * 1000}"/>'

    with pytest.raises(LimitExceeded, match="bytes by XML entities"):
        read(f"{declared}{RDF_XML}{property_ * 50}</rdf:RDF>", "rdf")


def test_nothing_after_xml_that_is_not_well_formed_is_read() -> None:
    broken = f"{RDF_XML}<rdf:Description e:p='1'></e:x>"

    with pytest.raises(MalformedRdf):
        read(broken + nested_elements(100_000), "rdf")


@pytest.mark.parametrize("encoding", ["Shift_JIS", "UUTF-8", "UTF-16"])
def test_xml_that_declares_another_encoding_is_refused(encoding: str, tmp_path: Path) -> None:
    path, prefixes = tmp_path / "a.rdf", dict[str, str]()
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?>{nested_elements(1)}', "utf-8")

    with pytest.raises(MalformedFile, match=r"a\.rdf:1:1: Only UTF-8 is supported"):
        list(read_rdf_file(path, prefixes=prefixes))


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(MalformedRdf, match=r"half of a surrogate pair .* about 'http://e/s'"):
        list(read_json_ld(rb'{"@id": "s", "http://e/p": "\ud800"}', "http://e/"))


@pytest.mark.parametrize("extension", ["nt", "ttl", "rdf", "jsonld"])
def test_a_byte_order_mark_is_no_part_of_a_document(extension: str, tmp_path: Path) -> None:
    texts = {"rdf": f"{RDF_XML}</rdf:RDF>", "jsonld": "{}"}
    path = tmp_path / f"a.{extension}"
    path.write_text(texts.get(extension, "<x:s> <x:p> 'é' ."), encoding="utf-8-sig")
    if extension == "nt":
        path.write_text('<x:s> <x:p> "é" .\n', encoding="utf-8-sig")

    quads = list(read_rdf_file(path))

    said = [Quad(NamedNode("x:s"), NamedNode("x:p"), Literal("é"))]
    assert quads == ([] if extension in texts else said)


def ontology_with_entities() -> str:
    """Return RDF/XML as ontology editors write it: an entity in each IRI."""
    declared = "".join(
        f'    <!ENTITY {name} "http://www.example.org/vocabularies/2024/{name}#" >\n'
        for name in ("unit", "kind", "owl")
    )
    classes = "".join(
        f'  <rdf:Description rdf:about="&unit;U{number}"><e:kind rdf:resource="&kind;K"/>'
        f"<e:text>A &lt; B &amp; &unit;</e:text></rdf:Description>\n"
        for number in range(5_000)
    )
    return f'<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [\n{declared}]>\n{RDF_XML}{classes}</rdf:RDF>'


def buildings() -> Iterator[str]:
    """Yield Turtle as catalogues of buildings and units have it: shapes in brackets, long lines."""
    yield "@prefix e: <http://e/> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
    for number in range(2_000):
        yield f"e:Point{number} a e:Sensor ; sh:property [ sh:path e:p ; sh:or ( [ sh:class e:A ] "
        yield '[ sh:class e:B ; e:list ( ( 1 2 ) ( 3.5 "x" ) ) ] ) ] ; e:tag e:T, e:U, e:V . '
    text = "Latex << ( <<( " * 2_000
    yield f'\n# {text}\ne:Long e:text """{text}""" .\n'


def eras() -> str:
    """Return RDF 1.2 on one line: very many triple terms, of which none is in another."""
    return "".join(
        f"<x:e{number}> <x:says> <<(<x:a> <x:b> {number})>> . " for number in range(30_000)
    )


def thesaurus() -> str:
    """Return JSON-LD as thesauri publish it: concepts in concepts, with labels in languages."""
    concept = '{"@id": "http://e/c%d", "http://e/label": [{"@value": "[[{", "@language": "fi"}]'
    return (
        "[" + ",".join(f'{concept % n}, "http://e/n": {{"@id": "x:o"}}}}' for n in range(500)) + "]"
    )


def test_what_real_vocabularies_do_passes() -> None:
    assert len(read(ontology_with_entities(), "rdf")) == 10_000
    assert len(read("".join(buildings()), "ttl")) > 30_000
    assert len(read(eras(), "ttl")) == 30_000
    assert len(list(read_json_ld(thesaurus().encode(), "http://e/"))) == 1_000
    assert len(read(nested_terms(20), "nt")) == 1
