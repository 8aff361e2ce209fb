"""Read triples from the parameters of a request, where no name is known but IRIs and prefixes."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from pyoxigraph import RdfFormat, Triple, parse

from kg.errors import MalformedParameter
from kg.namespaces import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SCHEMA, SKOS, XSD

# The prefixes that need no declaration: those of the W3C, and of much used vocabularies.
PREFIXES: Final = {
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "owl": str(OWL),
    "xsd": str(XSD),
    "skos": str(SKOS),
    "prov": str(PROV),
    "dcterms": str(DCTERMS),
    "foaf": str(FOAF),
    "schema": str(SCHEMA),
}
_IRI: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):([^\x00-\x20<>\"{}|^`\\]*)")


def read_triple(
    subject: str, predicate: str, object_: str, prefixes: Mapping[str, str] = PREFIXES
) -> Triple:
    """Return the triple of three terms, each an IRI, a CURIE, or as in Turtle.

    Raises MalformedParameter for the first parameter that is no term in its place.
    """
    parse_terms = partial(_parse, prefixes)
    if parse_terms("urn:x:s", "urn:x:p", object_) is None:
        raise _malformed("object", object_, 'an IRI, a CURIE, or a literal such as "text"@en')
    if parse_terms("urn:x:s", predicate, object_) is None:
        raise _malformed("predicate", predicate, "an IRI or a CURIE")
    triple = parse_terms(subject, predicate, object_)
    if triple is None:
        raise _malformed("subject", subject, "an IRI, a CURIE, or a blank node")
    return triple


def _parse(prefixes: Mapping[str, str], *terms: str) -> Triple | None:
    """Return the one triple of these terms, or None if they are not just that."""
    declarations = "".join(f"PREFIX {name}: <{iri}> " for name, iri in prefixes.items())
    written = " ".join(_in_turtle(term, prefixes) for term in terms)
    text = f"{declarations}\n{written} ."
    try:
        quads = list(parse(text, format=RdfFormat.TURTLE, rename_blank_nodes=False))
    except SyntaxError:
        return None
    return quads[0].triple if len(quads) == 1 else None


def _in_turtle(term: str, prefixes: Mapping[str, str]) -> str:
    """Return a term as Turtle writes it; an IRI without a known prefix gets its brackets."""
    found = _IRI.fullmatch(term.strip())
    is_iri = found is not None and (found[1] not in prefixes or found[2].startswith("//"))
    return f"<{term.strip()}>" if is_iri else term


def _malformed(name: str, value: str, expected: str) -> MalformedParameter:
    return MalformedParameter(name, f"expected {expected}, got '{value[:200]}'")
