"""The version of RDF that an answer needs: announced in its media type, or a reason to refuse it.

An answer that needs RDF 1.2 announces it, unless the client named a version. It is refused if the
client named one that cannot express it, or if its format cannot: JSON-LD 1.1 has no triple terms.
CSV has plain text in place of terms, and announces nothing.

Source: SPARQL 1.2 Protocol, section 1.3; RDF 1.2 Concepts, section 1.6 (version announcement).
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, TypeVar

from pyoxigraph import Quad, Triple

from kg.store.rdf_version import RdfVersion, version_of
from service.answers.formats import GRAPH_FORMATS, JSON_LD, QUAD_FORMATS, Choice, media_types
from service.errors import NotAcceptable

T = TypeVar("T", Quad, Triple)

_HIGHEST: Final = {"1.1": RdfVersion.RDF_1_1, "1.2-basic": RdfVersion.RDF_1_2_BASIC}
_ADDED: Final = ("", "strings with a base direction", "triple terms")

# By media type of every result format but CSV, what marks triple terms and directions in serialized
# rows. No literal can look like a mark: the engine escapes quotation marks in JSON and XML, and
# tabs and line ends in TSV.
_MARKS: Final = {
    "application/sparql-results+json": (
        re.compile(rb'"type":"triple"'),
        re.compile(rb',"its:dir":"(?:ltr|rtl)"'),
    ),
    "application/sparql-results+xml": (
        re.compile(rb"<triple>"),
        re.compile(rb' its:dir="(?:ltr|rtl)" xmlns:its="'),
    ),
    "text/tab-separated-values": (
        re.compile(rb"[\t\n]<<\("),
        re.compile(rb'"@[A-Za-z0-9-]+--(?:ltr|rtl)[\t\n]'),
    ),
}
# Longer than any mark, since a mark may be split between two pieces.
_OVERLAP_BYTES: Final = 256


def require_version(choice: Choice, needed: RdfVersion, *, of_quads: bool = False) -> Choice:
    """Return the choice for an answer that needs this version, which its media type announces.

    Raises NotAcceptable if the version that the client named, or the format, cannot express it.
    """
    if choice.format == JSON_LD:
        if needed is RdfVersion.RDF_1_2:
            formats = QUAD_FORMATS if of_quads else GRAPH_FORMATS
            able = media_types([form for form in formats if form != JSON_LD])
            raise NotAcceptable("JSON-LD 1.1 cannot express triple terms", able)
    elif choice.format.has_versions and needed > _HIGHEST.get(choice.version, RdfVersion.RDF_1_2):
        reason = f"RDF {choice.version} cannot express the answer, which has {_ADDED[needed]}"
        raise NotAcceptable(f"{reason}; expected version=1.2, or no version", [])
    elif not choice.version and needed is not RdfVersion.RDF_1_1:
        return replace(choice, version="1.2")
    return choice


class VersionCheck:
    """Finds out, while an answer is written, which version of RDF it needs (see `require_version`).

    `choice` is the client's choice with that version. If the answer cannot need RDF 1.2
    (`may_need_1_2`), nothing is searched.
    """

    def __init__(self, choice: Choice, *, may_need_1_2: bool) -> None:
        self.choice, self._may_need_1_2 = choice, may_need_1_2
        self._end = b""

    @property
    def is_needed(self) -> bool:
        """Whether a term that is found now can still change something."""
        form, version = self.choice.format, self.choice.version
        is_open = form == JSON_LD or (form.has_versions and version != "1.2")
        return is_open and self._may_need_1_2

    def begin_stream(self) -> None:
        """Announce RDF 1.2 if the answer may need it, before all of it is known."""
        if self.is_needed and not self.choice.version:
            self.choice = require_version(self.choice, RdfVersion.RDF_1_2_BASIC)

    def search_rows(self, piece: bytes | bytearray) -> None:
        """Search a piece of serialized rows, which may be cut anywhere; see `require_version`."""
        if not self.is_needed:
            return
        text = self._end + piece
        triple, direction = _MARKS[self.choice.format.media_type]
        if triple.search(text):
            self.choice = require_version(self.choice, RdfVersion.RDF_1_2)
        elif direction.search(text):
            self.choice = require_version(self.choice, RdfVersion.RDF_1_2_BASIC)
        self._end = text[-_OVERLAP_BYTES:]

    def search_statements(self, statements: Iterable[T]) -> Iterable[T]:
        """Return the triples or quads of a graph; they are searched as they are read."""
        return map(self._search, statements) if self.is_needed else statements

    def _search(self, statement: T) -> T:
        version = version_of(statement.object)
        if version is not RdfVersion.RDF_1_1:
            of_quads = isinstance(statement, Quad)
            self.choice = require_version(self.choice, version, of_quads=of_quads)
        return statement
