"""SSSOM mapping files (*.sssom.tsv) -> quads.

An entity is the same as, or nearly the same as, one thing of a data set at most, so one file gives
it one `skos:exactMatch` or `skos:closeMatch`; broader, narrower and related ones are free.

Source: A Simple Standard for Sharing Ontological Mappings (SSSOM), TSV with a metadata header.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import KgError, MalformedFile
from kg.identifiers import why_malformed
from kg.namespaces import SKOS, expand, shorten
from kg.sources.files import text_of

_NO_GRAPH: Final = DefaultGraph()
_NEEDED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_SAME: Final = (SKOS["exactMatch"], SKOS["closeMatch"])
_CURIE_MAP_LINE: Final = re.compile(r"#\s+\"?([\w.-]+)\"?:\s+\"?([^\s\"]+)\"?\s*$")
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def read_mappings(path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH) -> list[Quad]:
    """The mappings of one file as quads; rows that deny a mapping are left out.

    Raises:
        MalformedFile: no header or no row, a row of another length, an empty or unknown name, an
            identifier that is none, a second thing that an entity is to be the same as.
    """
    return [quad for _, quad in numbered_mappings(path, graph=graph)]


def numbered_mappings(
    path: Path, *, graph: NamedNode | DefaultGraph = _NO_GRAPH
) -> Iterator[tuple[int, Quad]]:
    """Each mapping with the line of its row, counted from 1."""
    first: dict[NamedNode, tuple[int, NamedNode]] = {}
    for number, column, subject, predicate, object_ in _mappings(path):
        reason = why_malformed(object_.value)
        if reason is None and predicate in _SAME:
            line, other = first.setdefault(subject, (number, object_))
            if line != number:
                what = "again" if other == object_ else "with another thing"
                name = shorten(subject.value)
                reason = f"{name} is matched {what}: {shorten(other.value)} stands in line {line}"
        if reason is not None:
            remedy = "one exact or close match of each entity, by an identifier of the data set"
            raise MalformedFile(path, number, column, reason, remedy=remedy)
        yield number, Quad(subject, predicate, object_, graph)


def _mappings(path: Path) -> Iterator[tuple[int, int, NamedNode, NamedNode, NamedNode]]:
    """Line of the row, column where its object begins; subject, predicate, object."""
    lines = [line.removesuffix("\r") for line in text_of(path).split("\n")]
    own_prefixes = _curie_map(lines)
    rows = ((n, line.split("\t")) for n, line in enumerate(lines, 1) if not _is_comment(line))
    first, header = next(rows, (1, [""]))
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        reason = f"no column {', '.join(missing)}"
        remedy = f"a header row with {', '.join(_NEEDED)}"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)
    number = 0
    for number, row in rows:
        if len(row) != len(header):
            reason = f"{len(row)} columns where the header has {len(header)}"
            remedy = "one cell for each column, with one tab between two of them"
            raise MalformedFile(path, number, 1, reason, remedy=remedy)
        cells = dict(zip(header, row, strict=True))
        if not cells["mapping_justification"].strip():
            column = _column(header, row, "mapping_justification")
            reason, remedy = "the mapping names no justification", "semapv:ManualMappingCuration"
            raise MalformedFile(path, number, column, reason, remedy=remedy)
        subject, predicate, object_ = (
            _term(path, number, header, row, name, own_prefixes) for name in _NEEDED[:3]
        )
        if cells.get("predicate_modifier", "") != "Not":
            column = _column(header, row, "object_id")
            yield number, column, subject, predicate, object_
    if not number:
        reason, remedy = "the file maps nothing", "mappings below the header row, or no file"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)


def _term(
    path: Path,
    number: int,
    header: list[str],
    row: list[str],
    column: str,
    own_prefixes: Mapping[str, str],
) -> NamedNode:
    name = row[header.index(column)].strip()
    prefix, colon, local_name = name.partition(":")
    where = _column(header, row, column)
    remedy = "a CURIE with a prefix of the curie_map, or a full IRI"
    try:
        term = NamedNode(own_prefixes[prefix] + local_name) if prefix in own_prefixes else None
        term = term or expand(name)
    except (KgError, ValueError) as error:
        reason = f"{column} is no known name: {str(error).removesuffix('.')}"
        raise MalformedFile(path, number, where, reason, remedy=remedy) from error
    if not (colon and _IRI.fullmatch(term.value)):
        reason = f"{column} is no IRI: '{term.value}'"
        raise MalformedFile(path, number, where, reason, remedy=remedy)
    return term


def _column(header: list[str], row: list[str], name: str) -> int:
    """Where the cell begins in its line, counted from 1."""
    return 1 + sum(len(cell) + 1 for cell in row[: header.index(name)])


def _curie_map(lines: list[str]) -> dict[str, str]:
    """The prefixes that the header declares in its `curie_map`."""
    prefixes: dict[str, str] = {}
    inside = False
    for line in filter(_is_comment, lines):
        if re.match(r"#\s*\w+:", line) and not re.match(r"#\s{2,}", line):
            inside = line.lstrip("# ").startswith("curie_map:")
        elif inside and (found := _CURIE_MAP_LINE.match(line)):
            prefixes[found[1]] = found[2]
    return prefixes


def _is_comment(line: str) -> bool:
    return line.startswith("#") or not line.strip()
