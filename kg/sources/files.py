"""Read UTF-8 text and RDF 1.1 files; every refusal has a file, a line and a column.

RDF 1.2 is refused, because curated files describe statements by named graphs.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat

from kg.errors import LimitExceeded, MalformedFile, MalformedInput
from kg.sources.reading import GZIP_ERRORS, LimitedStream, open_file, read_quads
from kg.sparql.tokens import position_at
from kg.store.rdf_version import needs_rdf_1_2

CURATED_FORMATS_BY_EXTENSION: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
}
_UNDECLARED: Final = re.compile(r"The prefix (\S*:) has not been declared")
# RDF 1.2 syntax. The other alternatives consume strings, IRIs, comments and escapes.
_RDF12_SYNTAX: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\s]*>|#[^\n]*|\\."
    r"|(?P<rdf12><<|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--)",
    re.DOTALL,
)


def read_text(path: Path) -> str:
    """Read a file in UTF-8 without converting line ends; for errors see `decode_utf8`."""
    return decode_utf8(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """Read the bytes of a file; raise MalformedInput if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MalformedInput(f"{path}: cannot be read: {error.strerror}") from error


def decode_utf8(path: Path, content: bytes) -> str:
    """Decode the bytes of a file as UTF-8, or raise MalformedFile for the first invalid byte."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        place = position_at(before, len(before))
        raise MalformedFile(path, *place, "not UTF-8", remedy="a file in UTF-8") from error


def read_file(path: Path, *, graph: NamedNode | None = None) -> list[Quad]:
    """Read the quads of a Turtle, TriG, N-Triples or N-Quads file, which may be gzipped.

    Triples of the default graph are put into `graph`, if given; blank nodes get labels that no
    other file uses. Raises MalformedInput if the file cannot be read, MalformedFile for a syntax
    error, an unknown extension, other than UTF-8, or a triple term or text direction of RDF 1.2,
    and LimitExceeded.
    """
    syntax = format_of(path)
    content = read_bytes(path)
    try:
        with translate_gzip_errors(path):
            if path.suffix == ".gz":
                with open_file(path) as file:
                    content = LimitedStream(file, syntax).readall()
        text = decode_utf8(path, content)
        quads = list(read_quads(content, syntax))
    except SyntaxError as error:
        raise _syntax_error(path, error, syntax) from error
    except LimitExceeded as error:
        raise error.of(path) from error
    if any(map(needs_rdf_1_2, quads)):
        raise _rdf12_error(path, text)
    if graph is None:
        return quads
    return [
        Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, DefaultGraph)
        else quad
        for quad in quads
    ]


def format_of(
    path: Path, formats: Mapping[str, RdfFormat] = CURATED_FORMATS_BY_EXTENSION
) -> RdfFormat:
    """Return the format of a file from its extension, ignoring `.gz`, or raise MalformedFile."""
    extension = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if extension not in formats:
        remedy = f"{', '.join(formats)}, with or without .gz"
        raise MalformedFile(path, 1, 1, "not an RDF file extension", remedy=remedy)
    return formats[extension]


@contextmanager
def translate_gzip_errors(path: Path) -> Iterator[None]:
    """Raise MalformedFile if the file cannot be decompressed."""
    try:
        yield
    except GZIP_ERRORS as error:
        reason = f"incomplete or damaged gzip file: {error}"
        raise MalformedFile(path, 1, 1, reason, remedy="a complete gzip file") from error


def _syntax_error(path: Path, error: SyntaxError, syntax: RdfFormat) -> MalformedFile:
    line, column, reason = error.lineno or 1, error.offset or 1, parser_message(error)
    undeclared = _UNDECLARED.search(reason)
    if undeclared:
        remedy = f"@prefix {undeclared[1]} <…> . at the top of the file, or a declared prefix"
    elif reason.startswith("Unexpected end"):
        remedy = "the rest of the file, which ends inside a statement, graph or string"
    else:
        remedy = f"valid {syntax.name} syntax at column {column}"
    return MalformedFile(path, line, column, reason, remedy=remedy)


def parser_message(error: SyntaxError) -> str:
    """Return the parser's message without the position, which the error has as attributes."""
    message = error.msg or "not well-formed"
    _, colon, reason = message.partition(": ")
    return reason if colon and message.startswith("Parser error") else message


def _rdf12_error(path: Path, text: str) -> MalformedFile:
    offsets = (match.start("rdf12") for match in _RDF12_SYNTAX.finditer(text) if match["rdf12"])
    reason = "triple terms and text directions of RDF 1.2 are not supported"
    remedy = "the statement in an evidence graph, which other statements can describe"
    return MalformedFile(path, *position_at(text, next(offsets, 0)), reason, remedy=remedy)
