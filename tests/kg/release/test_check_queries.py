"""Saved queries that run but cannot find what they are meant to."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Quad

from kg.content import own_content
from kg.namespaces import EVIDENCE, GLOCAL, ID
from kg.release.check_queries import check_queries

DECLARED = {GLOCAL["memberOf"], ID["London"]}
CURATED = [Quad(EVIDENCE["p01.1-claim-London"], GLOCAL["heldBy"], ID["London"])]
QUERY = """\
# question (en): Which cities are members?
# question (zh): 哪些城市是成员？
# view: paper
# answer: one row per city

PREFIX glocal: <https://w3id.org/glocal/ontology#>

SELECT ?city (STR(?network) AS ?name)
WHERE {
    ?city glocal:memberOf ?network .
}
"""


def found(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    (folder / "a.rq").write_text(text, encoding="utf-8")
    content = replace(own_content(), queries=folder)
    findings = check_queries(content, CURATED, DECLARED)
    return [(finding.line, finding.message, finding.expected) for finding in findings]


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "expected"),
    [
        ("glocal:memberOf", "glocal:membersOf", 10, "glocal:membersOf is used but not declared.",
         "glocal:memberOf, or a declared name."),
        ("SELECT ?city", "SELECT ?citty", 8,
         "the query returns ?citty, to which nothing gives a value.", "?city, or no such column."),
        ("哪些城市是成员？", "Which?", 2, "the question (zh) is without a Chinese character.",
         "a text in Chinese, or the tag of the language it is in."),
        ("# view: paper", "# parameter: ?limit, a number\n# view: paper", 3,
         "the file cannot be read: every query has a parameter 'limit' already.",
         "another name than format, entailment, view, world, limit, offset, lang."),
        ("# view: paper", "# view: paper\n# world: Londn", 4,
         "'Londn' is not a world: nobody of this name holds a claim.", "a world, such as London."),
        ("# view: paper", "# view: paper\n# wrold: London", 4,
         "the file cannot be read: 'wrold' is not a key of a header.", "# world: …"),
        ("# view: paper", "# view: papers", 3,
         "the file cannot be read: 'papers' is not a view.", "one of facts, paper, readings."),
    ],
)  # fmt: skip
def test_a_query_that_cannot_find_what_it_is_meant_to_is_found(
    tmp_path: Path, old: str, new: str, line: int, message: str, expected: str
) -> None:
    assert found(tmp_path, QUERY.replace(old, new)) == [(line, message, expected)]


@pytest.mark.parametrize("view", ["# view: paper", "# view: paper\n# world: London"])
def test_other_queries_are_accepted(tmp_path: Path, view: str) -> None:
    assert found(tmp_path, QUERY.replace("# view: paper", view)) == []


def test_a_query_that_is_no_utf_8_does_not_keep_back_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.rq").write_bytes(b"# question (en): A\n# \xff\n")

    assert found(tmp_path, QUERY.replace("memberOf", "membersOf"))[1:] == [
        (2, "the file cannot be read: not UTF-8.", "a file in UTF-8.")
    ]
