"""A statement -> the line it stands on; asked only when there is a finding to report.

The store's parser is fast and tells no lines of what it accepts; rdflib's can be made to.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import MutableSequence, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink
from rdflib.plugins.parsers.trig import TrigSinkParser

from kg.errors import MalformedFile
from kg.sources.sssom import numbered_mappings

BLANK = "_:"
_STRING = "http://www.w3.org/2001/XMLSchema#string"


class Position(NamedTuple):
    """A statement, or with empty predicate and object the opening of a named graph."""

    graph: str
    subject: str
    predicate: str
    object: str
    line: int


def line_of(
    path: Path,
    subject: NamedNode | BlankNode | Triple,
    predicate: NamedNode | None = None,
    object: NamedNode | BlankNode | Literal | Triple | None = None,  # noqa: A002
    *,
    graph: NamedNode | None = None,
) -> int | None:
    """The line, counted from 1, of the statement; or of what comes nearest to it.

    Args:
        path: a Turtle or TriG file, or SSSOM mappings.
        subject: all blank nodes count as the same one.
        predicate: where it is left out, the line where the subject first stands.
        object: where it is left out, the first statement with subject and predicate.
        graph: tells statements apart that stand in several evidence graphs.

    Returns:
        None where the subject does not stand in the file, or the file cannot be read.
    """
    found = _of_subject(positions_in(path), key_of(subject))
    if not found and graph is not None:
        found = _of_subject(positions_in(path), key_of(graph))
    for place, wanted in ((0, graph), (2, predicate), (3, object)):
        if wanted is not None:
            key = key_of(wanted)
            found = [position for position in found if position[place] == key] or found
    return min((position.line for position in found), default=None)


def key_of(term: NamedNode | BlankNode | Literal | Triple) -> str:
    """What stands for a term in a position; the same for every blank node."""
    if isinstance(term, BlankNode):
        return BLANK
    if isinstance(term, Literal):
        return _literal_key(term.value, term.language, term.datatype.value)
    return str(term)


def _of_subject(positions: Sequence[Position], subject: str) -> list[Position]:
    """The statements about a subject; of a graph that has none, its opening."""
    found = [position for position in positions if position.subject == subject]
    return [position for position in found if position.predicate] or found


def positions_in(path: Path) -> tuple[Position, ...]:
    """Every statement of the file with its line; none where the file cannot be read."""
    if path.name.endswith(".sssom.tsv"):
        return _of_mappings(path)
    try:
        return _of_text(path.read_text(encoding="utf-8"))
    except (BadSyntax, UnicodeDecodeError):
        return ()


def _of_mappings(path: Path) -> tuple[Position, ...]:
    try:
        return tuple(
            Position("", str(quad.subject), str(quad.predicate), str(quad.object), line)
            for line, quad in numbered_mappings(path)
        )
    except MalformedFile:
        return ()


@lru_cache(maxsize=8)
def _of_text(text: str) -> tuple[Position, ...]:
    parser = _LineParser(text)
    parser.loadBuf(text)
    return tuple(parser.positions)


class _NamesOnly(RDFSink):
    """A sink that stores nothing: graphs are their names, literals keep their spelling."""

    def newGraph(self, identifier: Any) -> Any:  # noqa: N802
        return identifier

    def newBlankNode(self, *_: Any, **__: Any) -> BNode:  # noqa: N802
        return BNode()

    def newLiteral(  # noqa: N802
        self, s: str, dt: URIRef | None = None, lang: str | None = None
    ) -> RdflibLiteral:
        return RdflibLiteral(s, lang=lang, datatype=dt, normalize=False)

    def makeStatement(self, *_: Any, **__: Any) -> None:  # noqa: N802
        """Statements are taken down by the parser, which knows where it is."""


class _LineParser(TrigSinkParser):
    """Turtle and TriG (Turtle is TriG without graphs), noting where each object begins."""

    def __init__(self, text: str) -> None:
        super().__init__(_NamesOnly(Graph()), baseURI="urn:base:", turtle=True)
        self.positions: list[Position] = []
        self._line_starts = [0, *(i + 1 for i, sign in enumerate(text) if sign == "\n")]
        self._object_lines: deque[int] = deque()
        self._subject_line = 1

    def graph(self, argstr: str, i: int) -> int:
        opening = self._line(argstr, i)
        at = len(self.positions)
        end = super().graph(argstr, i)
        name: list[Any] = []
        if end >= 0 and self.labelOrSubject(argstr, i, name) >= 0:
            key = self._key(name[0])
            self.positions.insert(at, Position("", key, "", "", opening))
        return end

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:  # noqa: N802
        """As inherited, but with the line of each object; `makeStatement` follows at once."""
        lines = []
        while True:
            lines.append(self._line(argstr, i))
            i = self.object(argstr, i, res)
            if i < 0:
                return i
            j = self.skipSpace(argstr, i)
            if j < 0:
                self.BadSyntax(argstr, j, "EOF found after object")
            if argstr[j] != ",":
                break
            i = j + 1
        self._object_lines = deque(lines)
        return j

    def makeStatement(self, quadruple: Any) -> None:  # noqa: N802
        graph, predicate, subject, object_ = quadruple
        line = self._object_lines.popleft()
        name = "" if graph is None else self._key(graph)
        terms = (self._key(subject), self._key(predicate), self._key(object_))
        self.positions.append(Position(name, *terms, line))

    def _line(self, argstr: str, i: int) -> int:
        begins = self.skipSpace(argstr, i)
        return bisect_right(self._line_starts, i if begins < 0 else begins)

    def _key(self, term: Any) -> str:
        term = self._store.normalise(None, term)
        if isinstance(term, BNode):
            return BLANK
        if isinstance(term, RdflibLiteral):
            return _literal_key(str(term), term.language, str(term.datatype or _STRING))
        return f"<{term}>"


def _literal_key(value: str, language: str | None, datatype: str) -> str:
    return f'"{value}"@{language.lower()}' if language else f'"{value}"^^{datatype}'
