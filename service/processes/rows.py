"""How many rows stand in a result, counted in what the engine writes.

The engine writes a result whole, and calls nobody for each row; to iterate over the rows in Python
and to write them here would take several times as long.
"""

import re
from typing import Final

CSV: Final = "text/csv"
# What stands once in each row, by media type.
_MARKS: Final = {
    # An object in a list. No string looks so: one that ends with `,{` is followed by `",` or
    # `"}`, and no variable's name begins with these. Rows that bind nothing are not seen.
    "application/sparql-results+json": re.compile(rb'[\[,]\{"[^,}]'),
    "application/sparql-results+xml": re.compile(rb"<result>"),
    CSV: re.compile(rb"\n"),
    "text/tab-separated-values": re.compile(rb"\n"),
}
_LONGEST_MARK: Final = len(b"<result>")


class RowCounter:
    """Counts the rows of a result in this media type, which comes in pieces cut anywhere."""

    def __init__(self, media_type: str) -> None:
        self._mark, self._is_csv = _MARKS[media_type], media_type == CSV
        self._before = b""
        self._is_quoted = False
        # The line of names is no row.
        self.count = -1 if media_type.startswith("text/") else 0

    def add(self, piece: bytes) -> int:
        """How many rows there are up to the end of this piece."""
        text = self._before + (self._unquoted(piece) if self._is_csv else piece)
        self.count += len(self._mark.findall(text)) - len(self._mark.findall(self._before))
        self._before = text[1 - _LONGEST_MARK :]
        return self.count

    def _unquoted(self, piece: bytes) -> bytes:
        """What stands outside quotation marks; a doubled one inside changes nothing."""
        parts = piece.split(b'"')
        outside = parts[self._is_quoted :: 2]
        self._is_quoted ^= len(parts) % 2 == 0
        return b"".join(outside)
