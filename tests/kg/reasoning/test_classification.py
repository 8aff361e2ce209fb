"""Which city acts how, cell by cell: 12 cities, seven columns, the value and its level.

The cells stand in classification.csv, set down by hand from what the paper says and how strongly:
S in the strict reading, W only in the wide one, - in neither. The level is that of the reading
that the value names; where a cell rests on a claim, it is its holder's.
"""

import csv
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL, ID, RDF
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology

Types = dict[tuple[NamedNode, NamedNode], set[str]]

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
    "Full spectrum": ("FullSpectrumActor", "WideFullSpectrumActor"),
}


@pytest.fixture(scope="module")
def types() -> Types:
    """The levels at which each thing is derived to be of each class."""
    found: Types = defaultdict(set)
    for one in reason_over(read_curated(), read_ontology()).closure.derivations:
        subject, kind = one.triple.subject, one.triple.object
        if one.triple.predicate != RDF["type"] or not isinstance(kind, NamedNode):
            continue
        assert isinstance(subject, NamedNode)
        holder = f" of {one.holder.value.removeprefix(ID)}" if one.holder else ""
        found[subject, kind].add(one.status.value + holder)
    return found


def cell(types: Types, city: str, column: str) -> tuple[str, set[str]]:
    """The value of a cell and the levels of the reading that it names."""
    for value, name in zip("SW", READINGS[column], strict=True):
        levels = types.get((ID[city], GLOCAL[name]), set()) if name else set()
        if levels:
            return value, levels
    return "-", set()


@pytest.mark.slow
@pytest.mark.parametrize("row", CELLS, ids=lambda row: f"{row['city']} {row['column']}")
def test_a_cell_has_this_value_at_this_level_alone(types: Types, row: dict[str, str]) -> None:
    levels = {row["level"]} if row["level"] else set()

    assert cell(types, row["city"], row["column"]) == (row["value"], levels)


def test_the_matrix_has_twelve_cities_in_seven_columns() -> None:
    assert Counter(row["column"] for row in CELLS) == dict.fromkeys(READINGS, 12)
    assert len({(row["city"], row["column"]) for row in CELLS}) == 84


def test_no_other_thing_is_in_any_of_the_classes(types: Types) -> None:
    classes = {GLOCAL[name] for names in READINGS.values() for name in names if name}
    found = {subject for subject, kind in types if kind in classes}

    assert found == {ID[row["city"]] for row in CELLS}


def test_whoever_is_in_a_strict_class_is_in_its_wide_one(types: Types) -> None:
    pairs = [(GLOCAL[strict], GLOCAL[wide]) for strict, wide in READINGS.values() if wide]
    strictly = {
        (subject, wide) for strict, wide in pairs for subject, kind in types if kind == strict
    }

    assert strictly <= set(types)
