"""Check that literals fit their datatype and language, and that modules have both titles."""

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad

from kg.namespaces import DCTERMS, ONTOLOGY, OWL, XSD, expand_all
from kg.validation.findings import Problem, format_term, in_each
from kg.validation.names import TYPE

_ZONE: Final = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR: Final = r"(?P<year>-?([1-9]\d{3,}|0\d{3}))"
_MONTH: Final = r"-(?P<month>0[1-9]|1[0-2])"
_DAY: Final = r"-(?P<day>0[1-9]|[12]\d|3[01])"
_TIME: Final = r"T(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?|24:00:00(\.0+)?)"

# Datatype -> a regular expression for its lexical forms, and an example.
_FORMS: Final = {
    XSD[name]: (re.compile(pattern, re.ASCII), example)
    for name, pattern, example in (
        ("gYear", _YEAR + _ZONE, '"2015"'),
        ("gYearMonth", _YEAR + _MONTH + _ZONE, '"2015-12"'),
        ("date", _YEAR + _MONTH + _DAY + _ZONE, '"2015-12-31"'),
        ("dateTime", _YEAR + _MONTH + _DAY + _TIME + _ZONE, '"2015-12-31T12:00:00Z"'),
        ("integer", r"[+-]?\d+", '"12"'),
        ("nonNegativeInteger", r"\+?\d+|-0+", '"12"'),
        ("positiveInteger", r"\+?0*[1-9]\d*", '"12"'),
        ("decimal", r"[+-]?(\d+(\.\d*)?|\.\d+)", '"12.0"'),
        ("boolean", r"true|false|1|0", '"true" or "false"'),
        ("anyURI", r'[^\s<>"{}|\\^`]+', '"https://example.org/"'),
    )
}
_TITLE: Final = DCTERMS["title"]
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
# Alternative labels and notes may be just a symbol or a foreign word, so they are not checked.
_MUST_BE_CHINESE: Final = expand_all(
    "rdfs:label skos:definition dcterms:description dcterms:title glocal:postTitle glocal:section"
)


def check_literals(
    curated: Sequence[Quad], ontology: Sequence[Quad], languages: Sequence[str]
) -> Iterator[Problem]:
    """Find invalid, blank and mistagged literals, and modules without a title in each language."""
    for quad in (*curated, *ontology):
        if isinstance(quad.object, Literal):
            yield from _check_value(quad, quad.object)
            yield from _check_text(quad, quad.object)
    yield from _untitled_modules(ontology, languages)


def _check_value(quad: Quad, literal: Literal) -> Iterator[Problem]:
    pattern, example = _FORMS.get(literal.datatype, (None, ""))
    if pattern is not None and not _is_valid(pattern, literal.value):
        predicate, datatype = format_term(quad.predicate), format_term(literal.datatype)
        message = f'{predicate} has the value "{literal.value}", which is not a valid {datatype}.'
        remedy = f"a value of that datatype, such as {example}, or another datatype."
        yield Problem.of_quad(quad, message, remedy, "possible-literals")


def _is_valid(pattern: re.Pattern[str], text: str) -> bool:
    match = pattern.fullmatch(text)
    parts = match.groupdict() if match else {}
    if "day" not in parts:
        return match is not None
    # The calendar repeats every 400 years; Python supports neither the year 0 nor 10000.
    year = 2000 + int(parts["year"]) % 400
    return int(parts["day"]) <= monthrange(year, int(parts["month"]))[1]


def _check_text(quad: Quad, text: Literal) -> Iterator[Problem]:
    language, subject, name = text.language, format_term(quad.subject), format_term(quad.predicate)
    # Spaces and zero-width characters are not visible.
    is_visible = any(one.isprintable() and not one.isspace() for one in text.value)
    if (language or text.datatype == XSD["string"]) and not is_visible:
        message = f"{subject} has a blank {name}{f' @{language}' if language else ''}."
        remedy = f"a text{' in that language' if language else ''}, or no {name}."
        yield Problem.of_quad(quad, message, remedy, "no-blank-texts")
    elif language == "zh" and quad.predicate in _MUST_BE_CHINESE and not _HAN.search(text.value):
        message = f'{subject} has the {name} "{text.value}"@zh without a Chinese character.'
        remedy = "a text in Chinese, or the tag of the language it is in."
        yield Problem.of_quad(quad, message, remedy, "chinese-in-chinese")


def _untitled_modules(ontology: Sequence[Quad], expected: Sequence[str]) -> Iterator[Problem]:
    """Find module headers without all titles; a shape checks the header of the root ontology."""
    languages: defaultdict[object, list[str]] = defaultdict(list)
    for quad in ontology:
        if quad.predicate == _TITLE and isinstance(quad.object, Literal):
            languages[quad.subject].append(quad.object.language or "")
    titles, remedy = in_each("title", "dcterms:title", expected)
    for header in ontology:
        is_header = (header.predicate, header.object) == (TYPE, OWL["Ontology"])
        given, name = languages[header.subject], format_term(header.subject)
        if is_header and header.subject != ONTOLOGY and sorted(given) != sorted(expected):
            message = f"{name}: the module does not have exactly {titles}."
            predicate = _TITLE if given else TYPE
            yield Problem(message, f"{remedy}.", "module-titles", header.subject, predicate)
