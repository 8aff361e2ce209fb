"""IRIs that a reader cannot follow without harm."""

import pytest
from pyoxigraph import NamedNode, Quad

from kg.namespaces import DCTERMS, EVIDENCE
from kg.validation.iris import check_iris


def errors(iri: str) -> list[tuple[str, str]]:
    quad = Quad(EVIDENCE["p01.1-fact"], DCTERMS["source"], NamedNode(iri))
    return [(one.message, one.remedy) for one in check_iris([quad], [])]


@pytest.mark.parametrize("iri", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_another_scheme_is_refused(iri: str) -> None:
    ((message, remedy),) = errors(iri)

    assert message == f"{iri} has the scheme {iri.partition(':')[0]}:."
    assert remedy == "an IRI that begins with http:, https:, urn: or doi:."


@pytest.mark.parametrize("iri", ["https:///section/2", "http:section"])
def test_an_address_without_a_host_is_refused(iri: str) -> None:
    assert errors(iri) == [
        (f"{iri} has no host.", "an IRI with a host, such as https://example.org/.")
    ]


def test_a_character_that_nobody_sees_is_refused() -> None:
    ((message, _),) = errors("https://example.org/a\u200b")

    assert message.endswith("contains U+200B (zero width space), which nobody sees.")


@pytest.mark.parametrize(
    "iri", ["https://example.org/a?b=c#d", "HTTP://example.org/", "urn:isbn:1", "doi:10.1000/182"]
)
def test_other_iris_are_accepted(iri: str) -> None:
    assert errors(iri) == []
