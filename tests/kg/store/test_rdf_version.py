import io

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse, serialize

from kg.store.rdf_version import (
    RdfVersion,
    may_make_rdf_1_2,
    may_need_rdf_1_2,
    needs_rdf_1_2,
    version_of_all,
)

A = NamedNode("a:a")


def quads(text: str) -> list[Quad]:
    return list(parse(text, format=RdfFormat.TRIG, base_iri="a:"))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("<a:a> <a:b> 'x'@en , <a:c> .", RdfVersion.RDF_1_1),
        ("<a:a> <a:b> 1 , 'x'@en--ltr .", RdfVersion.RDF_1_2_BASIC),
        ("<a:a> <a:b> 'x'@en--ltr , <<( <a:a> <a:b> 1 )>> .", RdfVersion.RDF_1_2),
        ("", RdfVersion.RDF_1_1),
    ],
)
def test_the_version_is_the_highest_that_a_term_needs(text: str, version: RdfVersion) -> None:
    assert version_of_all(quads(text)) is version
    assert any(map(needs_rdf_1_2, quads(text))) is (version is not RdfVersion.RDF_1_1)


@pytest.mark.parametrize(
    ("text", "may_need"),
    [
        ("<a:a> <a:b> <<( <a:a> <a:b> 1 )>> .", True),
        ("GRAPH <a:g> { <a:a> <a:b> _:x ~ <a:r> }", True),
        (r"<a:a> <a:b> 'x\\'@en-GB--rtl .", True),
        ("<a:a> <a:b> 'a <<(b' , 'x--ltr' , 'y'@en .", False),
        (r"<a:a> <a:b> 'a@en--ltr \n' , 1 .", False),
    ],
)
@pytest.mark.parametrize("padding", [0, 2**20 - 30, 2**20])
def test_n_quads_are_searched_wherever_they_are_cut(
    text: str, may_need: bool, padding: int
) -> None:
    content = [Quad(A, A, Literal("x" * padding)), *quads(text)]
    file = io.BytesIO(serialize(content, format=RdfFormat.N_QUADS) or b"")

    assert may_need_rdf_1_2(file) is may_need


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (<<( <a:a> <a:b> 1 )>> AS ?t) {}",
        "SELECT (triple (<a:a>, <a:b>, 1) AS ?t) {}",
        "SELECT (TRIPLE # a comment\n (<a:a>, <a:b>, 1) AS ?t) {}",
        "SELECT (strlangdir('a', 'en', 'ltr') AS ?t) {}",
        "SELECT ('a'@en-GB--ltr AS ?t) {}",
        "CONSTRUCT { ?s ?p ?o ~ <a:r> } { ?s ?p ?o }",
        r"PREFIX a: <a:> CONSTRUCT { ?s ?p a:b\/~ a:r } { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o {| <a:a> 1 |} } { ?s ?p ?o }",
        "CONSTRUCT { << ?s ?p ?o >> <a:a> 1 } { ?s ?p ?o }",
        "INSERT DATA { <a:a> <a:b> 'x'@en--rtl }",
    ],
)
def test_a_text_may_make_1_2_with_its_syntax_or_functions(text: str) -> None:
    assert may_make_rdf_1_2(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?triple { ?s ?p ?triple FILTER(?a < ?b) }",
        "SELECT * { <http://example.org/~jane> ?p 'x'@en }",
        "SELECT (SUBJECT(?t) AS ?s) { ?s ?p ?t FILTER(1 - -1 = 2) }",
    ],
)
def test_other_texts_cannot_make_1_2(text: str) -> None:
    assert not may_make_rdf_1_2(text)
