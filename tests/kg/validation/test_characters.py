"""Characters that nobody sees, and texts that are not in NFC."""

from pathlib import Path

import pytest

from kg.validation.characters import check_characters, find_wrong_characters


@pytest.mark.parametrize(
    ("text", "offset", "name"),
    [
        ("Lyon\x00", 4, "U+0000 (a control character)"),
        ("\ufeffLyon", 0, "U+FEFF (zero width no-break space)"),
        ("Ly\u200bon", 2, "U+200B (zero width space)"),
        ("Ly\u202eon", 2, "U+202E (right-to-left override)"),
        ("Ly\u00adon", 2, "U+00AD (soft hyphen)"),
        ("Ly\u2028on", 2, "U+2028 (line separator)"),
        ("Lyon\ue000", 4, "U+E000 (a control character)"),
    ],
)
def test_what_nobody_sees_is_found_with_its_name(text: str, offset: int, name: str) -> None:
    (wrong,) = find_wrong_characters(text)

    assert (wrong.offset, wrong.message) == (offset, f"contains {name}, which nobody sees")


@pytest.mark.parametrize(
    "text", ["Lyon\n\tLyon", "Zürich, São Paulo", "里昂，“全球城市”", "1–2 °C"]
)
def test_what_can_be_seen_is_accepted(text: str) -> None:
    assert list(find_wrong_characters(text)) == []


def test_a_text_that_is_not_composed_is_found_where_it_differs() -> None:
    (wrong,) = find_wrong_characters("Lyon\nZu\u0308rich")

    assert wrong == (6, "is not in the Unicode normalisation form NFC", "the composed form 'ü'")


def test_each_kind_of_character_is_reported_once_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_bytes("one\r\ntwo\r\nthr\u200bee\r\n".encode())

    assert [(one.line, one.message, one.expected) for one in check_characters(path)] == [
        (3, "the line contains U+200B (zero width space), which nobody sees.",
         "the text without U+200B."),
        (1, "the line contains a carriage return.", "line feeds alone."),
    ]  # fmt: skip
