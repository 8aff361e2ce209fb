"""Check that literals fit their datatype, and that modules have a title in each language."""

import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import Literal, Quad

from kg.namespaces import DCTERMS, ONTOLOGY, OWL, XSD
from kg.validation.findings import Problem, abridge, format_term, in_each
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


def check_literals(
    curated: Sequence[Quad], ontology: Sequence[Quad], languages: Sequence[str]
) -> Iterator[Problem]:
    """Find literals without a value, and modules without a title in each language."""
    for quad in (*curated, *ontology):
        if isinstance(quad.object, Literal):
            yield from _check_value(quad, quad.object)
    yield from _untitled_modules(ontology, languages)


def _check_value(quad: Quad, literal: Literal) -> Iterator[Problem]:
    pattern, example = _FORMS.get(literal.datatype, (None, ""))
    if pattern is not None and not _is_valid(pattern, literal.value):
        predicate, datatype = format_term(quad.predicate), format_term(literal.datatype)
        value = abridge(literal.value)
        message = f'{predicate} has the value "{value}", which is not a valid {datatype}.'
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
