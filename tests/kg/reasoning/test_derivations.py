"""The triples that the paper's graph must entail, at which level, and some that it must not.

The rows stand in derivations.csv; `never` is the level of what must not follow at any. What counts,
orders or compares is a saved question with its exact rows in tests/queries instead: D12
number-of-networks-of-each-city, D33 patterns-and-modes-of-the-relations-of-a-city, D48
cities-that-outrank-others-in-a-ranking, D50 relative-positions-of-chinese-cities-in-rankings, D53
totals-of-indicators and institutions-of-a-city-by-kind, D54 headquarters-named-and-counted,
offices-of-the-united-nations-in-a-city and years-from-one-founding-to-the-next. The matrix of
cities and dimensions is classification.csv. D59 and D62 are tested on small graphs in
tests/ontology: the paper states what D59 would derive, and its graph breaks none of D62.
"""

import csv
from collections import defaultdict
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Triple

from kg.namespaces import GLOCAL, ID, expand
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology

Levels = dict[Triple, set[str]]

ROWS = list(
    csv.DictReader(
        Path(__file__).with_name("derivations.csv").read_text(encoding="utf-8").splitlines()
    )
)


def triple(subject: str, predicate: str, value: str) -> Triple:
    """A triple of three CURIEs."""
    return Triple(expand(subject), expand(predicate), expand(value))


@pytest.fixture(scope="module")
def levels() -> Levels:
    """Each derived triple of the paper's graph and the levels at which it is derived."""
    found: Levels = defaultdict(set)
    for one in reason_over(read_curated(), read_ontology()).closure.derivations:
        holder = f" of {one.holder.value.removeprefix(ID)}" if one.holder else ""
        found[one.triple].add(one.status.value + holder)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.values()))
def test_it_follows_at_its_level_alone(levels: Levels, row: dict[str, str]) -> None:
    found = levels.get(triple(row["subject"], row["predicate"], row["object"]), set())

    assert found == (set() if row["level"] == "never" else {row["level"]})


def pairs(levels: Levels, predicate: str) -> set[frozenset[str]]:
    """The unordered pairs that this property joins."""
    return {
        frozenset((one.subject.value.removeprefix(ID), one.object.value.removeprefix(ID)))
        for one in levels
        if one.predicate == GLOCAL[predicate]
    }


def test_five_chinese_cities_give_exactly_ten_pairs_of_co_members(levels: Levels) -> None:
    cities = ["Beijing", "Guangzhou", "HongKong", "Shanghai", "Shenzhen"]
    expected = {frozenset((a, b)) for a in cities for b in cities if a < b}

    assert pairs(levels, "coMemberWith") == expected


@pytest.mark.parametrize(
    "predicate", ["coMemberWith", "coInitiatorOf", "coHostWith", "coLeaderWith"]
)
def test_nobody_is_a_partner_of_itself(levels: Levels, predicate: str) -> None:
    assert all(len(pair) == 2 for pair in pairs(levels, predicate))


def test_the_shared_critique_reaches_all_eleven_scholars(levels: Levels) -> None:
    critique = ID["CritiqueNoBoundary"]
    reached = {
        one.subject
        for one in levels
        if one.predicate == GLOCAL["subjectToCritique"] and one.object == critique
    }

    assert len(reached) == 11


def test_nothing_is_derived_for_the_upward_and_downward_directions(levels: Levels) -> None:
    directions: set[NamedNode] = {ID["DirectionUpward"], ID["DirectionDownward"]}
    classes = {expand("rdf:type")}

    assert not [t for t in levels if t.object in directions and t.predicate not in classes]


def test_nine_cities_are_among_the_first_ten_of_both_rankings_and_none_is_chinese(
    levels: Levels,
) -> None:
    observed = {
        one.subject.value.removeprefix(f"{ID}obs-").partition("-RankGaWC")[::2]
        for one in levels
        if one.object == GLOCAL["TopTenObservation"]
    }
    first, second = (
        {city for city, ranking in observed if ranking == f"{kind}Connectivity"}
        for kind in ("IO", "NGO")
    )

    assert len(first & second) == 9
    assert (first - second, second - first) == ({"Geneva"}, {"Rome"})
    assert not (first | second) & {"Beijing", "HongKong", "Shanghai", "Guangzhou", "Shenzhen"}
