"""Passages against the text they were read in: `glocal verify PAPER.txt`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import MalformedInput
from kg.namespaces import GLOCAL, shorten
from kg.sources.files import text_of

_OFFSET: Final = GLOCAL["offset"]
_LENGTH: Final = GLOCAL["length"]
_HASH: Final = GLOCAL["sha256"]
_LOST: Final = GLOCAL["isLost"]


class Where(Enum):
    """How a passage stands to a text."""

    FOUND = "found"
    MOVED = "moved"
    MISSING = "missing"
    LOST = "lost"


@dataclass(frozen=True)
class VerifiedPassage:
    """One passage: where the graph says that it is, and where the text has it.

    Offsets and lengths are code points; `found_at` is None where the text does not hold it.
    """

    passage: NamedNode
    where: Where
    offset: int | None = None
    length: int | None = None
    found_at: int | None = None

    @property
    def is_right(self) -> bool:
        """Whether the text bears the graph out: it is there, or the graph says it is lost."""
        return self.where in {Where.FOUND, Where.LOST}

    def __str__(self) -> str:
        name = shorten(self.passage.value)
        if self.where is Where.FOUND:
            return f"{name}: found at {self.offset}, {self.length} code points."
        if self.where is Where.LOST:
            return f"{name}: lost, as the graph says."
        if self.where is Where.MOVED:
            return f"{name}: not at {self.offset}, but at {self.found_at}."
        return f"{name}: not at {self.offset}, nor anywhere else that was looked at."


def verify(text_file: Path, quads: Iterable[Quad]) -> list[VerifiedPassage]:
    """Each passage of the quads held against the text, in the order of their offsets.

    Args:
        text_file: UTF-8; offsets count its code points, line ends as they are in the file.
        quads: describe the passages, as `kg/curated/source/` does.

    Returns:
        Found where the slice at offset and length has the hash; moved where the same text
        begins elsewhere, at another passage's distance or after white space; else missing.

    Raises:
        MalformedInput: the file cannot be read, or is not UTF-8 (`MalformedFile`); a passage
            has an offset or length that is no number.
    """
    text = text_of(text_file)
    marks = _marks(quads)
    starts = [0, *(i + 1 for i, sign in enumerate(text) if sign.isspace())]
    shifts: list[int] = []
    results = []
    for passage, (offset, length, digest) in marks.items():
        if digest is None:
            results.append(VerifiedPassage(passage, Where.LOST))
        elif _digest(text, offset, length) == digest:
            results.append(VerifiedPassage(passage, Where.FOUND, offset, length, offset))
        else:
            near = (offset + shift for shift in reversed(shifts))
            found_at = _search(text, length, digest, [*near, *starts])
            where = Where.MISSING if found_at is None else Where.MOVED
            if found_at is not None:
                shifts.append(found_at - offset)
            results.append(VerifiedPassage(passage, where, offset, length, found_at))
    return results


def _marks(quads: Iterable[Quad]) -> dict[NamedNode, tuple[int, int, str | None]]:
    """Passage -> offset, length, hash; a hash of None where the passage is lost."""
    values: defaultdict[NamedNode, dict[NamedNode, str]] = defaultdict(dict)
    for quad in quads:
        is_mark = quad.predicate in {_OFFSET, _LENGTH, _HASH, _LOST}
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
        reason = f"{shorten(passage.value)} has a hash, but no offset or length that is a number."
        raise MalformedInput(f"{reason} Remedy: glocal check, which names its line") from error


def _search(text: str, length: int, digest: str, starts: Sequence[int]) -> int | None:
    """The first of these places where the text has the hash."""
    return next((at for at in starts if _digest(text, at, length) == digest), None)


def _digest(text: str, offset: int, length: int) -> str | None:
    """The hash of a slice; None where the text is too short for it."""
    if offset < 0 or offset + length > len(text):
        return None
    return sha256(text[offset : offset + length].encode()).hexdigest()
