"""Which city acts how, cell by cell: 12 cities, six columns, the value and where it stands.

The cells are in classification.csv, written by hand from what the paper says and how strongly: S in
the strict reading, W only in the wide one, - in neither. The standing is that of the reading that
the value names; a cell that rests on a claim stands in the world of its holder.
"""

import csv
from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import NamedNode, Triple

from kg.namespaces import GLOCAL, ID, RDF
from tests.kg.reasoning.conftest import Standings

CELLS: Final = list(
    csv.DictReader(
        Path(__file__).with_name("classification.csv").read_text(encoding="utf-8").splitlines()
    )
)
# The class of the strict reading and that of the wide one; criteria 1 and 2 have one reading.
READINGS: Final = {
    "Capability": ("CapabilityActor", "WideCapabilityActor"),
    "Institution": ("InstitutionActor", "WideInstitutionActor"),
    "Norm": ("NormActor", "WideNormActor"),
    "Criterion 1": ("MeetsBoundaryCriterion1", None),
    "Criterion 2": ("MeetsBoundaryCriterion2", None),
    "Criterion 3": ("MeetsBoundaryCriterion3", "MeetsBoundaryCriterion3Widely"),
}


def typing(city: str, class_: str) -> Triple:
    """The triple that a city is in a class."""
    return Triple(ID[city], RDF["type"], GLOCAL[class_])


def cell(standings: Standings, city: str, column: str) -> tuple[str, set[str]]:
    """The value of a cell, and the standings of the reading that it names."""
    for value, name in zip("SW", READINGS[column], strict=True):
        found = standings.get(typing(city, name), set()) if name else set()
        if found:
            return value, found
    return "-", set()


@pytest.mark.slow
@pytest.mark.parametrize("row", CELLS, ids=lambda row: f"{row['city']} {row['column']}")
def test_a_cell_has_this_value_with_this_standing_alone(
    standings: Standings, row: dict[str, str]
) -> None:
    expected = {row["standing"]} if row["standing"] else set()

    assert cell(standings, row["city"], row["column"]) == (row["value"], expected)


def test_the_matrix_has_twelve_cities_in_six_columns() -> None:
    assert Counter(row["column"] for row in CELLS) == dict.fromkeys(READINGS, 12)
    assert len({(row["city"], row["column"]) for row in CELLS}) == 72


def test_no_other_thing_is_in_any_of_the_classes(standings: Standings) -> None:
    classes = {GLOCAL[name] for names in READINGS.values() for name in names if name}
    found = {one.subject for one in _typings(standings) if one.object in classes}

    assert found == {ID[row["city"]] for row in CELLS}


def test_nothing_is_a_full_spectrum_actor(standings: Standings) -> None:
    full = GLOCAL["FullSpectrumActor"]

    assert not [one for one in _typings(standings) if one.object == full]


def test_whoever_is_in_a_strict_class_is_in_its_wide_one(standings: Standings) -> None:
    wide_of = {GLOCAL[strict]: GLOCAL[wide] for strict, wide in READINGS.values() if wide}
    strictly = [one for one in _typings(standings) if one.object in wide_of]
    widely = {
        Triple(one.subject, RDF["type"], wide_of[one.object])
        for one in strictly
        if isinstance(one.object, NamedNode)
    }

    assert strictly
    assert widely <= set(standings)


def _typings(standings: Standings) -> list[Triple]:
    return [one for one in standings if one.predicate == RDF["type"]]
