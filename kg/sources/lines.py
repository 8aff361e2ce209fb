"""Find the line of a statement in a file; used only to report findings.

The store's parser gives no lines of valid statements, so rdflib's is extended to record them.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import MutableSequence, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink
from rdflib.plugins.parsers.trig import TrigSinkParser

from kg.errors import MalformedFile
from kg.namespaces import XSD
from kg.sources.sssom import MAPPING_EXTENSION, mappings_with_lines
from kg.store.rdflib_dataset import ill_typed_literals_accepted

_BLANK_NODE_KEY: Final = "_:"


class StatementPosition(NamedTuple):
    """The line of a statement with terms as `term_key`s, or of a graph's opening: two are empty."""

    graph: str
    subject: str
    predicate: str
    object: str
    line: int


def find_line(
    path: Path,
    subject: NamedNode | BlankNode | Triple,
    predicate: NamedNode | None = None,
    object: NamedNode | BlankNode | Literal | Triple | None = None,  # noqa: A002
    *,
    graph: NamedNode | None = None,
) -> int | None:
    """Return the line of a statement in a Turtle, TriG or SSSOM file, or of the closest match.

    That is the first with the subject, or else with the graph as subject, and as many of the other
    terms as possible; all blank nodes count as one. Lines count from 1. None if the file has
    neither subject nor graph, or cannot be parsed.
    """
    candidates = _about_subject(statement_positions(path), term_key(subject))
    if not candidates and graph is not None:
        candidates = _about_subject(statement_positions(path), term_key(graph))
    for field, term in ((0, graph), (2, predicate), (3, object)):
        if term is not None:
            key = term_key(term)
            matches = [position for position in candidates if position[field] == key]
            candidates = matches or candidates
    return min((position.line for position in candidates), default=None)


def term_key(term: NamedNode | BlankNode | Literal | Triple) -> str:
    """Return the text of a term in a `StatementPosition`; all blank nodes have the same."""
    if isinstance(term, BlankNode):
        return _BLANK_NODE_KEY
    if isinstance(term, Literal):
        return _literal_key(term.value, term.language, term.datatype.value)
    return str(term)


def triple_key(triple: Triple) -> tuple[str, str, str]:
    """Return the keys of the terms of a triple."""
    return term_key(triple.subject), term_key(triple.predicate), term_key(triple.object)


def _about_subject(positions: Sequence[StatementPosition], subject: str) -> list[StatementPosition]:
    """Return the statements about a subject, or its opening if it is a graph without statements."""
    matches = [position for position in positions if position.subject == subject]
    return [position for position in matches if position.predicate] or matches


def statement_positions(path: Path) -> tuple[StatementPosition, ...]:
    """Return every statement of a file with its line; none if the file cannot be parsed."""
    try:
        if path.name.endswith(MAPPING_EXTENSION):
            keys = ((triple_key(quad.triple), line) for line, quad in mappings_with_lines(path))
            return tuple(StatementPosition("", *key, line) for key, line in keys)
        return _positions_in_text(path.read_text(encoding="utf-8-sig"))
    except (BadSyntax, MalformedFile, UnicodeDecodeError):
        return ()


@lru_cache(maxsize=8)
def _positions_in_text(text: str) -> tuple[StatementPosition, ...]:
    parser = _LineParser(text)
    with ill_typed_literals_accepted():
        parser.loadBuf(text)
    return tuple(parser.positions)


class _NamesOnly(RDFSink):
    """A sink that stores nothing; graphs are their names, and literals keep their lexical forms."""

    def newGraph(self, identifier: Any) -> Any:  # noqa: N802
        return identifier

    def newBlankNode(self, *_: Any, **__: Any) -> BNode:  # noqa: N802
        return BNode()

    def newLiteral(  # noqa: N802
        self, s: str, dt: URIRef | None = None, lang: str | None = None
    ) -> RdflibLiteral:
        return RdflibLiteral(s, lang=lang, datatype=dt, normalize=False)

    def makeStatement(self, *_: Any, **__: Any) -> None:  # noqa: N802
        """Do nothing: `_LineParser`, which knows the line, records the statement."""


class _LineParser(TrigSinkParser):
    """A parser of TriG, and so of Turtle, that records the line where each object begins."""

    def __init__(self, text: str) -> None:
        super().__init__(_NamesOnly(Graph()), baseURI="urn:base:", turtle=True)
        self.positions: list[StatementPosition] = []
        self._line_starts = [0, *(i + 1 for i, character in enumerate(text) if character == "\n")]
        self._object_lines: deque[int] = deque()
        self._subject_line = 1

    def graph(self, argstr: str, i: int) -> int:
        opening = self._line(argstr, i)
        index = len(self.positions)
        end = super().graph(argstr, i)
        name: list[Any] = []
        if end >= 0 and self.labelOrSubject(argstr, i, name) >= 0:
            key = self._key(name[0])
            self.positions.insert(index, StatementPosition("", key, "", "", opening))
        return end

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:  # noqa: N802
        """Parse as inherited, and record the lines for the calls of `makeStatement` that follow."""
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
        self.positions.append(StatementPosition(name, *terms, line))

    def _line(self, argstr: str, i: int) -> int:
        start = self.skipSpace(argstr, i)
        return bisect_right(self._line_starts, i if start < 0 else start)

    def _key(self, term: Any) -> str:
        term = self._store.normalise(None, term)
        if isinstance(term, BNode):
            return _BLANK_NODE_KEY
        if isinstance(term, RdflibLiteral):
            return _literal_key(str(term), term.language, str(term.datatype or XSD["string"].value))
        return f"<{term}>"


def _literal_key(value: str, language: str | None, datatype: str) -> str:
    return f'"{value}"@{language.lower()}' if language else f'"{value}"^^{datatype}'
