"""Texts in another script or language than tagged, too long, or with spaces too many."""

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GRAPH, ID, RDFS, SKOS
from kg.validation.texts import check_texts


def errors(predicate: NamedNode, text: str, language: str | None) -> list[tuple[str, str]]:
    quad = Quad(ID["Lyon"], predicate, Literal(text, language=language), GRAPH["entities"])
    return [(one.message, one.remedy) for one in check_texts([quad], [], ("en", "zh"))]


LABEL, NOTE = RDFS["label"], SKOS["note"]


@pytest.mark.parametrize(
    ("predicate", "text", "language", "message", "remedy"),
    [
        (LABEL, "里昂", "en", 'id:Lyon has the rdfs:label "里昂"@en with Chinese characters.',
         "a text without Chinese characters, or the tag @zh."),
        (LABEL, "Lyon", "zh", 'id:Lyon has the rdfs:label "Lyon"@zh without a Chinese character.',
         "a text in Chinese, or the tag of the language it is in."),
        (LABEL, "Lyon ", "en",
         'id:Lyon has the rdfs:label "Lyon "@en with a space, tab or line break too many.',
         'single spaces between words alone: "Lyon".'),
        (LABEL, "Ly\u200bon", "en",
         'id:Lyon has the rdfs:label "Ly\u200bon"@en, which contains U+200B (zero width space), '
         "which nobody sees.", "the text without U+200B."),
        (NOTE, "Une ville.", "fr",
         'id:Lyon has the skos:note "Une ville."@fr, in no language of the content.',
         "@en or @zh."),
        (LABEL, "x" * 301, "en",
         f'id:Lyon has the rdfs:label "{"x" * 79}…"@en of 301 characters.',
         "at most 300 characters."),
        (NOTE, "x" * 2001, "en",
         f'id:Lyon has the skos:note "{"x" * 79}…"@en of 2,001 characters.',
         "at most 2,000 characters."),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_read_is_found(
    predicate: NamedNode, text: str, language: str, message: str, remedy: str
) -> None:
    assert errors(predicate, text, language) == [(message, remedy)]


@pytest.mark.parametrize(
    ("predicate", "text", "language"),
    [
        (LABEL, "x" * 300, "en"),
        (LABEL, "Lyon-Villeurbanne", "fr"),
        (NOTE, "The paper's word is 代表.", "en"),
        (SKOS["altLabel"], "%", "zh"),
        (NOTE, "x" * 2000, None),
    ],
)
def test_other_texts_are_accepted(predicate: NamedNode, text: str, language: str | None) -> None:
    assert errors(predicate, text, language) == []
