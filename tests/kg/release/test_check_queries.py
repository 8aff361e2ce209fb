"""Saved queries that run but cannot find what they are meant to."""

from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Quad

from kg.content import Topic, own_content
from kg.namespaces import EVIDENCE, GLOCAL, ID
from kg.release.check_queries import check_queries

DECLARED = {GLOCAL["memberOf"], ID["London"]}
CURATED = [Quad(EVIDENCE["p01.1-claim-London"], GLOCAL["heldBy"], ID["London"])]
QUERY = """\
# question (en): Which cities are members?
# question (zh): 哪些城市是成员？
# view: paper
# answer (en): one row per city
# answer (zh): 每行为一座城市
# columns (en): ?city city, ?name name
# columns (zh): ?city 城市, ?name 名称

PREFIX glocal: <https://w3id.org/glocal/ontology#>

SELECT ?city (STR(?network) AS ?name)
WHERE {
    ?city glocal:memberOf ?network .
}
"""


def found(
    folder: Path, text: str, topics: tuple[Topic, ...] = ()
) -> list[tuple[int | None, str, str]]:
    (folder / "a.rq").write_text(text, encoding="utf-8")
    content = replace(own_content(), queries=folder, topics=topics)
    findings = check_queries(content, CURATED, DECLARED)
    return [(finding.line, finding.message, finding.expected) for finding in findings]


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "expected"),
    [
        ("glocal:memberOf", "glocal:membersOf", 13, "glocal:membersOf is used but not declared.",
         "glocal:memberOf, or a declared name."),
        ("?city glocal", "?citty glocal", 11,
         "the query returns ?city, to which nothing gives a value.", "?citty, or no such column."),
        ("哪些城市是成员？", "Which?", 2, "the question (zh) is without a Chinese character.",
         "a text in Chinese, or the tag of the language it is in."),
        ("# view: paper", "# parameter (en): ?limit, a number\n# view: paper", 3,
         "the file cannot be read: every query has a parameter 'limit' already.",
         "another name than format, entailment, view, world, limit, offset, lang, cells, show."),
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


NEEDS_NETWORK = """\
# parameter (en): ?network, a network
# parameter (zh): ?network, 一个网络
# example: ?network, id:London
# view: paper"""


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "expected"),
    [
        ("# answer (zh): 每行为一座城市\n", "", 7, "the answer (zh) is missing.",
         "it after '# answer (zh):'."),
        ("每行为一座城市", "rows", 8, "the answer (zh) is without a Chinese character.",
         "a text in Chinese, or the tag of the language it is in."),
        ("?name 名称,", "", 10, "the heading of ?name (zh) is missing.",
         "it after '# columns (zh):'."),
        ("?name name,", "?name 名,", 9, "the heading of ?name (en) is with Chinese characters.",
         "a text without Chinese characters, or the tag @zh."),
        ("?name name,", "?name name, ?nam name,", 9,
         "?nam has a heading (en), but the query does not return it.",
         "?name, or no such heading."),
        ("# parameter (zh): ?network, 一个网络\n", "", 3, "the text of ?network (zh) is missing.",
         "it after '# parameter (zh): ?network,'."),
        ("id:London", "id:Londn", 5, "id:Londn, the example of ?network, does not exist.",
         "id:London, or a declared name."),
    ],
)  # fmt: skip
def test_a_query_that_does_not_speak_each_language_is_found(
    tmp_path: Path, old: str, new: str, line: int, message: str, expected: str
) -> None:
    text = QUERY.replace("# view: paper", NEEDS_NETWORK).replace(
        "?name name", "?name name, ?network n"
    )
    text = text.replace("?name 名称", "?name 名称, ?network 网络").replace(
        "SELECT", "SELECT ?network"
    )

    assert found(tmp_path, text) == []
    assert found(tmp_path, text.replace(old, new)) == [(line, message, expected)]


def test_each_question_stands_in_one_topic(tmp_path: Path) -> None:
    (tmp_path / "another.rq").write_text(QUERY, encoding="utf-8")
    first = Topic(id="one", name={"en": "One", "zh": "一"}, questions=["a"])
    second = Topic(id="two", name={"en": "Two", "zh": "二"}, questions=["a", "anothr"])

    assert found(tmp_path, QUERY, (first, second)) == [
        (1, "'a' stands in 2 topics.", "one topic."),
        (1, "there is no question 'anothr' for the topic.",
         "another, or the name of another file."),
        (1, "the question is in no topic.",
         "its name among the questions of a topic in content.toml."),
    ]  # fmt: skip


@pytest.mark.parametrize("view", ["# view: paper", "# view: paper\n# world: London"])
def test_other_queries_are_accepted(tmp_path: Path, view: str) -> None:
    assert found(tmp_path, QUERY.replace("# view: paper", view)) == []


def test_a_query_that_is_no_utf_8_does_not_keep_back_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.rq").write_bytes(b"# question (en): A\n# \xff\n")

    assert found(tmp_path, QUERY.replace("memberOf", "membersOf"))[1:] == [
        (2, "the file cannot be read: not UTF-8.", "a file in UTF-8.")
    ]
