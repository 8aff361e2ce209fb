"""Verify the passages against the text that they are from, for `glocal verify TEXT`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import MalformedInput
from kg.namespaces import expand_all, shorten
from kg.sources.files import read_text

_MARKS: Final = expand_all("glocal:offset glocal:length glocal:sha256 glocal:isLost")
_OFFSET, _LENGTH, _HASH, _ = _MARKS


class PassageStatus(Enum):
    """The result of looking for a passage in a text."""

    FOUND = "found"
    MOVED = "moved"
    MISSING = "missing"
    LOST = "lost"


class PassageCheck(NamedTuple):
    """A passage with its recorded place, if not lost, and its place in the text, in code points."""

    passage: NamedNode
    status: PassageStatus
    offset: int | None = None
    length: int | None = None
    found_at: int | None = None

    @property
    def is_consistent(self) -> bool:
        """Whether the text agrees with the graph: the passage is in place or recorded as lost."""
        return self.status in {PassageStatus.FOUND, PassageStatus.LOST}

    def __str__(self) -> str:
        results = {
            PassageStatus.FOUND: f"found at {self.offset}, {self.length} code points",
            PassageStatus.LOST: "lost, as recorded",
            PassageStatus.MOVED: f"expected at {self.offset}, found at {self.found_at}",
            PassageStatus.MISSING: f"expected at {self.offset}, not found",
        }
        return f"{shorten(self.passage.value)}: {results[self.status]}."


def verify_passages(text_file: Path, quads: Iterable[Quad]) -> list[PassageCheck]:
    """Verify every passage that the quads describe, in the order of the offsets.

    A passage is MOVED if a slice elsewhere has its hash: shifted as far as an earlier moved
    passage, or starting after white space. Raises MalformedInput for a file that is not readable
    UTF-8, and for a passage with a hash but no integer offset and length.
    """
    text = read_text(text_file)
    starts = [0, *(i + 1 for i, character in enumerate(text) if character.isspace())]
    shifts: list[int] = []
    results = []
    for passage, (offset, length, digest) in _marks(quads).items():
        if digest is None:
            results.append(PassageCheck(passage, PassageStatus.LOST))
        elif _digest(text, offset, length) == digest:
            results.append(PassageCheck(passage, PassageStatus.FOUND, offset, length, offset))
        else:
            # Passages after an edit usually move by the same distance: try those first.
            candidates = [*(offset + shift for shift in reversed(shifts)), *starts]
            matches = (start for start in candidates if _digest(text, start, length) == digest)
            found_at = next(matches, None)
            status = PassageStatus.MISSING
            if found_at is not None:
                status = PassageStatus.MOVED
                shifts.append(found_at - offset)
            results.append(PassageCheck(passage, status, offset, length, found_at))
    return results


def _marks(quads: Iterable[Quad]) -> dict[NamedNode, tuple[int, int, str | None]]:
    """Return offset, length and hash by passage; the hash of a lost passage is None."""
    values: defaultdict[NamedNode, dict[NamedNode, str]] = defaultdict(dict)
    for quad in quads:
        is_mark = quad.predicate in _MARKS
        if is_mark and isinstance(quad.subject, NamedNode) and isinstance(quad.object, Literal):
            values[quad.subject][quad.predicate] = quad.object.value
    marks = {passage: _mark(passage, mark) for passage, mark in values.items()}
    return dict(sorted(marks.items(), key=lambda item: (item[1][0], item[0].value)))


def _mark(passage: NamedNode, mark: Mapping[NamedNode, str]) -> tuple[int, int, str | None]:
    if _HASH not in mark:
        return -1, 0, None
    try:
        return int(mark[_OFFSET]), int(mark[_LENGTH]), mark[_HASH]
    except (KeyError, ValueError) as error:
        reason = f"{shorten(passage.value)} has a hash, but no integer offset or length."
        raise MalformedInput(f"{reason} Remedy: run glocal check to find the line") from error


def _digest(text: str, offset: int, length: int) -> str | None:
    """Return the SHA-256 of a slice, or None if the slice exceeds the text."""
    if offset < 0 or offset + length > len(text):
        return None
    return sha256(text[offset : offset + length].encode()).hexdigest()
