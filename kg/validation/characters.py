"""Find characters that a reader cannot see or that can be written in two ways.

Such a text looks like another one but is not equal to it, so that nobody finds what is wrong.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

from kg.errors import MalformedInput
from kg.sources.files import read_text
from kg.sparql.tokens import position_at
from kg.validation.findings import Finding, display_path

RULE: Final = "visible-characters"
# Control, format, private use, unassigned; separators of lines and paragraphs.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_ALLOWED: Final = frozenset("\n\t")
# ASCII needs no look-up: it is in NFC, and its control characters are few.
_SUSPECTS: Final = re.compile(r"[^\x20-\x7e\n\t]")


class WrongCharacter(NamedTuple):
    """A character at an offset in a text, with what is wrong and what is right."""

    offset: int
    message: str
    remedy: str


def find_wrong_characters(text: str) -> Iterator[WrongCharacter]:
    """Yield each unseen character, and each place where the text is not in NFC."""
    for match in _SUSPECTS.finditer(text):
        character, offset = match[0], match.start()
        if character == "\r":
            yield WrongCharacter(offset, "contains a carriage return", "line feeds alone")
        elif unicodedata.category(character) in _UNSEEN:
            name = unicodedata.name(character, "a control character").lower()
            message = f"contains U+{ord(character):04X} ({name}), which nobody sees"
            yield WrongCharacter(offset, message, f"the text without U+{ord(character):04X}")
    if not unicodedata.is_normalized("NFC", text):
        offset = 0
        for line in text.split("\n"):
            composed = unicodedata.normalize("NFC", line)
            if composed != line:
                # The first code point that composition changes, in what it is composed to.
                same = zip(line, composed, strict=False)
                at = next((i for i, (one, other) in enumerate(same) if one != other), 0)
                message = "is not in the Unicode normalisation form NFC"
                yield WrongCharacter(offset + at, message, f"the composed form '{composed[at]}'")
            offset += len(line) + 1


def check_characters(path: Path) -> list[Finding]:
    """Return the first finding of each kind about the characters of a file in UTF-8."""
    try:
        text = read_text(path)
    except MalformedInput:
        return []  # Whoever needs the content of the file reports it.
    wrong = sorted(find_wrong_characters(text), key=itemgetter(1, 0))
    first = [next(same) for _, same in groupby(wrong, key=itemgetter(1))]
    return [
        Finding(
            display_path(path),
            position_at(text, offset)[0],
            f"the line {message}.",
            f"{remedy}.",
            RULE,
        )
        for offset, message, remedy in first
    ]
