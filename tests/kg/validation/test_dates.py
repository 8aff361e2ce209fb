"""Periods that end before they begin, and acts of the curators in the future."""

from datetime import date

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import DCTERMS, GLOCAL, ID, PROV, XSD
from kg.validation.dates import check_periods, find_future_dates

TODAY = date(2027, 1, 1)


def dated(predicate: NamedNode, text: str, datatype: str = "date") -> Quad:
    return Quad(ID["Survey"], predicate, Literal(text, datatype=XSD[datatype]))


@pytest.mark.parametrize(
    ("predicate", "text", "datatype"),
    [
        (GLOCAL["accessed"], "2027-01-02", "date"),
        (PROV["invalidatedAtTime"], "2027-01-02T00:00:00Z", "dateTime"),
        (DCTERMS["issued"], "2028", "gYear"),
    ],
)
def test_what_was_done_after_today_is_found(predicate: NamedNode, text: str, datatype: str) -> None:
    (problem,) = find_future_dates([dated(predicate, text, datatype)], TODAY)

    assert problem.message.endswith(f" {text}, in the future.")
    assert problem.remedy == "a date no later than today, 2027-01-01."


def test_today_and_what_the_text_says_of_years_to_come_are_accepted() -> None:
    quads = [
        dated(GLOCAL["accessed"], "2027-01-01"),
        dated(DCTERMS["issued"], "2027", "gYear"),
        dated(GLOCAL["validTime"], "2050", "gYear"),
    ]

    assert list(find_future_dates(quads, TODAY)) == []


@pytest.mark.parametrize(
    ("start", "end", "is_possible"),
    [
        ("2011", "2012", True),
        ("2011-05", "2011", True),
        ("2012", "2011", False),
        ("2011-05-02", "2011-05-01", False),
    ],
)
@pytest.mark.parametrize("bounds", [("periodStart", "periodEnd"), ("validFrom", "validUntil")])
def test_a_period_begins_before_it_ends(
    bounds: tuple[str, str], start: str, end: str, *, is_possible: bool
) -> None:
    quads = [dated(GLOCAL[bounds[0]], start), dated(GLOCAL[bounds[1]], end)]

    assert [one.message for one in check_periods(quads)] == (
        [] if is_possible else [f"id:Survey ends in {end} but begins in {start}."]
    )


def test_the_bounds_of_two_properties_are_two_periods() -> None:
    quads = [dated(GLOCAL["periodStart"], "2012"), dated(GLOCAL["validUntil"], "2011")]

    assert list(check_periods(quads)) == []
