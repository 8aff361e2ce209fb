"""docs/own-store.md says what servers do not evaluate as the embedded engine does."""

from pathlib import Path
from typing import Final

from kg.remote.queries.dialects import DIFFERENCES, GAPS

_DOCUMENT: Final = Path(__file__).parents[4] / "docs" / "own-store.md"


def test_the_document_names_each_gap_and_difference_with_its_reason() -> None:
    lines = _DOCUMENT.read_text("utf-8").splitlines()

    missing = [
        name
        for name, reason in (*GAPS.items(), *DIFFERENCES.items())
        if f"| {name} | {reason} |" not in lines
    ]

    assert missing == []
