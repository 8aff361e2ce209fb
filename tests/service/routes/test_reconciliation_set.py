"""Precision and recall of /reconcile on 120 names that were chosen before it was tuned.

`reconciliation-set.csv` has full and former names, abbreviations, other spellings, Chinese in both
scripts, misspellings, and strangers, which are no entity of the release. A type is sent as
OpenRefine sends it: as a preference. `reconciliation-unseen.csv` has 51 more names, after
which nothing was changed: it shows what to expect of other names.
"""

import csv
import json
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

_BATCH: Final = 40

Answered = list[tuple[dict[str, str], list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def answered(paper: TestClient) -> Answered:
    """Each row of the set with its candidates."""
    return _answer("reconciliation-set.csv", paper)


@pytest.fixture(scope="module")
def unseen(paper: TestClient) -> Answered:
    """Each row of the other set with its candidates."""
    return _answer("reconciliation-unseen.csv", paper)


def _answer(file: str, paper: TestClient) -> Answered:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    rows, found = list(csv.DictReader(text.splitlines())), []
    for start in range(0, len(rows), _BATCH):
        batch = {
            f"q{number}": {"query": row["query"], **_wish(row["type"])}
            for number, row in enumerate(rows[start : start + _BATCH])
        }
        form = {"queries": json.dumps(batch)}
        answer = paper.post("/reconcile", data=form).json()
        found += [answer[name]["result"] for name in batch]
    return list(zip(rows, found, strict=True))


def _wish(type_: str) -> dict[str, str]:
    return {"type": type_, "type_strict": "should"} if type_ else {}


def wrong_matches(answered: Answered) -> list[tuple[str, str]]:
    """The names that are matched to another entity than the expected one, or to several."""
    return [
        (row["query"], one["id"])
        for row, found in answered
        for one in found
        if one["match"] and one["id"] != row["entity"]
    ]


def shares(answered: Answered) -> tuple[float, float]:
    """Of the names that have an entity, the shares matched to it and with it in the first place."""
    ours = [(row["entity"], found) for row, found in answered if row["entity"]]
    first = [found[0] for entity, found in ours if found and found[0]["id"] == entity]
    return sum(one["match"] for one in first) / len(ours), len(first) / len(ours)


def test_every_match_is_right(answered: Answered, unseen: Answered) -> None:
    assert (len(answered), len(unseen)) == (120, 51)
    assert wrong_matches(answered) == wrong_matches(unseen) == []


def test_nine_in_ten_names_are_matched_and_all_come_first(answered: Answered) -> None:
    matched, first = shares(answered)

    assert sum(bool(row["entity"]) for row, _ in answered) == 84
    assert matched >= 0.9
    assert first == 1


def test_nine_in_ten_unseen_names_come_first_and_most_are_matched(unseen: Answered) -> None:
    matched, first = shares(unseen)

    assert matched >= 0.75
    assert first >= 0.9


def test_a_misspelt_name_comes_first_and_is_left_to_a_person(answered: Answered) -> None:
    misspelt = [(row, found) for row, found in answered if row["kind"] == "misspelling"]

    assert len(misspelt) == 4
    assert [(row["entity"], False) for row, _ in misspelt] == [
        (found[0]["id"], found[0]["match"]) for _, found in misspelt
    ]


def test_no_candidate_is_absurd(answered: Answered) -> None:
    by_name = {row["query"]: [one["id"] for one in found] for row, found in answered}

    assert by_name["Pekin"] == ["Beijing"]
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
