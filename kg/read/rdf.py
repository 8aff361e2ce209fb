"""RDF in any syntax but JSON-LD's newer parts, from anywhere -> quads, one by one."""

from collections.abc import Iterator
from typing import IO, Final

from pyoxigraph import Quad, RdfFormat, parse

from kg.errors import MalformedRdf
from kg.read.files import reason_of

_NO_CONTEXT: Final = "LoadDocumentCallback"


def parse_rdf(content: bytes | IO[bytes], syntax: RdfFormat, base_iri: str) -> Iterator[Quad]:
    """The quads in the order of the text; blank nodes get names that are used nowhere else.

    Raises:
        MalformedRdf: with line and column; also JSON-LD that refers to a context elsewhere.
    """
    try:
        yield from parse(content, format=syntax, base_iri=base_iri, rename_blank_nodes=True)
    except SyntaxError as error:
        reason = reason_of(error)
        if _NO_CONTEXT in reason:
            reason = "no context is fetched; right would be one that stands in the document itself"
        raise MalformedRdf(reason, error.lineno, error.offset) from error
