import pytest
from fastapi import Request

from kg.errors import MalformedParameter
from service.languages import Language
from service.page_language import choose_language


def asking(query: str = "", header: str | None = None) -> Request:
    headers = [] if header is None else [(b"accept-language", header.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("zh", "zh"),
        ("zh-Hans-CN, en;q=0.8", "zh"),
        ("ZH-cn", "zh"),
        ("en;q=0.4, zh;q=0.6", "zh"),
        ("zh;q=0.4, en;q=0.6", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("fr", "en"),
        ("*", "en"),
        ("en;q=0, *", "zh"),
        ("zh;q=nonsense", "en"),
        ("zh;q=0", "en"),
        ("zhuang", "en"),
    ],
)
def test_the_language_that_is_liked_best_is_chosen(header: str | None, language: str) -> None:
    assert choose_language(asking(header=header)) == Language(language, is_asked=False)


def test_an_address_that_names_a_language_is_stronger_than_the_header() -> None:
    assert choose_language(asking("lang=zh", "en")) == Language("zh", is_asked=True)


@pytest.mark.parametrize("query", ["lang=fr", "lang=zh-CN", "lang=en&lang=zh"])
def test_a_language_that_there_is_not_is_refused(query: str) -> None:
    with pytest.raises(MalformedParameter, match="lang: "):
        choose_language(asking(query))
