"""Read SSSOM mapping files (*.sssom.tsv).

An entity can be the same, or nearly the same, as at most one thing of a data set. So a file may
give it at most one `skos:exactMatch` or `skos:closeMatch`, but any number of other matches.

Source: A Simple Standard for Sharing Ontological Mappings (SSSOM), TSV with a metadata header.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import KgError, MalformedFile
from kg.identifiers import identifier_error
from kg.namespaces import SKOS, expand, shorten
from kg.sources.files import read_text

MAPPING_EXTENSION: Final = ".sssom.tsv"
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_EQUIVALENCES: Final = (SKOS["exactMatch"], SKOS["closeMatch"])
_CURIE_MAP_LINE: Final = re.compile(r"#\s+\"?([\w.-]+)\"?:\s+\"?([^\s\"]+)\"?\s*$")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def read_mappings(path: Path, *, graph: NamedNode | None = None) -> list[Quad]:
    """Read the mappings of a file; rows that deny a mapping are left out.

    Raises MalformedFile for a missing column, no mapping, a row of the wrong length, an empty or
    unknown name, an invalid identifier, or a second exact or close match for an entity.
    """
    return [quad for _, quad in mappings_with_lines(path, graph=graph)]


def mappings_with_lines(
    path: Path, *, graph: NamedNode | None = None
) -> Iterator[tuple[int, Quad]]:
    """Yield each mapping with the line of its row, counted from 1; see `read_mappings`."""
    first: dict[NamedNode, tuple[int, NamedNode]] = {}
    for row, subject, predicate, object_ in _mappings(path):
        reason = identifier_error(object_.value)
        if reason is None and predicate in _EQUIVALENCES:
            line, other = first.setdefault(subject, (row.line, object_))
            if line != row.line:
                problem = "twice" if other == object_ else "to two things"
                name = shorten(subject.value)
                reason = f"{name} is matched {problem}: line {line} has {shorten(other.value)}"
        if reason is not None:
            remedy = "one exact or close match per entity, with a valid identifier of the data set"
            raise row.error("object_id", reason, remedy)
        yield row.line, Quad(subject, predicate, object_, graph or DefaultGraph())


class _Row(NamedTuple):
    path: Path
    line: int
    header: list[str]
    cells: list[str]

    def cell(self, name: str) -> str:
        """Return the cell in a column; empty if there is no such column."""
        return self.cells[self.header.index(name)] if name in self.header else ""

    def error(self, name: str, reason: str, remedy: str) -> MalformedFile:
        """Return an error at the place in the line where the cell begins."""
        column = 1 + sum(len(cell) + 1 for cell in self.cells[: self.header.index(name)])
        return MalformedFile(self.path, self.line, column, reason, remedy=remedy)


def _mappings(path: Path) -> Iterator[tuple[_Row, NamedNode, NamedNode, NamedNode]]:
    """Yield each row that does not deny a mapping, with its subject, predicate and object."""
    lines = [line.removesuffix("\r") for line in read_text(path).split("\n")]
    own_prefixes = _curie_map(lines)
    rows = ((n, line.split("\t")) for n, line in enumerate(lines, 1) if not _is_comment(line))
    first, header = next(rows, (1, [""]))
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        reason = f"no column {', '.join(missing)}"
        remedy = f"a header row with {', '.join(_REQUIRED)}"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)
    number = 0
    for number, cells in rows:
        if len(cells) != len(header):
            reason = f"{len(cells)} columns where the header has {len(header)}"
            remedy = "one cell per column, separated by single tabs"
            raise MalformedFile(path, number, 1, reason, remedy=remedy)
        row = _Row(path, number, header, cells)
        if not row.cell("mapping_justification").strip():
            reason, remedy = "the mapping has no justification", "semapv:ManualMappingCuration"
            raise row.error("mapping_justification", reason, remedy)
        subject, predicate, object_ = (_term(row, name, own_prefixes) for name in _REQUIRED[:3])
        if row.cell("predicate_modifier") != "Not":
            yield row, subject, predicate, object_
    if not number:
        reason, remedy = "the file has no mappings", "mappings below the header row, or no file"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)


def _term(row: _Row, column: str, own_prefixes: Mapping[str, str]) -> NamedNode:
    """Return the term that a cell names by a CURIE or an IRI."""
    name = row.cell(column).strip()
    prefix, colon, local_name = name.partition(":")
    remedy = "a CURIE with a prefix of the curie_map, or a full IRI"
    try:
        is_own = prefix in own_prefixes
        term = NamedNode(own_prefixes[prefix] + local_name) if is_own else expand(name)
    except (KgError, ValueError) as error:
        reason = f"invalid {column}: {str(error).removesuffix('.')}"
        raise row.error(column, reason, remedy) from error
    if not (colon and _IRI.fullmatch(term.value)):
        raise row.error(column, f"{column} is not an IRI: '{term.value}'", remedy)
    return term


def _curie_map(lines: list[str]) -> dict[str, str]:
    """Return the prefixes that the metadata header declares in its `curie_map`."""
    prefixes: dict[str, str] = {}
    in_curie_map = False
    for line in filter(_is_comment, lines):
        if re.match(r"#\s*\w+:", line) and not re.match(r"#\s{2,}", line):
            in_curie_map = line.lstrip("# ").startswith("curie_map:")
        elif in_curie_map and (match := _CURIE_MAP_LINE.match(line)):
            prefixes[match[1]] = match[2]
    return prefixes


def _is_comment(line: str) -> bool:
    return line.startswith("#") or not line.strip()
