"""The files of a round: sheets to fill in, and the answers that are read back."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from kg.errors import MalformedFile, MalformedInput
from kg.quality.samples import Row, Sample
from kg.statuses import Status

YES, NO = "yes", "no"
_KEY: Final = "key"


def write_sheets(folder: Path, samples: Iterable[Sample], readers: Sequence[str]) -> None:
    """Write each sample: one sheet per reader if it asks for answers, and the key if it has one.

    Raises MalformedInput if the folder has files already: they may have answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise MalformedInput(f"{folder}: expected an empty folder, or none yet")
    for sample in samples:
        shown = [{k: v for k, v in row.items() if k not in sample.hidden} for row in sample.rows]
        if not sample.answers:
            _write(folder / f"{sample.name}.csv", shown)
        for reader in readers if sample.answers else ():
            empty = dict.fromkeys(sample.answers, "")
            _write(folder / f"{sample.name}-{reader}.csv", [row | empty for row in shown])
        if sample.hidden:
            names = ("item", *sample.hidden)
            rows = [{name: row[name] for name in names} for row in sample.rows]
            _write(folder / f"{sample.name}-{_KEY}.csv", rows)


def _write(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True)
class Round:
    """A folder with sheets that were filled in."""

    folder: Path

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    def sheets(self, sample: str) -> Mapping[str, list[Row]]:
        """Return the sheets of a sample by reader."""
        return {
            path.stem.rpartition("-")[2]: _read(path)
            for path in sorted(self.folder.glob(f"{sample}-*.csv"))
            if not path.stem.endswith(f"-{_KEY}")
        }

    @cached_property
    def held_statuses(self) -> dict[str, str]:
        """The status of each evidence graph of the sample, by item."""
        rows = _read(self.folder / f"evidence-{_KEY}.csv")
        return {row["item"]: row["held"] for row in rows}

    def answers(self, sample: str, column: str) -> dict[str, list[str]]:
        """Return the answers in a column by reader, in the order of the items.

        Raises MalformedFile for an answer that is none: a status, or else yes or no.
        """
        return {
            reader: [self._answer(sample, reader, number, row, column) for number, row in rows]
            for reader, rows in self._numbered(sample)
        }

    def recall(self) -> dict[str, list[tuple[int, int]]]:
        """Return, by reader and for each passage, how many assertions are held, of how many."""
        found = {}
        for reader, rows in self._numbered("recall"):
            by_passage: dict[str, list[bool]] = defaultdict(list)
            for number, row in rows:
                answer = self._answer("recall", reader, number, row, "held")
                by_passage[row["passage"]].append(answer == YES)
            found[reader] = [(sum(held), len(held)) for held in by_passage.values()]
        return found

    def _numbered(self, sample: str) -> Iterator[tuple[str, list[tuple[int, Row]]]]:
        """Yield each reader with the rows of a sheet and their lines, below the header."""
        for reader, rows in self.sheets(sample).items():
            yield reader, list(enumerate(rows, 2))

    def _answer(self, sample: str, reader: str, line: int, row: Row, column: str) -> str:
        allowed = [one.value for one in Status] if column == "status" else [YES, NO]
        answer = row.get(column) or ""
        if answer not in allowed:
            expected = "a status" if column == "status" else f"{YES} or {NO}"
            path = self.folder / f"{sample}-{reader}.csv"
            raise MalformedFile(path, line, 1, f"expected {expected} as {column}")
        return answer


def read_rounds(folder: Path) -> list[Round]:
    """Return the rounds in a folder, in order."""
    return [Round(path) for path in sorted(folder.glob("round-*")) if path.is_dir()]


def _read(path: Path) -> list[Row]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [dict(row) for row in csv.DictReader(file, strict=True)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MalformedInput(f"{path}: {error}") from error
