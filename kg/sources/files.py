"""The text of a file, which must be UTF-8.

One RDF file -> quads; what is no RDF 1.1 is refused with line and column.
"""

import gzip
import re
import zlib
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg.errors import MalformedFile, MalformedInput


def text_of(path: Path) -> str:
    """The file's text, line ends as they are in the file.

    Raises:
        MalformedInput: the file cannot be opened, or is not UTF-8 (`MalformedFile`).
    """
    return decoded(path, content_of(path))


def content_of(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        MalformedInput: the file cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise MalformedInput(f"{path}: cannot be read: {error.strerror}") from error


def decoded(path: Path, content: bytes) -> str:
    """The bytes as text; the path is only named in the refusal.

    Raises:
        MalformedFile: not UTF-8; line and column (in code points) of the first wrong byte.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        remedy = "the file saved as UTF-8"
        raise MalformedFile(path, line, column, "not UTF-8", remedy=remedy) from error


FORMATS: Final = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
}
_NO_GRAPH: Final = DefaultGraph()
_UNDECLARED: Final = re.compile(r"The prefix (\S*:) has not been declared")
# What RDF 1.2 adds, found outside texts, IRIs, comments and escapes.
_LATER: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\s]*>|#[^\n]*|\\."
    r"|(?P<later><<|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--)",
    re.DOTALL,
)


def read_file(path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH) -> list[Quad]:
    """The quads of one Turtle, TriG, N-Triples or N-Quads file, which may be gzipped.

    Args:
        path: its name ends in one of `FORMATS`, with or without `.gz`.
        graph: where triples that stand in no named graph go.

    Returns:
        The quads in the file's order; blank nodes carry names that no other file uses.

    Raises:
        MalformedFile: syntax, encoding, ending, or a triple term or text direction of RDF 1.2;
            with line and column.
        MalformedInput: the file cannot be opened.
    """
    rdf_format = format_of(path)
    content = _content(path)
    text = decoded(path, content)
    try:
        quads = list(parse(content, format=rdf_format, rename_blank_nodes=True))
    except SyntaxError as error:
        raise _refusal(path, error, rdf_format) from error
    if any(is_later(quad) for quad in quads):
        raise _refusal_of_later(path, text)
    if isinstance(graph, DefaultGraph):
        return quads
    return [
        Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, DefaultGraph)
        else quad
        for quad in quads
    ]


def format_of(path: Path) -> RdfFormat:
    """The format that the name of a file, gzipped or not, says.

    Raises:
        MalformedFile: its ending is none of `FORMATS`.
    """
    found = FORMATS.get(path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix)
    if found is None:
        reason = "the ending is none of RDF"
        remedy = f"{', '.join(FORMATS)}, with or without .gz"
        raise MalformedFile(path, 1, 1, reason, remedy=remedy)
    return found


def _content(path: Path) -> bytes:
    content = content_of(path)
    try:
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        reason = f"not a whole gzip file: {error}"
        raise MalformedFile(path, 1, 1, reason, remedy="the file packed anew") from error


def _refusal(path: Path, error: SyntaxError, rdf_format: RdfFormat) -> MalformedFile:
    line, column, reason = error.lineno or 1, error.offset or 1, reason_of(error)
    undeclared = _UNDECLARED.search(reason)
    if undeclared:
        remedy = f"@prefix {undeclared[1]} <…> . at the top of the file, or a prefix that is there"
    elif reason.startswith("Unexpected end"):
        remedy = "the rest of the file, which ends inside a statement, a graph or a text"
    else:
        remedy = f"what {rdf_format.name} allows at column {column}"
    return MalformedFile(path, line, column, reason, remedy=remedy)


def reason_of(error: SyntaxError) -> str:
    """The parser's sentence without the position, which the error carries by itself."""
    sentence = error.msg or "not well-formed"
    _, colon, reason = sentence.partition(": ")
    return reason if colon and sentence.startswith("Parser error") else sentence


def is_later(quad: Quad) -> bool:
    """Whether the quad can only be said in RDF 1.2."""
    end = quad.object
    return isinstance(end, Triple) or (isinstance(end, Literal) and end.direction is not None)


def _refusal_of_later(path: Path, text: str) -> MalformedFile:
    places = (found.start("later") for found in _LATER.finditer(text) if found["later"])
    before = text[: next(places, 0)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    reason = "a statement about a statement, or a text with a direction, as only RDF 1.2 has"
    remedy = "the statement in an evidence graph, which is what can be spoken about"
    return MalformedFile(path, line, column, reason, remedy=remedy)
