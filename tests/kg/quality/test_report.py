"""The tables are computed from the sheets alone."""

import re
from pathlib import Path

import pytest

from kg.errors import MalformedFile
from kg.quality.report import format_report
from kg.quality.rounds import read_rounds


def write_round(folder: Path, faithful_of_b: str = "no") -> None:
    folder.mkdir()
    texts = {
        "evidence-key": "item,graph,held\n1,ev:x,Fact\n2,ev:y,Thesis\n",
        "evidence-a": "item,faithful,status,comment\n1,yes,Fact,\n2,yes,Thesis,\n",
        "evidence-b": f"item,faithful,status,comment\n1,yes,Fact,\n2,{faithful_of_b},Fact,vague\n",
        "recall-a": "passage,assertion,held,comment\np1,one,yes,\np1,two,no,\np2,three,yes,\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def test_shares_intervals_and_agreement_of_a_round(tmp_path: Path) -> None:
    write_round(tmp_path / "round-1")

    lines = format_report(read_rounds(tmp_path)).splitlines()

    meaning = "the statement alone, with its qualifiers, says what the passage says"
    assert lines[2:5] == [
        f"| {meaning} | round-1 | a | 2 | 2 | 1.000 | 0.342–1.000 |",
        f"| {meaning} | round-1 | b | 1 | 2 | 0.500 | 0.095–0.905 |",
        "| an assertion of the passage is held | round-1 | a | 2 | 3 | 0.667 | 0.500–1.000 |",
    ]
    assert lines[-4:] == [
        "| status | round-1 | a, b | 2 | 0.00 | 0.20 |",
        "| status | round-1 | a, the graph | 2 | 1.00 | 1.00 |",
        "| status | round-1 | b, the graph | 2 | 0.00 | 0.20 |",
        "| faithful | round-1 | a, b | 2 | 0.00 | 0.20 |",
    ]


def test_the_last_two_rounds_are_pooled(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        write_round(tmp_path / f"round-{number}", faithful_of_b="yes" if number > 1 else "no")

    text = format_report(read_rounds(tmp_path))

    assert "| round-2 + round-3 | all | 8 | 8 | 1.000 | 0.510–1.000 |" in text
    assert "| round-2 + round-3 | all | 4 | 6 | 0.667 | 0.500–1.000 |" in text


def test_an_answer_that_is_neither_yes_nor_no_is_refused_at_its_line(tmp_path: Path) -> None:
    write_round(tmp_path / "round-1", faithful_of_b="perhaps")

    with pytest.raises(MalformedFile, match=r"evidence-b\.csv:3:1: expected yes or no as faithful"):
        format_report(read_rounds(tmp_path))


@pytest.mark.parametrize(
    ("sheet", "before", "after", "message"),
    [
        ("evidence-a", "2,yes,Thesis", "2,yes,Thessis", "evidence-a.csv:3:1: expected a status"),
        ("evidence-a", "faithful", "true", "evidence-a.csv:2:1: expected yes or no as faithful"),
        ("recall-a", "p1,two,no", "p1,two,", "recall-a.csv:3:1: expected yes or no as held"),
    ],
)
def test_a_sheet_that_is_not_filled_in_is_refused_and_counts_for_nothing(
    tmp_path: Path, sheet: str, before: str, after: str, message: str
) -> None:
    write_round(tmp_path / "round-1")
    path = tmp_path / "round-1" / f"{sheet}.csv"
    path.write_text(path.read_text("utf-8").replace(before, after), encoding="utf-8")

    with pytest.raises(MalformedFile, match=re.escape(message)):
        format_report(read_rounds(tmp_path))
