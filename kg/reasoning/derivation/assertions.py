"""Read RDF files into integer columns, one pair of columns per predicate.

For speed, lines of canonical N-Triples are split without a parser; all else is parsed.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from typing import TextIO

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple, parse

from kg.errors import LimitExceeded, MalformedFile, MalformedInput
from kg.reasoning.facts.adjacency import AdjacencyMap, group
from kg.reasoning.facts.dictionary import NotCanonical, TermDictionary
from kg.sources.files import format_of, translate_gzip_errors
from kg.sources.rdf_syntaxes import FORMATS_BY_EXTENSION, read_rdf_file
from kg.sources.reading import LimitedStream, open_file

ProgressCallback = Callable[[str], None]


class Assertions:
    """The triples asserted by files: for each predicate a column of subjects and one of objects.

    `statements` counts the triples read, kept or not; `left_out` those with a triple as a term,
    which take no part in reasoning.
    """

    def __init__(self, vocabulary: TermDictionary, wanted: Iterable[NamedNode] | None) -> None:
        """Start without triples; only those with a wanted predicate are kept, or all for None."""
        self.vocabulary = vocabulary
        self._wanted = None if wanted is None else {str(predicate) for predicate in wanted}
        self.columns: dict[int, tuple[list[int], list[int]]] = {}
        self._by_spelling: dict[str, tuple[list[int], list[int]] | None] = {}
        self._files = self.statements = self.left_out = 0

    def read_file(self, path: Path, tell: ProgressCallback) -> None:
        """Add the triples of a file in any syntax of RDF, gzipped or not.

        Graph names are ignored. Blank nodes keep their labels in the first file; in later ones they
        get labels that no other file has. Raises MalformedFile, or MalformedInput if not opened.
        """
        tell(f"reading {path}")
        if format_of(path, FORMATS_BY_EXTENSION) is RdfFormat.N_TRIPLES:
            self._read_n_triples(path, tell)
        else:
            self.add(read_rdf_file(path, keeps_labels=self._files == 0))
        self._files += 1

    def _read_n_triples(self, path: Path, tell: ProgressCallback) -> None:
        try:
            with translate_gzip_errors(path), open_file(path) as content:
                pieces = BufferedReader(LimitedStream(content, RdfFormat.N_TRIPLES), 2**16)
                self._read_lines(path, TextIOWrapper(pieces, "utf-8", newline="\n"), tell)
        except LimitExceeded as error:
            raise error.of(path) from error
        except UnicodeDecodeError as error:
            raise MalformedFile(path, *_position_of_bad_utf8(path), "not UTF-8") from error
        except OSError as error:
            raise MalformedInput(f"{path}: {error.strerror or error}") from error

    def add(self, quads: Iterable[Quad | Triple]) -> None:
        """Add the triples of quads in any graph."""
        encode = self.vocabulary.encode
        for quad in quads:
            self.statements += 1
            if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
                self.left_out += 1
                continue
            columns = self._columns(str(quad.predicate))
            if columns is not None:
                columns[0].append(encode(quad.subject))
                columns[1].append(encode(quad.object))

    @property
    def predicates(self) -> set[str]:
        """The predicates of all triples that have been read, kept or not, as in N-Triples."""
        return set(self._by_spelling)

    def side(self, predicate: int, *, is_forward: bool) -> AdjacencyMap:
        """Return the pairs of a predicate as one side of a relation."""
        subjects, objects = self.columns[predicate]
        return group(subjects, objects) if is_forward else group(objects, subjects)

    def _read_lines(self, path: Path, lines: TextIO, tell: ProgressCallback) -> None:
        codes, columns_of, renames = self.vocabulary.codes, self._by_spelling, self._files > 0
        number = parsed = 0
        for number, line in enumerate(lines, 1):
            if number % 1_000_000 == 0:
                tell(f"read {number:,} lines of {path}")
            try:
                subject, predicate, object_, end = line.split(" ", 3)
                columns = columns_of[predicate]
                if end != ".\n":
                    # The object is a literal with spaces.
                    object_, end = f"{object_} {end[:-3]}", end[-3:]
                    if end != " .\n":
                        raise NotCanonical(line)
                if renames and "_:" in line:
                    raise NotCanonical(line)
                if columns is not None:
                    first, last = codes[subject], codes[object_]
                    if first < 0:
                        # A literal as subject, which the parser refuses.
                        raise NotCanonical(line)
                    columns[0].append(first)
                    columns[1].append(last)
            except (KeyError, ValueError):
                # A predicate not seen before, too few spaces, or `NotCanonical`, a ValueError.
                self.add(self._parse_line(path, number, line))
                parsed += 1
        self.statements += number - parsed

    def _parse_line(self, path: Path, number: int, line: str) -> Iterator[Quad]:
        try:
            for quad in parse(line, format=RdfFormat.N_TRIPLES, rename_blank_nodes=False):
                yield self._rename_blank_nodes(quad) if self._files else quad
        except SyntaxError as error:
            raise MalformedFile(path, number, error.offset or 1, error.msg) from error

    def _rename_blank_nodes(self, quad: Quad) -> Quad:
        """Prefix blank node labels with the file's number, so that files do not share them."""
        prefix = f"{self._label_prefix}{self._files}-"

        def rename(term: object) -> object:
            return BlankNode(f"{prefix}{term.value}") if isinstance(term, BlankNode) else term

        return Quad(rename(quad.subject), quad.predicate, rename(quad.object))  # type: ignore[arg-type]

    @cached_property
    def _label_prefix(self) -> str:
        """The prefix of new labels: "f", or more of it if labels of the first file begin so."""
        prefix, names = "f", self.vocabulary.codes.names
        while any(re.match(rf"_:{prefix}\d+-", name) for name in names if name[:3] == "_:f"):
            prefix += "f"
        return prefix

    def _columns(self, predicate: str) -> tuple[list[int], list[int]] | None:
        """Return the columns of a predicate, or None if its triples are not kept."""
        if predicate not in self._by_spelling:
            self._by_spelling[predicate] = None
            if self._wanted is None or predicate in self._wanted:
                code = self.vocabulary.encode(NamedNode(predicate[1:-1]))
                self._by_spelling[predicate] = self.columns[code] = ([], [])
        return self._by_spelling[predicate]


def _position_of_bad_utf8(path: Path) -> tuple[int, int]:
    """Return the line and column (in code points) of the first byte that is not UTF-8."""
    with open_file(path) as content:
        for number, line in enumerate(content, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return number, len(line[: error.start].decode()) + 1
    return 1, 1
