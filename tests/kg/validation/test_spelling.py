"""The formatting of Turtle and TriG files."""

from pathlib import Path

import pytest

from kg.validation.spelling import check_trig_format, check_turtle_format

RIGHT = """\
@prefix ev: <https://w3id.org/glocal/evidence/> .
@prefix id: <https://w3id.org/glocal/id/> .

ev:p01.h1-fact {
    id:C40 id:in id:London .
}

ev:p01.2-fact {
    id:C40 id:note \"\"\"one
  two\"\"\" .
}
"""
OFFSETS = {"p01.1": 0, "p01.h1": 10, "p01.2": 20}


def findings(folder: Path, text: str) -> list[tuple[int | None, str]]:
    path = folder / "a.trig"
    path.write_bytes(text.encode())
    return [(finding.line, finding.message) for finding in check_trig_format(path, OFFSETS)]


def test_a_file_in_the_one_spelling_has_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path, RIGHT) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "message"),
    [
        ("}\n\nev:p01.2", "}\r\n\nev:p01.2", 6, "the line contains a carriage return."),
        ("    id:C40 id:in", "\tid:C40 id:in", 5, "the line contains a tab."),
        ("London .\n", "London . \n", 5, "the line has trailing spaces."),
        ('two""" .\n}\n', 'two""" .\n}', 11, "the file does not end in exactly one line feed."),
        ('two""" .\n}\n', 'two""" .\n}\n\n', 13, "the file does not end in exactly one line feed."),
    ],
)
def test_what_differs_in_layout_is_found(
    tmp_path: Path, right: str, wrong: str, line: int, message: str
) -> None:
    text = RIGHT.replace(right, wrong)

    assert findings(tmp_path, text) == [(line, message)]


def test_indentation_is_in_fours_outside_long_literals(tmp_path: Path) -> None:
    text = RIGHT.replace("    id:C40 id:in", "  id:C40 id:in")

    assert findings(tmp_path, text) == [(5, "the line is indented by 2 spaces.")]


def test_prefixes_stand_sorted_at_the_top(tmp_path: Path) -> None:
    first, second, *rest = RIGHT.split("\n")
    swapped = "\n".join([second, first, *rest])
    below = "\n".join([first, "", second, *rest[1:]])

    message = "the prefixes are not sorted."
    assert findings(tmp_path, swapped) == [(1, message), (2, message)]
    assert findings(tmp_path, below) == [(3, "a prefix is not at the top of the file.")]


def test_graphs_follow_the_passages_of_the_text(tmp_path: Path) -> None:
    text = RIGHT.replace("p01.2-fact", "p01.1-fact")

    assert findings(tmp_path, text) == [
        (8, "a graph of passage:p01.1 comes after one of passage:p01.h1.")
    ]


def test_a_graph_is_opened_once(tmp_path: Path) -> None:
    text = RIGHT.replace("p01.2-fact", "p01.h1-fact")

    assert findings(tmp_path, text) == [(8, "ev:p01.h1-fact was already opened on line 4.")]


@pytest.mark.slow
def test_turtle_that_turtlefmt_would_change_is_found_with_the_command(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.ttl", tmp_path / "wrong.ttl"
    right.write_text("@prefix a: <http://a/> .\n\na:x a a:y .\n", encoding="utf-8")
    wrong.write_text("@prefix a: <http://a/> .\na:x   a a:y .\n", encoding="utf-8")

    assert [str(finding) for finding in check_turtle_format([right, wrong])] == [
        f"{wrong}: the file is not formatted. Expected: the output of turtlefmt {wrong}"
    ]
