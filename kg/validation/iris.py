"""Check that IRIs can be followed by a reader without harm: their scheme, host and characters."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import NamedNode, Quad

from kg.validation.characters import find_wrong_characters
from kg.validation.findings import Problem, format_term

# `javascript:`, `data:` and `file:` in a link run or open something on the reader's machine.
_SCHEMES: Final = ("http", "https", "urn", "doi")


def check_iris(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Find IRIs with another scheme than http, https, urn or doi, and those without a host."""
    seen: set[str] = set()
    for quad in (*curated, *ontology):
        for term in (quad.subject, quad.object):
            if isinstance(term, NamedNode) and term.value not in seen:
                seen.add(term.value)
                if error := _error_in(term.value):
                    message = f"{format_term(term)} {error[0]}."
                    yield Problem.of_quad(quad, message, f"{error[1]}.", "safe-iris")


def _error_in(iri: str) -> tuple[str, str] | None:
    """Return what is wrong with an IRI and what is right, or None."""
    scheme = iri.partition(":")[0].lower()
    if scheme not in _SCHEMES:
        return f"has the scheme {scheme}:", "an IRI that begins with http:, https:, urn: or doi:"
    try:
        is_without_host = scheme in ("http", "https") and not urlsplit(iri).hostname
    except ValueError as error:  # brackets that enclose no IPv6 address
        return f"has no valid host: {error}", "an IRI with a host, such as https://example.org/"
    if is_without_host:
        return "has no host", "an IRI with a host, such as https://example.org/"
    wrong = next(find_wrong_characters(iri), None)
    return (wrong.message, wrong.remedy) if wrong else None
