"""Words of one language within a text in another, as browsers read them aloud."""

import pytest
from pyoxigraph import Literal

from service.http.negotiation import Language
from service.pages.language_parts import mark_languages
from service.pages.terms import TermWriter
from tests.service.conftest import store_of


def marked(text: str, language: str) -> list[str]:
    """The parts of a text that are marked, as HTML."""
    written = mark_languages(Literal(text, language=language))
    assert written.striptags() == " ".join(text.split())
    return [part.partition(">")[2].partition("<")[0] for part in written.split("<span lang=")[1:]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Called strong (强烈).", ["强烈"]),
        ("运输业 and 交通运输业 are one term.", ["运输业", "交通运输业"]),
        ("Between 除……外 and 文章、著作", ["除……外", "文章、著作"]),
        ("In 《城市与国家》 (2016)", ["《城市与国家》"]),
        ("As 全球化２ says", ["全球化"]),
        ("No other language, p04.3.", []),
    ],
)
def test_chinese_words_in_an_english_text_are_marked(text: str, parts: list[str]) -> None:
    assert marked(text, "en") == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("其余以“et al.”略去", ["et al."]),
        (
            "《Governance in a Partially Globalized World》一书",
            ["Governance in a Partially Globalized World"],
        ),
        ("P. J. Taylor与P. Knox合著", []),
        ("City Mayors系据网页标题推定", ["City Mayors"]),
        ("见 glocal:aimsAt 与 rdfs:subClassOf，C40、UN-Habitat", []),
    ],
)
def test_english_phrases_in_a_chinese_text_are_marked(text: str, parts: list[str]) -> None:
    assert marked(text, "zh") == parts


def test_what_is_marked_is_still_escaped() -> None:
    written = mark_languages(Literal("<b>强 & 烈</b>", language="en"))

    assert written == '&lt;b&gt;<span lang="zh">强</span> &amp; <span lang="zh">烈</span>&lt;/b&gt;'


def test_pages_mark_the_words_of_notes_and_of_texts_in_other_languages() -> None:
    write = TermWriter(store_of(""), Language("zh", False)).macros["text"]

    note = write(Literal("Called strong (强烈).", language="en"))
    assert note == '<span lang="en">Called strong (<span lang="zh">强烈</span>).</span>'
    assert write(Literal("强烈", language="zh")) == "强烈"
    assert write(Literal("قوي", language="ar")) == '<span lang="ar" dir="auto">قوي</span>'
