"""The syntax of files that are named like RDF/XML is found by their beginning."""

import gzip
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat

from kg.errors import MalformedFile, MalformedRdf
from kg.sources.named_as_xml import sniff_syntax
from kg.sources.rdf_syntaxes import read_rdf_file

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


@pytest.mark.parametrize(
    "text",
    [
        f'<?xml version="1.0"?>\n<rdf:RDF {RDF}/>',
        f"<rdf:RDF {RDF}/>",
        '<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        f"<!-- Ontology( and @prefix -->\n<rdf:RDF {RDF}/>",
        f'<!DOCTYPE rdf:RDF [ <!ENTITY owl "http://www.w3.org/2002/07/owl#"> ]>\n<rdf:RDF {RDF}/>',
        f"\ufeff<rdf:RDF {RDF}/>",
        f'<?xml version="1.0"?><rdf:RDF {RDF} xmlns:owl="http://www.w3.org/2002/07/owl#">'
        '<owl:Ontology rdf:about=""/></rdf:RDF>',
        f'<Ontology xmlns="http://www.w3.org/2002/07/owl#" {RDF} rdf:about="urn:o"/>',
        "",
    ],
)
def test_rdf_xml_is_found(text: str) -> None:
    assert sniff_syntax(text.encode()) == RdfFormat.RDF_XML


@pytest.mark.parametrize(
    "text",
    [
        "@prefix : <urn:x:> .",
        "PREFIX : <urn:x:>",
        "@base <urn:x:> .",
        "# <rdf:RDF>\n\n<http://example.org/o> a <urn:x:b> .",
        "<> a <urn:x:b> .",
        "<rdf:RDF> <urn:x:p> 1 .",
        "_:a <urn:x:p> 1 .",
        "[] <urn:x:p> 1 .",
        "<urn:x:a>\n    <urn:x:p> 1 .",
    ],
)
def test_turtle_is_found(text: str) -> None:
    assert sniff_syntax(text.encode()) == RdfFormat.TURTLE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            '<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"\n'
            '     ontologyIRI="urn:o">',
            "OWL/XML",
        ),
        ("Prefix(:=<urn:x:>)\nOntology(<urn:o>)", "functional syntax"),
        ("Prefix: : <urn:x:>\nOntology: <urn:o>", "Manchester syntax"),
    ],
)
def test_other_syntaxes_of_owl_are_refused_by_name(text: str, name: str) -> None:
    with pytest.raises(MalformedRdf, match=name):
        sniff_syntax(text.encode())


@pytest.mark.parametrize("is_packed", [True, False])
def test_turtle_in_a_file_named_owl_is_read(tmp_path: Path, is_packed: bool) -> None:
    path = tmp_path / ("a.owl.gz" if is_packed else "a.owl")
    content = b"@prefix x: <urn:x:> . x:a x:p <b> ."
    path.write_bytes(gzip.compress(content) if is_packed else content)
    prefixes: dict[str, str] = {}

    [quad] = read_rdf_file(path, prefixes=prefixes)

    assert quad.object.value == f"{tmp_path.as_uri()}/b"
    assert prefixes == {"x": "urn:x:"}


def test_a_file_in_another_syntax_of_owl_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.owl"
    path.write_text("Ontology(<urn:o>)", encoding="utf-8")

    with pytest.raises(MalformedFile, match="functional syntax of OWL, which is not RDF") as caught:
        list(read_rdf_file(path))
    assert caught.value.path == path
