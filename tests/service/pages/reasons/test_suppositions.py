"""Suppositions as they stand in addresses and forms."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import MalformedParameter
from kg.namespaces import GLOCAL, ID, RDFS, XSD
from kg.reasoning.whatif.patches import parse_patch
from service.pages.reasons.suppositions import (
    Supposition,
    is_nameable,
    read_statement,
    split_statement,
    write_statement,
    write_update,
)

MEMBER = Triple(ID["London"], GLOCAL["memberOf"], ID["C40"])


@pytest.mark.parametrize(
    ("object_", "text"),
    [
        (ID["C40"], "id:London glocal:memberOf id:C40"),
        (NamedNode("urn:x"), "id:London glocal:memberOf <urn:x>"),
        (Literal('a "b" \\ c', language="en"), None),
        (Literal("2001", datatype=XSD["gYear"]), None),
    ],
)
def test_a_statement_is_read_as_it_was_written(
    object_: NamedNode | Literal, text: str | None
) -> None:
    triple = Triple(ID["London"], GLOCAL["memberOf"], object_)

    assert is_nameable(triple)
    assert read_statement(write_statement(triple)) == triple
    assert text in (None, write_statement(triple))


@pytest.mark.parametrize("object_", [BlankNode("x"), Literal("two\nlines")])
def test_some_statements_cannot_stand_in_an_address(object_: BlankNode | Literal) -> None:
    assert not is_nameable(Triple(ID["London"], RDFS["label"], object_))


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("C40 initiatedBy Ken Livingstone .", ("C40", "initiatedBy", "Ken Livingstone")),
        (" <urn:a>  a\n<urn:b> ", ("<urn:a>", "a", "<urn:b>")),
        ('id:a rdfs:label "a . b"@en', ("id:a", "rdfs:label", '"a . b"@en')),
    ],
)
def test_only_the_last_name_may_have_spaces(text: str, terms: tuple[str, str, str]) -> None:
    assert split_statement("add", text) == terms


def test_two_terms_are_no_statement() -> None:
    with pytest.raises(MalformedParameter, match="add: expected a subject, a predicate and an"):
        split_statement("add", "id:London glocal:memberOf")
    assert read_statement("London memberOf C40") is None


def test_an_address_has_what_is_supposed_and_not_what_is_typed() -> None:
    form = Supposition(
        removals=("id:A a id:B",), additions=('id:A rdfs:label "é&"',), view="facts", subject="x"
    )

    assert form.address == (
        "/whatif?remove=id:A%20a%20id:B&add=id:A%20rdfs:label%20%22%C3%A9%26%22&view=facts"
    )
    assert (Supposition(query="ASK {}").is_empty, form.is_empty) == (True, False)
    assert Supposition().address == "/whatif"


@pytest.mark.parametrize("end", ["", ";", " # a comment", "\n;\n"])
def test_an_own_update_is_followed_by_the_other_statements(end: str) -> None:
    own = f"INSERT DATA {{ <urn:a> <urn:b> <urn:c> }}{end}"

    patch = parse_patch(write_update([f"{MEMBER} ."], [], own))
    assert [quad.triple for quad in patch.removals] == [MEMBER]
    assert [str(quad.subject) for quad in patch.additions] == ["<urn:a>"]
