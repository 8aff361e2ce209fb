"""Read RDF from outside within limits, in every syntax that the engine parses.

The engine's parsers bound neither XML entities nor nesting, and recurse over triple terms and JSON.
So each piece of a document is checked before the engine has it. It gives a statement as soon as it
has read one; what was read since the last is therefore no more than one statement.

Each limit of `DEFAULTS` is `GLOCAL_READ_<NAME>` in the environment, if a user needs more.
"""

import gzip
import os
import re
import time
import zlib
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast
from xml.parsers import expat

from pyoxigraph import Quad, RdfFormat, Triple, parse

from kg.errors import LimitExceeded

DEFAULTS: Final = {
    # Of a document, decompressed; and of one that is held in memory as a whole.
    "BYTES": 2**34,
    "JSON_BYTES": 2**28,
    "SECONDS": 3600,
    # Of a literal, a line of N-Triples, or anything else between two statements.
    "STATEMENT_BYTES": 2**24,
    # Of XML elements, JSON values and triple terms.
    "NESTING": 500,
    # All that the entities of a DTD, and the references to them, add to a document.
    "ENTITY_BYTES": 2**20,
}
_BOM: Final = b"\xef\xbb\xbf"
_LINES: Final = (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS)
_PIECE_BYTES: Final = 2**16
# The engine survives 16,000 nested triple terms on a stack of 8 MiB, but not 50,000. A piece can
# open fewer than this many, each of which has at least 15 bytes unless it is nested.
_MOST_OPENED: Final = 12_000
# A document of many references to short entities, as in many ontologies, is no more than this
# many times as long without them.
_GROWTH: Final = 20
_ENTITY: Final = re.compile(rb'<!ENTITY\s+(?:%\s*)?([^\s"]+)\s+"([^"]*)"')
_REFERENCE: Final = re.compile(rb"&([^&;\s<#]+);")
_JSON_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_AMPLIFIED: Final = 43  # expat's XML_ERROR_AMPLIFICATION_LIMIT_BREACH
_FULL_BUFFER: Final = "Reached the buffer maximal size"


# What reading a file that is not gzip, or not all of it, raises.
GZIP_ERRORS: Final = (EOFError, gzip.BadGzipFile, zlib.error)


def open_file(path: Path) -> IO[bytes]:
    """Open a file to be read, decompressed if its name ends in `.gz`."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def limit_of(name: str) -> int:
    """Return a limit by its name in `DEFAULTS`, or as the environment has it, in digits."""
    text = os.environ.get(f"GLOCAL_READ_{name}", "")
    return int(text) if text.isdecimal() else DEFAULTS[name]


def refuse(what: str, name: str, line: int | None = None) -> NoReturn:
    """Raise LimitExceeded for what a document has too much of; lines count from 1."""
    where = "" if line is None else f"line {line}: "
    remedy = f"If the data needs more, set GLOCAL_READ_{name} in the environment."
    raise LimitExceeded(f"{where}{what}", limit_of(name), remedy)


class LimitedStream(RawIOBase):
    """The bytes of a document without its byte order mark, for as long as it keeps to the limits.

    Reading raises LimitExceeded beyond them.
    """

    def __init__(self, content: IO[bytes] | bytes | bytearray, syntax: RdfFormat) -> None:
        self._content = BytesIO(content) if isinstance(content, bytes | bytearray) else content
        self._has_lines = syntax in _LINES
        self._xml = XmlCheck() if syntax == RdfFormat.RDF_XML else None
        self._whole = "JSON_BYTES" if syntax == RdfFormat.JSON_LD else "BYTES"
        self._limits = {name: limit_of(name) for name in DEFAULTS}
        self._end = time.monotonic() + self._limits["SECONDS"]
        self._bytes = self._since = self._opened = 0
        self._line = 1

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the beginning of a buffer; return the number of bytes, 0 at the end."""
        view = memoryview(buffer)
        piece = self._content.read(min(len(view), _PIECE_BYTES))
        if not self._bytes and piece.startswith(_BOM):
            piece = piece[len(_BOM) :] + self._content.read(len(_BOM))
        self._check(piece)
        if self._xml is not None and piece:
            piece = self._xml.pass_on(piece)
        view[: len(piece)] = piece
        return len(piece)

    def pass_statement(self) -> None:
        """Note that the engine has given a statement."""
        self._since = self._opened = 0

    def refuse_statement(self) -> NoReturn:
        """Raise LimitExceeded for a statement that is too long."""
        refuse("bytes of a statement or literal", "STATEMENT_BYTES", self._line)

    def _check(self, piece: bytes) -> None:
        self._bytes += len(piece)
        if self._bytes > self._limits[self._whole]:
            refuse("bytes, decompressed", self._whole, self._line)
        if time.monotonic() > self._end:
            refuse("seconds of reading", "SECONDS", self._line)
        first = piece.find(b"\n") if self._has_lines else -1
        self._since += first if first >= 0 else len(piece)
        self._opened += piece.count(b"<<(", 0, first if first >= 0 else len(piece))
        if self._since > self._limits["STATEMENT_BYTES"]:
            self.refuse_statement()
        if self._opened > _MOST_OPENED:
            refuse("nested triple terms", "NESTING", self._line)
        if first >= 0:
            last = piece.rfind(b"\n")
            self._since, self._opened = len(piece) - last - 1, piece.count(b"<<(", last)
        self._line += piece.count(b"\n")


