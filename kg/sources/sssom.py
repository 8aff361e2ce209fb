"""Read SSSOM mapping files (*.sssom.tsv).

An entity can be the same, or nearly the same, as at most one thing of a data set. So a file may
give it at most one `skos:exactMatch` or `skos:closeMatch`, but any number of other matches.

Source: A Simple Standard for Sharing Ontological Mappings (SSSOM), TSV with a metadata header.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import KgError, MalformedFile
from kg.identifiers import identifier_error
from kg.namespaces import BASE, SKOS, expand, shorten
from kg.sources.files import read_text

MAPPING_EXTENSION: Final = ".sssom.tsv"
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# Other columns of SSSOM 1.0 are not used here; a misspelt one would be ignored.
_OPTIONAL: Final = re.findall(
    r"\w+",
    """
    subject_label subject_type subject_source subject_source_version object_label object_type
    object_source object_source_version predicate_label predicate_modifier author_id author_label
    creator_id creator_label reviewer_id reviewer_label license mapping_provider mapping_tool
    mapping_date publication_date confidence mapping_cardinality similarity_score
    similarity_measure see_also
    issue_tracker_item other comment
    """,
)
_JUSTIFICATIONS: Final = re.findall(
    r"\S+",
    """
    semapv:ManualMappingCuration semapv:MappingReview semapv:LogicalReasoning
    semapv:LexicalMatching semapv:CompositeMatching semapv:MappingChaining semapv:MappingInversion
    semapv:SemanticSimilarityThresholdMatching semapv:LexicalSimilarityThresholdMatching
    semapv:StructuralMatching semapv:InstanceBasedMatching semapv:UnspecifiedMatching
    semapv:BackgroundKnowledgeBasedMatching
    """,
)
_CONFIDENCE: Final = re.compile(r"0(\.\d+)?|1(\.0+)?", re.ASCII)
_EQUIVALENCES: Final = (SKOS["exactMatch"], SKOS["closeMatch"])
# The order in which the columns are written.
COLUMNS: Final = (
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    "mapping_justification",
    *(name for name in _OPTIONAL if name not in ("subject_label", "object_label")),
)
_SLOT_LINE: Final = re.compile(r"#\s?(\w+):\s*(.*)")
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
        if object_.value.startswith(BASE):
            pair = f"{shorten(subject.value)} is matched to {shorten(object_.value)}"
            raise row.error("object_id", f"{pair}, our own", "a thing of another data set")
        reason: str | None = identifier_error(object_.value)
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


def mapping_cells(path: Path, *columns: str) -> Iterator[tuple[int, NamedNode, list[str]]]:
    """Yield line, subject and the cells in these columns of each mapping; see `read_mappings`."""
    for row, subject, _, _ in _mappings(path):
        yield row.line, subject, [row.cell(name) for name in columns]


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
    _, own_prefixes = read_header(lines)
    rows = ((n, line.split("\t")) for n, line in enumerate(lines, 1) if not _is_comment(line))
    first, header = next(rows, (1, [""]))
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        reason = f"no column {', '.join(missing)}"
        remedy = f"a header row with {', '.join(_REQUIRED)}"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)
    _check_columns(path, first, header)
    number = 0
    for number, cells in rows:
        if len(cells) != len(header):
            reason = f"{len(cells)} columns where the header has {len(header)}"
            remedy = "one cell per column, separated by single tabs"
            raise MalformedFile(path, number, 1, reason, remedy=remedy)
        row = _Row(path, number, header, cells)
        _check_cells(row)
        subject, predicate, object_ = (_term(row, name, own_prefixes) for name in _REQUIRED[:3])
        if row.cell("predicate_modifier") != "Not":
            yield row, subject, predicate, object_
    if not number:
        reason, remedy = "the file has no mappings", "mappings below the header row, or no file"
        raise MalformedFile(path, first, 1, reason, remedy=remedy)


def _check_columns(path: Path, line: int, header: list[str]) -> None:
    """Raise MalformedFile for a column that is unknown or there twice."""
    known = [*_REQUIRED, *_OPTIONAL]
    for number, name in enumerate(header):
        column = 1 + sum(len(cell) + 1 for cell in header[:number])
        if name in header[:number]:
            reason, remedy = f"the column {name} is there twice", f"one column {name}"
            raise MalformedFile(path, line, column, reason, remedy=remedy)
        if name not in known:
            near = get_close_matches(name, known, n=1) or known
            remedy = f"a column of SSSOM, such as {near[0]}"
            raise MalformedFile(path, line, column, f"unknown column '{name}'", remedy=remedy)


def _check_cells(row: _Row) -> None:
    """Raise MalformedFile for a justification, confidence or date that is none."""
    justification = row.cell("mapping_justification").strip()
    if not justification:
        reason, remedy = "the mapping has no justification", _JUSTIFICATIONS[0]
        raise row.error("mapping_justification", reason, remedy)
    if justification not in _JUSTIFICATIONS:
        near = get_close_matches(justification, _JUSTIFICATIONS, n=1) or _JUSTIFICATIONS
        reason = f"'{justification[:40]}' is not a justification"
        remedy = f"one of SSSOM, such as {near[0]}"
        raise row.error("mapping_justification", reason, remedy)
    confidence, day = row.cell("confidence"), row.cell("mapping_date")
    if confidence and not _CONFIDENCE.fullmatch(confidence):
        reason = f"the confidence '{confidence[:40]}' is not between 0 and 1"
        raise row.error("confidence", reason, "a decimal number from 0 to 1, such as 0.95")
    if day and not _is_day(day):
        reason = f"the mapping date '{day[:40]}' is not a day"
        raise row.error("mapping_date", reason, "a day in the form YYYY-MM-DD")


def _is_day(text: str) -> bool:
    with suppress(ValueError):
        return date.fromisoformat(text).isoformat() == text
    return False


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


def read_header(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the metadata of the header that has one value, and the prefixes of its `curie_map`."""
    metadata: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    in_curie_map = False
    for line in filter(_is_comment, lines):
        if match := _SLOT_LINE.match(line):
            in_curie_map = match[1] == "curie_map"
            if value := match[2].strip().strip("'\""):
                metadata[match[1]] = value
        elif in_curie_map and (match := _CURIE_MAP_LINE.match(line)):
            prefixes[match[1]] = match[2]
    return metadata, prefixes


def _is_comment(line: str) -> bool:
    return line.startswith("#") or not line.strip()
