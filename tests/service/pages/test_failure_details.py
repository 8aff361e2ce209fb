import pytest
from pyoxigraph import Store

from kg.sparql.query import Query
from kg.sparql.syntax_errors import malformed_query_error
from service.errors import QueryTimedOut, ResultTooLarge
from service.pages.failure_details import translate_detail


def chinese_of(query: str) -> str | None:
    with pytest.raises(SyntaxError) as caught:
        Store().query(query)
    return translate_detail(str(malformed_query_error(Query(query), caught.value)), "zh")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "SELECT ?a ?b {?a ?p ?b} GROUP BY ?a",
            "第 1 行第 11 列：<code>?b</code> 列于 <code>SELECT</code>，但既不在 "
            "<code>GROUP BY</code> 中，也不在 <code>COUNT</code> 等聚合函数中",
        ),
        (
            "SELECT * {\n?a ?p ?b",
            "第 2 行第 9 列：此处为文本末尾，应为<code>}</code>：与之配对的括号在第 1 行",
        ),
        (
            "SELECT * { ?a ?p ?b . }\n ?c ?d }",
            "第 2 行第 2 列：此处不应为<code>?c</code>",
        ),
        (
            "SELECT * { ?a ?p }",
            "第 1 行第 18 列：此处为<code>}</code>，应为一个项（变量、IRI、字面量等）",
        ),
        ("SELECT * {} LIMT", "第 1 行第 13 列：此处不应为<code>LIMT</code>"),
        ("DELETE WHERE {}", "第 1 行第 1 列：<code>DELETE</code> 是更新；此处应为查询"),
    ],
)
def test_the_frequent_syntax_errors_are_said_in_chinese(query: str, said: str) -> None:
    assert chinese_of(query) == said


def test_what_the_engine_says_besides_is_marked_as_english() -> None:
    said = chinese_of("SELECT * { ?s <relative> '<b>' }")

    assert said == (
        "第 1 行第 15 列："
        "<span lang=\"en\">IRI parsing failed, found &#39;&lt;relative&gt;&#39;</span>"
    )  # fmt: skip


def test_limits_are_said_in_chinese_and_in_english_as_they_are() -> None:
    slow, large = str(QueryTimedOut(10)), str(ResultTooLarge("rows", 100_000))

    assert translate_detail(slow, "zh") == "查询耗时超过 10 秒，已被中止。"
    assert translate_detail(large, "zh") == "结果超过 100,000 行。"
    assert translate_detail(slow, "en") is None
    assert translate_detail("Something else.", "zh") is None
