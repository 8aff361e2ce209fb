"""Check that texts are in the language of their tag, of a sane length, and written as they look."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad

from kg.namespaces import XSD, expand_all
from kg.validation.characters import RULE, find_wrong_characters
from kg.validation.findings import Problem, abridge, format_term

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
# Alternative labels and notes may be just a symbol or a foreign word, so they are not checked.
_IN_ITS_SCRIPT: Final = expand_all(
    "rdfs:label skos:definition dcterms:description dcterms:title glocal:postTitle glocal:section "
    "glocal:sectionHeading"
)
_NAMES: Final = expand_all("rdfs:label skos:altLabel glocal:postTitle glocal:section")
# A work has a title in its own language; what curators write is in the languages of the content.
_BY_CURATORS: Final = expand_all(
    "skos:note skos:editorialNote skos:scopeNote skos:changeNote skos:definition glocal:gloss"
)
# The longest name has 142 characters, the longest other text 293.
_MAX_CHARACTERS_OF_NAME: Final = 300
_MAX_CHARACTERS: Final = 2_000


def check_texts(
    curated: Sequence[Quad], ontology: Sequence[Quad], languages: Sequence[str]
) -> Iterator[Problem]:
    """Find texts that are blank, mistagged, too long, or not written as they look."""
    for quad in (*curated, *ontology):
        text = quad.object
        if isinstance(text, Literal) and (text.language or text.datatype == XSD["string"]):
            for message, remedy, rule in _errors(quad, text, languages):
                yield Problem.of_quad(quad, message, remedy, rule)


def script_error(text: str, language: str | None) -> tuple[str, str] | None:
    """Return what is wrong and what is right if a text is not in the script of its language."""
    has_han = _HAN.search(text) is not None
    if language == "zh" and not has_han:
        return (
            "without a Chinese character",
            "a text in Chinese, or the tag of the language it is in",
        )
    if language == "en" and has_han:
        return "with Chinese characters", "a text without Chinese characters, or the tag @zh"
    return None


def _errors(quad: Quad, text: Literal, languages: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield message, remedy and rule for each error in a text."""
    language, value, predicate = text.language, text.value, quad.predicate

    def name() -> str:
        return f"{format_term(quad.subject)} has the {format_term(predicate)} {_quote(text)}"

    # Spaces and zero-width characters are not visible.
    if not any(one.isprintable() and not one.isspace() for one in value):
        subject, kind = format_term(quad.subject), format_term(predicate)
        message = f"{subject} has a blank {kind}{f' @{language}' if language else ''}."
        remedy = f"a text{' in that language' if language else ''}, or no {kind}."
        yield message, remedy, "no-blank-texts"
        return
    for wrong in find_wrong_characters(value):
        yield f"{name()}, which {wrong.message}.", f"{wrong.remedy}.", RULE
    words = value.split(" ")
    if "" in words or "\n" in value or "\t" in value:
        remedy = f'single spaces between words alone: "{abridge(" ".join(value.split()))}".'
        yield f"{name()} with a space, tab or line break too many.", remedy, "single-spaces"
    most = _MAX_CHARACTERS_OF_NAME if predicate in _NAMES else _MAX_CHARACTERS
    if len(value) > most:
        message = f"{name()} of {len(value):,} characters."
        yield message, f"at most {most:,} characters.", "length-of-texts"
    error = script_error(value, language)
    if error and predicate in _IN_ITS_SCRIPT:
        yield f"{name()} {error[0]}.", f"{error[1]}.", "script-of-language"
    if language and language not in languages and predicate in _BY_CURATORS:
        remedy = f"{' or '.join(f'@{each}' for each in languages)}."
        yield f"{name()}, in no language of the content.", remedy, "languages-of-content"


def _quote(text: Literal) -> str:
    return f'"{abridge(text.value)}"{f"@{text.language}" if text.language else ""}'