class XmlCheck:
    """Bounds the nesting of the elements of an XML document, and what its entities add to it.

    The engine expands the entities of a DTD without a limit, and takes a time that is quadratic in
    the nesting. Where a document is not well-formed, the engine gets no more of it than the tag
    that is wrong, since nothing after it would be checked.
    """

    def __init__(self) -> None:
        self._entities: dict[bytes, int] = {}
        self._depth = self._bytes = self._added = 0
        self._nesting, self._most_added = limit_of("NESTING"), limit_of("ENTITY_BYTES")
        self._prolog: bytes | None = b""
        self._rest = b""
        self._error: expat.ExpatError | None = None
        # The engine reads no other encoding.
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        # With a handler for everything else, entities in the text are not expanded.
        self._parser.DefaultHandler = lambda _: None

    def pass_on(self, piece: bytes) -> bytes:
        """Return what the engine may have of the next piece; raise LimitExceeded or SyntaxError."""
        if self._error is not None:
            error = self._error
            raise SyntaxError(str(error), (None, error.lineno, error.offset + 1, None))
        before = self._bytes
        self._bytes += len(piece)
        if self._prolog is not None:
            self._prolog += piece
            self._read_entities(self._prolog)
        if self._entities:
            self._count_references(piece)
        try:
            self._parser.Parse(piece, False)
        except expat.ExpatError as error:
            if error.code == _AMPLIFIED:
                self._refuse_entities()
            self._error = error
            tag_end = piece.find(b">", max(0, self._parser.ErrorByteIndex - before)) + 1
            return piece[: tag_end or len(piece)]
        return piece

    def _read_entities(self, prolog: bytes) -> None:
        """Note the length of each entity, as the engine finds it: by its declaration, anywhere."""
        self._entities = {}
        for name, value in _ENTITY.findall(prolog):
            added = sum(self._entities.get(each, 0) for each in _REFERENCE.findall(value))
            self._entities[name] = len(value) + added
        if max(len(prolog) - _PIECE_BYTES, sum(self._entities.values())) > self._most_added:
            self._refuse_entities()

    def _count_references(self, piece: bytes) -> None:
        # A reference may begin in one piece and end in the next.
        text = self._rest + piece
        self._added += sum(self._entities.get(each, 0) for each in _REFERENCE.findall(text))
        if self._added > max(self._most_added, _GROWTH * self._bytes):
            self._refuse_entities()
        begun = text.rfind(b"&")
        is_open = begun >= 0 and b";" not in text[begun:]
        self._rest = text[begun:] if is_open and len(text) - begun <= self._most_added else b""

    def _refuse_entities(self) -> NoReturn:
        refuse("bytes by XML entities", "ENTITY_BYTES", self._parser.CurrentLineNumber)

    def _start(self, *_: object) -> None:
        self._prolog = None
        self._depth += 1
        if self._depth > self._nesting:
            refuse("nested XML elements", "NESTING", self._parser.CurrentLineNumber)

    def _end(self, _: str) -> None:
        self._depth -= 1


def read_quads(
    content: IO[bytes] | bytes | bytearray,
    syntax: RdfFormat,
    base_iri: str | None = None,
    *,
    keeps_labels: bool = False,
    prefixes: dict[str, str] | None = None,
) -> Iterator[Quad]:
    """Yield the quads in the order of the text, by the engine's parser; for labels see `parse_rdf`.

    Raises SyntaxError as the engine does, and LimitExceeded.
    """
    stream = LimitedStream(content, syntax)
    source: IO[bytes] | bytes = stream  # type: ignore[assignment]
    if syntax == RdfFormat.JSON_LD:
        source = stream.readall() or b""
        check_json_nesting(source.decode("utf-8", "replace"))
    quads = parse(source, format=syntax, base_iri=base_iri, rename_blank_nodes=not keeps_labels)
    nesting, is_first = limit_of("NESTING"), True
    try:
        for quad in quads:
            stream.pass_statement()
            if isinstance(quad.object, Triple):
                _check_nesting(quad.object, nesting)
            yield quad
            # In XML they are known as long as their element is open; in Turtle, from their line on.
            if is_first and prefixes is not None:
                prefixes.update(quads.prefixes)
                is_first = False
        if prefixes is not None:
            prefixes.update(quads.prefixes)
    except MemoryError as error:
        if _FULL_BUFFER in str(error):
            stream.refuse_statement()
        raise


def _check_nesting(term: object, allowed: int) -> None:
    depth = 0
    while isinstance(term, Triple):
        term, depth = term.object, depth + 1
        if depth > allowed:
            refuse("nested triple terms", "NESTING")


def check_json_nesting(text: str) -> None:
    """Raise LimitExceeded if JSON is nested too deeply; whether it is well-formed does not matter.

    >>> check_json_nesting('{"a": ["[[["]}')
    """
    allowed = limit_of("NESTING")
    if text.count("[") + text.count("{") <= allowed:
        return
    depth = 0
    for match in _JSON_BRACKETS.finditer(text):
        first = match[0][0]
        depth += (first in "[{") - (first in "]}")
        if depth > allowed:
            refuse("nested JSON values", "NESTING", text.count("\n", 0, match.start()) + 1)
