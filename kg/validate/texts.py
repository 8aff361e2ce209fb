"""Texts that are blank, or are called Chinese and are not, and titles in one language only."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad

from kg.namespaces import DCTERMS, GLOCAL, ONTOLOGY, OWL, RDFS, SKOS, XSD, shorten
from kg.validate.findings import Problem, name_of
from kg.validate.names import TYPE

_TITLE: Final = DCTERMS["title"]
_STRING: Final = f"{XSD}string"
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
# Other names and notes may be a sign or a foreign word alone.
_IN_CHINESE: Final = frozenset(
    {
        *(RDFS["label"], SKOS["definition"], DCTERMS["description"], _TITLE),
        *(GLOCAL["postTitle"], GLOCAL["section"]),
    }
)


def text_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Blank texts, @zh without a Chinese character, module headers without both titles."""
    for quad in (*curated, *ontology):
        if isinstance(quad.object, Literal):
            yield from _of_text(quad, quad.object)
    yield from _untitled_modules(ontology)


def _of_text(quad: Quad, text: Literal) -> Iterator[Problem]:
    language, name = text.language, shorten(quad.predicate.value)
    if (language or text.datatype.value == _STRING) and not _is_visible(text.value):
        tag = f" @{language}" if language else ""
        yield Problem.of_quad(
            quad,
            f"{name_of(quad.subject)} has a blank {name}{tag}.",
            f"a text{' in that language' if language else ''}, or no {name}.",
            "no-blank-texts",
        )
    elif language == "zh" and quad.predicate in _IN_CHINESE and not _HAN.search(text.value):
        yield Problem.of_quad(
            quad,
            f'{name_of(quad.subject)} has the {name} "{text.value}"@zh without a Chinese '
            "character.",
            "a text in Chinese, or the tag of the language it is in.",
            "chinese-in-chinese",
        )


def _is_visible(text: str) -> bool:
    """Whether there is more than spaces and characters of no width."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def _untitled_modules(ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Headers of modules; the root's header has a shape of its own."""
    for header in ontology:
        is_header = header.predicate == TYPE and header.object == OWL["Ontology"]
        if not is_header or header.subject == ONTOLOGY:
            continue
        languages = [
            quad.object.language or ""
            for quad in ontology
            if quad.subject == header.subject
            and quad.predicate == _TITLE
            and isinstance(quad.object, Literal)
        ]
        if sorted(languages) != ["en", "zh"]:
            yield Problem(
                f"{name_of(header.subject)}: the module has not exactly one title in English and "
                "one in Chinese.",
                "one dcterms:title @en and one @zh.",
                "module-titles",
                header.subject,
                _TITLE if languages else TYPE,
            )
