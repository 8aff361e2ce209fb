from pathlib import Path

import pytest

from kg.errors import MalformedFile
from kg.links.suggestions import suggest
from kg.names.index import NameIndex
from kg.store.quad_store import Store


def suggested(folder: Path, text: str, store: Store) -> list[tuple[int, str, str, bool]]:
    """Line, name, entity and match of each suggestion."""
    path = folder / "names.csv"
    path.write_text(text, encoding="utf-8")
    found = suggest(path, NameIndex.of(store), most=1)
    return [
        (one.line, one.name, one.candidate.entity.local_name, one.candidate.is_match)
        if one.candidate
        else (one.line, one.name, "", False)
        for one in found
    ]


def test_each_row_gets_the_best_of_all_its_names(linked: Store, tmp_path: Path) -> None:
    table = "id,zh,en,aliases\n1,伦敦,,\n2,,Londn,\n3,,Unknown,x|London\n4,雷克雅未克,,\n"

    assert suggested(tmp_path, table, linked) == [
        (2, "伦敦", "London", True),
        (3, "Londn", "London", False),
        (4, "Unknown", "London", True),
        (5, "雷克雅未克", "", False),
    ]


def test_names_of_one_row_that_mean_two_entities_are_certain_of_none(
    linked: Store, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    path.write_text("en,aliases\nLondon,Games\n", encoding="utf-8")

    found = suggest(path, NameIndex.of(linked))

    assert {one.candidate.entity.local_name for one in found if one.candidate} >= {
        "London",
        "Games",
    }
    assert not any(one.candidate.is_match for one in found if one.candidate)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "no column of names"),
        ("name\nLondon\n", 1, "no column of names"),
        ("en,zh\nLondon\n", 2, "cells and columns do not agree"),
        ("en\nLondon,伦敦\n", 2, "cells and columns do not agree"),
        ("en\nLondon\n  \n", 3, "the row has no such name"),
        (f"en\n{'x' * 200_000}\n", 2, "field larger than field limit (131072)"),
        (f"en\n{'x' * 501}\n", 2, "the row has no such name"),
    ],
)
def test_a_table_that_is_none_is_refused_with_its_line(
    linked: Store, tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(MalformedFile) as caught:
        suggested(tmp_path, text, linked)

    assert (caught.value.line, caught.value.reason) == (line, reason)
