"""Read SSSOM mapping files (*.sssom.tsv).

An entity can be the same, or nearly the same, as at most one thing of a data set. So a file may
give it at most one `skos:exactMatch` or `skos:closeMatch`. Broader, narrower and related matches
are not limited.

Source: A Simple Standard for Sharing Ontological Mappings (SSSOM), TSV with a metadata header.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import KgError, MalformedFile
from kg.identifiers import identifier_error
from kg.namespaces import SKOS, expand, shorten
from kg.sources.files import read_text

_NO_GRAPH: Final = DefaultGraph()
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_EQUIVALENCES: Final = (SKOS["exactMatch"], SKOS["closeMatch"])
_CURIE_MAP_LINE: Final = re.compile(r"#\s+\"?([\w.-]+)\"?:\s+\"?([^\s\"]+)\"?\s*$")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def read_mappings(path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH) -> list[Quad]:
    """Read the mappings of one file as quads; rows that deny a mapping are left out.

    Raises:
        MalformedFile: a missing column, no mapping, a row of the wrong length, an empty or unknown
            name, an invalid identifier, or a second exact or close match for an entity.
    """
    return [quad for _, quad in mappings_with_lines(path, graph=graph)]


def mappings_with_lines(
    path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH
) -> Iterator[tuple[int, Quad]]:
    """Yield each mapping with the line of its row, counted from 1.

    Raises:
        MalformedFile: see `read_mappings`.
    """
    first: dict[NamedNode, tuple[int, NamedNode]] = {}
    for number, column, subject, predicate, object_ in _mappings(path):
        reason = identifier_error(object_.value)
        if reason is None and predicate in _EQUIVALENCES:
            line, other = first.setdefault(subject, (number, object_))
            if line != number:
                problem = "twice" if other == object_ else "to two things"
                name = shorten(subject.value)
                reason = f"{name} is matched {problem}: line {line} has {shorten(other.value)}"
        if reason is not None:
            remedy = "one exact or close match per entity, with a valid identifier of the data set"
            raise MalformedFile(path, number, column, reason, remedy=remedy)
        yield number, Quad(subject, predicate, object_, graph)


def _mappings(path: Path) -> Iterator[tuple[int, int, NamedNode, NamedNode, NamedNode]]:
    """Yield line and column of each object, with the subject, predicate and object of the row."""
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
    for number, row in rows:
        if len(row) != len(header):
            reason = f"{len(row)} columns where the header has {len(header)}"
            remedy = "one cell per column, separated by single tabs"
            raise MalformedFile(path, number, 1, reason, remedy=remedy)
        cells = dict(zip(header, row, strict=True))
        if not cells["mapping_justification"].strip():
            column = _column(header, row, "mapping_justification")
            reason, remedy = "the mapping has no justification", "semapv:ManualMappingCuration"
            raise MalformedFile(path, number, column, reason, remedy=remedy)
        subject, predicate, object_ = (
            _term(path, number, header, row, name, own_prefixes) for name in _REQUIRED[:3]
        )
        if cells.get("predicate_modifier", "") != "Not":
            column = _column(header, row, "object_id")
            yield number, column, subject, predicate, object_
    if not number:
        reason, remedy = "the file has no mappings", "mappings below the header row, or no file"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)


def _term(
    path: Path,
    number: int,
    header: list[str],
    row: list[str],
    column: str,
    own_prefixes: Mapping[str, str],
) -> NamedNode:
    """Return the term in a cell; its name is a CURIE or an IRI."""
    name = row[header.index(column)].strip()
    prefix, colon, local_name = name.partition(":")
    where = _column(header, row, column)
    remedy = "a CURIE with a prefix of the curie_map, or a full IRI"
    try:
        term = NamedNode(own_prefixes[prefix] + local_name) if prefix in own_prefixes else None
        term = term or expand(name)
    except (KgError, ValueError) as error:
        reason = f"invalid {column}: {str(error).removesuffix('.')}"
        raise MalformedFile(path, number, where, reason, remedy=remedy) from error
    if not (colon and _IRI.fullmatch(term.value)):
        reason = f"{column} is not an IRI: '{term.value}'"
        raise MalformedFile(path, number, where, reason, remedy=remedy)
    return term


def _column(header: list[str], row: list[str], name: str) -> int:
    """Return the column where a cell begins in its line, counted from 1."""
    return 1 + sum(len(cell) + 1 for cell in row[: header.index(name)])


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
