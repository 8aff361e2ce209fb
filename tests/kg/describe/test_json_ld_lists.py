import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from kg.describe.json_ld_lists import take_lists

PREFIX = "@prefix : <http://e.org/> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "


def test_a_list_is_taken_with_its_members() -> None:
    quads = list(parse(f"{PREFIX} :a :p ( :b 1 ( :c ) ) .", format=RdfFormat.TURTLE))

    rest, lists = take_lists(quads)

    assert [quad.subject for quad in rest] == [NamedNode("http://e.org/a")]
    first, second, inner = lists[rest[0].object]
    assert (first, second) == (NamedNode("http://e.org/b"), Literal(1))
    assert isinstance(inner, BlankNode)
    assert lists[inner] == [NamedNode("http://e.org/c")]


@pytest.mark.parametrize(
    "text",
    [
        ":a :p _:l . :b :p _:l . _:l rdf:first 1 ; rdf:rest rdf:nil .",
        ":a :p _:l . _:l rdf:first 1 , 2 ; rdf:rest rdf:nil .",
        ":a :p _:l . _:l rdf:first 1 ; rdf:rest :elsewhere .",
        ":a :p _:l . _:l rdf:first 1 ; rdf:rest rdf:nil ; :note 1 .",
        ":a :p _:l . _:l rdf:first 1 ; rdf:rest _:m . _:m rdf:first 2 ; rdf:rest _:l .",
        ":a :p _:l . GRAPH :g { _:l rdf:first 1 ; rdf:rest rdf:nil }",
        "_:l rdf:first 1 ; rdf:rest rdf:nil .",
    ],
)
def test_what_is_no_plain_list_is_left(text: str) -> None:
    quads = list(parse(PREFIX + text, format=RdfFormat.TRIG))

    rest, lists = take_lists(quads)

    assert (rest, lists) == (quads, {})
