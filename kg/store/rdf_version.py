"""The versions of RDF: which one a term, a file of N-Quads or a query needs.

What RDF 1.2 adds are strings with a base direction, and triple terms.

Source: RDF 1.2 Concepts and Abstract Data Model, section 2.1 (version labels).
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import IO, Final

from pyoxigraph import Literal, Quad, Triple

_CHUNK_BYTES: Final = 2**20
# Longer than any match, which may be cut by the end of a chunk.
_OVERLAP_BYTES: Final = 256
# In N-Quads; a string that looks like this counts too.
_IN_QUADS: Final = (re.compile(rb"> <<\("), re.compile(rb'"@[A-Za-z0-9-]+--(?:ltr|rtl)\b'))
# In a query; comments and strings that look like this count too.
_IN_QUERY: Final = re.compile(
    r"<<|\{\||(?<!/)~|\\/~|@[A-Za-z0-9-]+--|TRIPLE\s*[(#]|STRLANGDIR", re.IGNORECASE
)


class RdfVersion(IntEnum):
    """The versions in ascending order; 1.2-basic has no triple terms."""

    RDF_1_1 = 0
    RDF_1_2_BASIC = 1
    RDF_1_2 = 2


def version_of(term: object) -> RdfVersion:
    """Return the version that a term in object position needs."""
    if isinstance(term, Triple):
        return RdfVersion.RDF_1_2
    if isinstance(term, Literal) and term.direction is not None:
        return RdfVersion.RDF_1_2_BASIC
    return RdfVersion.RDF_1_1


def version_of_all(statements: Iterable[Quad | Triple]) -> RdfVersion:
    """Return the version that the statements need together."""
    versions = (version_of(statement.object) for statement in statements)
    return max(versions, default=RdfVersion.RDF_1_1)


def needs_rdf_1_2(statement: Quad | Triple) -> bool:
    """Return whether a statement has a triple term or a base direction."""
    return version_of(statement.object) is not RdfVersion.RDF_1_1


def may_need_rdf_1_2(quads: IO[bytes]) -> bool:
    """Return whether a file of N-Quads may have triple terms or base directions."""
    end = b""
    while chunk := quads.read(_CHUNK_BYTES):
        text = end + chunk
        if any(pattern.search(text) for pattern in _IN_QUADS):
            return True
        end = text[-_OVERLAP_BYTES:]
    return False


def may_make_rdf_1_2(text: str) -> bool:
    """Return whether a query or update may make triple terms or base directions itself."""
    return _IN_QUERY.search(text) is not None
