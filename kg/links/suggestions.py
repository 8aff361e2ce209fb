"""A table of names (CSV) -> the entities that may be meant; nothing is written."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Final

from kg.errors import MalformedFile
from kg.names.candidates import Candidate, Wanted, candidates
from kg.names.index import NameIndex
from kg.sources.files import text_of

COLUMNS: Final = ("zh", "en", "aliases")
_MOST_CHARACTERS: Final = 500


@dataclass(frozen=True)
class Suggestion:
    """What one row of a table may mean: its line, its first name, a candidate or none."""

    line: int
    name: str
    candidate: Candidate | None


def suggest(path: Path, index: NameIndex, *, most: int = 3) -> list[Suggestion]:
    """The candidates of each row, best first; a row without any has one suggestion of none.

    Args:
        path: a CSV table, UTF-8; of its columns `zh`, `en` and `aliases` (names with `|` between
            them) at least one is there, others are passed over.
        index: of the release.
        most: how many candidates a row may have.

    Raises:
        MalformedFile: no column of names, a row without a name, one that is longer or shorter.
    """
    return [one for line, names in _rows(path) for one in _suggested(line, names, index, most)]


def _suggested(
    line: int, names: Sequence[str], index: NameIndex, most: int
) -> Iterator[Suggestion]:
    best: dict[str, Candidate] = {}
    for name in names:
        for one in candidates(index, Wanted(name), most=most):
            known = best.get(one.entity.iri.value)
            if known is None or (known.is_match, known.score) < (one.is_match, one.score):
                best[one.entity.iri.value] = one
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.entity.iri.value))[:most]
    # Names of one row that are certain of different entities are certain of none.
    certain = {one.entity for one in ranked if one.is_match}
    for one in ranked:
        is_match = one.is_match and len(certain) == 1
        yield Suggestion(line, names[0], replace(one, is_match=is_match))
    if not ranked:
        yield Suggestion(line, names[0], None)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.DictReader(StringIO(text_of(path).removeprefix("\ufeff"), newline=""))
    try:
        yield from _named_rows(path, reader)
    except csv.Error as error:
        remedy = "a CSV table with shorter cells, and no quotation mark left open"
        raise MalformedFile(path, reader.line_num + 1, 1, str(error), remedy=remedy) from error


def _named_rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[int, list[str]]]:
    header = [name.strip().lower() for name in reader.fieldnames or []]
    reader.fieldnames = header
    if not set(COLUMNS) & set(header):
        remedy = f"a header row with at least one of {', '.join(COLUMNS)}"
        raise MalformedFile(path, 1, 1, "no column of names", remedy=remedy)
    for row in reader:
        line = reader.line_num
        if None in row or None in row.values():
            remedy = f"{len(header)} cells, with quotation marks around those that hold a comma"
            raise MalformedFile(path, line, 1, "cells and columns do not agree", remedy=remedy)
        yield line, _names(path, line, row)


def _names(path: Path, line: int, row: Mapping[str, str]) -> list[str]:
    cells = [row.get("zh", ""), row.get("en", ""), *row.get("aliases", "").split("|")]
    names = [name.strip() for name in cells if name.strip()]
    if not names or any(len(name) > _MOST_CHARACTERS for name in names):
        remedy = f"a name of 1 to {_MOST_CHARACTERS} characters in zh, en or aliases"
        raise MalformedFile(path, line, 1, "the row has no such name", remedy=remedy)
    return names
