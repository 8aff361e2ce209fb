"""Check periods, and that what the curators did is not dated in the future.

Only `glocal check` looks at the clock: a build of the same files always gives the same release.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, expand_all
from kg.validation.findings import Problem, format_term

# What is past once it is written down; what the text says of years to come has other properties.
_PAST: Final = frozenset(
    expand_all(
        "dcterms:created dcterms:issued dcterms:modified glocal:accessed prov:invalidatedAtTime"
    )
)
_PERIODS: Final = {
    GLOCAL["periodEnd"]: GLOCAL["periodStart"],
    GLOCAL["validUntil"]: GLOCAL["validFrom"],
}
_YEAR_MONTH_DAY: Final = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def check_periods(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find periods that end before they begin."""
    begins = set(_PERIODS.values())
    starts = {(quad.subject, quad.predicate): quad for quad in curated if quad.predicate in begins}
    for quad in curated:
        begin = _PERIODS.get(quad.predicate)
        start = starts.get((quad.subject, begin)) if begin else None
        if start and _reaches(quad) < _reaches(start):
            message = (
                f"{format_term(quad.subject)} ends in {_text(quad)} but begins in {_text(start)}."
            )
            end = format_term(quad.predicate)
            remedy = f"{end} no earlier than {format_term(start.predicate)}."
            yield Problem.of_quad(quad, message, remedy, "possible-periods")


def find_future_dates(quads: Iterable[Quad], today: date) -> Iterator[Problem]:
    """Find dates of publication, access, creation and withdrawal that are later than today."""
    for quad in quads:
        if quad.predicate in _PAST and _text(quad)[:10] > today.isoformat():
            name = format_term(quad.predicate)
            message = f"{format_term(quad.subject)} has {name} {_text(quad)}, in the future."
            yield Problem.of_quad(quad, message, in_the_past(today), "past-dates")


def in_the_past(today: date) -> str:
    """Return what is expected of a date of what is done."""
    return f"a date no later than today, {today.isoformat()}."


def _reaches(quad: Quad) -> tuple[int, ...]:
    """Return the last day that a year, month or day may mean; literals are checked elsewhere."""
    match = _YEAR_MONTH_DAY.match(_text(quad))
    return tuple(int(part or 99) for part in match.groups()) if match else ()


def _text(quad: Quad) -> str:
    return quad.object.value if isinstance(quad.object, Literal | NamedNode) else ""
