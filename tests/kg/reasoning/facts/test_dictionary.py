"""Terms as integers, and back."""

import pytest
from pyoxigraph import BlankNode, Literal, Triple

from kg.namespaces import GLOCAL, ID
from kg.reasoning.facts.dictionary import NotCanonical, TermDictionary


def test_a_literal_has_a_negative_code_and_no_other_term_has() -> None:
    vocabulary = TermDictionary()
    triple = Triple(BlankNode("b"), GLOCAL["p"], Literal("x", language="en"))

    subject, predicate, object_ = vocabulary.encode_triple(triple)

    assert (subject > 0, predicate > 0, object_ < 0) == (True, True, True)
    assert vocabulary.decode_triple((subject, predicate, object_)) == triple
    assert (vocabulary.is_iri(subject), vocabulary.is_iri(predicate)) == (False, True)


def test_a_term_keeps_its_code() -> None:
    vocabulary = TermDictionary()
    london = vocabulary.encode(ID["London"])

    assert vocabulary.encode(ID["London"]) == london != vocabulary.encode(ID["Paris"])
    assert vocabulary.find(ID["London"]) == london
    assert vocabulary.find(ID["Tokyo"]) is None


@pytest.mark.parametrize("code", [0, -0])
def test_zero_is_no_code(code: int) -> None:
    with pytest.raises(KeyError):
        TermDictionary().decode(code)


def test_terms_that_were_new_are_forgotten() -> None:
    vocabulary = TermDictionary()
    london = vocabulary.encode(ID["London"])

    with vocabulary.forget_new_terms_on_exit():
        triple = Triple(ID["Atlantis"], GLOCAL["p"], Literal("x"))
        codes = vocabulary.encode_triple(triple)
        assert vocabulary.decode_triple(codes) == triple
        assert vocabulary.encode(ID["London"]) == london

    assert vocabulary.find(ID["Atlantis"]) is None
    assert vocabulary.encode(ID["Lyon"]) == codes[0]
    assert vocabulary.encode(Literal("y")) == codes[2]


@pytest.mark.parametrize(
    "spelling",
    [
        '"x"^^<http://www.w3.org/2001/XMLSchema#string>',
        '"x"@EN',
        r'"a\u0062"',
        '"a\tb"',
        "<relative>",
        "<http://example.org/a b>",
        "_:b.",
        "a",
        "",
    ],
)
def test_a_text_that_is_no_canonical_term_gets_no_code(spelling: str) -> None:
    with pytest.raises(NotCanonical):
        TermDictionary().codes[spelling]
