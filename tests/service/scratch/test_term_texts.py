import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import MalformedParameter
from kg.namespaces import RDF
from service.scratch.term_texts import read_triple


def test_terms_are_read_as_people_write_them() -> None:
    triple = read_triple("http://e.org/s", "a", "owl:Thing")

    assert triple.subject == NamedNode("http://e.org/s")
    assert triple.predicate == RDF["type"]
    assert triple.object == NamedNode("http://www.w3.org/2002/07/owl#Thing")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ('"two words"@en', Literal("two words", language="en")),
        ("<urn:x:y>", NamedNode("urn:x:y")),
        ("_:b1", BlankNode("b1")),
        ("5", Literal(5)),
        ("mailto:a@e.org", NamedNode("mailto:a@e.org")),
    ],
)
def test_objects_may_be_any_terms(text: str, term: object) -> None:
    assert read_triple("urn:x:s", "urn:x:p", text).object == term


@pytest.mark.parametrize(
    ("terms", "parameter"),
    [
        (("urn:x:s", "urn:x:p", "two words"), "object"),
        (("urn:x:s", "urn:x:p", "1 , 2"), "object"),
        (("urn:x:s", '"p"', "1"), "predicate"),
        (("5 ", "urn:x:p", "1"), "subject"),
        (("unknown", "urn:x:p", "1"), "subject"),
    ],
)
def test_anything_else_is_refused_by_name(terms: tuple[str, str, str], parameter: str) -> None:
    with pytest.raises(MalformedParameter) as raised:
        read_triple(*terms)

    assert raised.value.parameter == parameter
