"""Precision and recall of /reconcile on 120 names that were chosen before it was tuned.

`reconciliation-set.csv` has full and former names, abbreviations, other spellings, Chinese in both
scripts, misspellings, and strangers, which are no entity of the release. A type is sent as
OpenRefine sends it: as a preference.
"""

import csv
import json
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

SET: Final = Path(__file__).with_name("reconciliation-set.csv")
_BATCH: Final = 40


@pytest.fixture(scope="module")
def answered(service: str) -> list[tuple[dict[str, str], list[dict[str, Any]]]]:
    """Each row of the set with its candidates."""
    rows = list(csv.DictReader(SET.read_text(encoding="utf-8").splitlines()))
    found = []
    for start in range(0, len(rows), _BATCH):
        batch = {
            f"q{number}": {"query": row["query"], **_wish(row["type"])}
            for number, row in enumerate(rows[start : start + _BATCH])
        }
        form = {"queries": json.dumps(batch)}
        # The first batch waits until the index of names is built.
        answer = httpx2.post(f"{service}/reconcile", data=form, timeout=60).json()
        found += [answer[name]["result"] for name in batch]
    return list(zip(rows, found, strict=True))


def _wish(type_: str) -> dict[str, str]:
    return {"type": type_, "type_strict": "should"} if type_ else {}


def test_every_match_is_right(
    answered: list[tuple[dict[str, str], list[dict[str, Any]]]],
) -> None:
    matches = [
        (row["query"], row["entity"], one["id"])
        for row, found in answered
        for one in found
        if one["match"]
    ]

    assert len(answered) == 120
    assert [match for match in matches if match[1] != match[2]] == []


def test_nine_in_ten_names_are_matched(
    answered: list[tuple[dict[str, str], list[dict[str, Any]]]],
) -> None:
    ours = [(row, found) for row, found in answered if row["entity"]]
    matched = [row for row, found in ours if found and found[0]["match"]]

    assert len(ours) == 84
    assert len(matched) / len(ours) >= 0.9


def test_a_misspelt_name_comes_first_and_is_left_to_a_person(
    answered: list[tuple[dict[str, str], list[dict[str, Any]]]],
) -> None:
    misspelt = [(row, found) for row, found in answered if row["kind"] == "misspelling"]

    assert [(row["entity"], found[0]["match"]) for row, found in misspelt] == [
        (found[0]["id"], False) for _, found in misspelt
    ]


def test_a_stranger_has_no_absurd_candidate(
    answered: list[tuple[dict[str, str], list[dict[str, Any]]]],
) -> None:
    by_name = {row["query"]: [one["id"] for one in found] for row, found in answered}

    for name in (
        "Nanking",
        "南京市",
        "Berlin",
        "Atlantis",
        "天津市",
        "NATO",
        "WHO",
        "n/a",
        "unknown",
    ):
        assert by_name[name] == []
    assert by_name["Peter Hill"] == ["PeterHall"]
