"""The page of a query that failed: what it says, and in which language."""

import re
from html import unescape

import pytest

from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.query_page import (
    Editor,
    ViewChoice,
    declare_prefixes,
    find_place,
    write_query_page,
)
from service.pages.terms import TermWriter
from tests.service.conftest import store_of

FAILURE = {
    "type": "/problems/budget-spent",
    "title": "Too Many Requests",
    "status": 429,
    "detail": "Your requests used 60 s.",
    "retry_seconds": "7",
}


def alert(store: Store, language: str, **failure: object) -> str:
    """The text of the alert about a failure."""
    terms = TermWriter(store, Language(language, is_explicit=False))
    page = write_query_page(terms, Editor("ASK {}"), "/sparql", failure={**FAILURE, **failure})
    found = page.decode().partition('role="alert">')[2].partition("</div>")[0]
    return " ".join(unescape(re.sub("<[^>]*>", " ", found)).split())


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            "Too much at once Your requests used 60 s. Your earlier requests have used their share "
            "of computing time while others are waiting. Try again in 7 s.",
        ),
        (
            "zh",
            "请求过多 Your requests used 60 s. "
            "您先前的请求已用完所分得的计算时间，而其他人正在等待。 请在 7 秒后重试。",
        ),
    ],
)
def test_a_refusal_says_in_words_when_to_try_again(small: Store, language: str, text: str) -> None:
    assert alert(small, language) == text


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("query-timed-out", 504, "The query took too long and was stopped."),
        ("result-too-large", 400, "Ask for fewer rows with LIMIT"),
        ("query-out-of-memory", 503, "The query needed too much memory."),
    ],
)
def test_a_limit_is_told_in_words(small: Store, kind: str, status: int, words: str) -> None:
    assert words in alert(small, "en", type=f"/problems/{kind}", status=status)


def test_a_failure_without_words_of_its_own_has_its_title(small: Store) -> None:
    text = alert(small, "en", type="/problems/other", status=418, title="Teapot")

    assert text == "Teapot Your requests used 60 s. Try again in 7 s."


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("ASK { id:a rdf:type id:b }", ["id", "rdf"]),
        ("PREFIX id: <http://e/> ASK { id:a rdf:type foo:b }", ["rdf"]),
        ("ASK { ?a ?b 'id:a' } # rdf:x", []),
    ],
)
def test_only_the_prefixes_that_a_query_lacks_are_declared(text: str, declared: list[str]) -> None:
    lines = declare_prefixes(text).removesuffix(text).splitlines()

    assert [line.split(":")[0] for line in lines] == [f"PREFIX {name}" for name in declared]


@pytest.mark.parametrize("place", [{}, {"line": 3, "column": 1}, {"line": 1}])
def test_an_error_that_is_nowhere_in_the_text_has_no_place(place: dict[str, int]) -> None:
    assert find_place("ASK {\n}", {**FAILURE, **place}) is None


def test_holders_of_worlds_are_listed_in_the_order_of_their_pronunciation() -> None:
    holders = {"Xi": "席", "Bai": "白", "Ann": "Ann"}
    labels = "".join(f'id:{name} rdfs:label "{text}"@zh . ' for name, text in holders.items())
    told = [
        f"ev:{name} {{ id:{name} glocal:p id:{name} }} graph:meta {{ ev:{name} a glocal:Evidence ; "
        f"glocal:hasStatus glocal:Claim ; glocal:heldBy id:{name} }}"
        for name in holders
    ]
    store = store_of(labels + " ".join(told))
    choice = ViewChoice("paper", "", store.views.worlds)

    options = choice.options(TermWriter(store, Language("zh", is_explicit=False)))

    assert [called for _, called in options[:3]] == ["Ann", "白", "席"]
