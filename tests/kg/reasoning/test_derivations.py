"""The triples that the paper's graph must entail, where they stand, and some that it must not.

The rows are in derivations.csv; `never` is the standing of what must not follow anywhere. What
counts, orders or compares is a saved question with its exact rows in tests/queries instead: D12
number-of-networks-of-each-city, D33 patterns-and-modes-of-the-relations-of-a-city, D48
cities-that-outrank-others-in-a-ranking, D50 relative-positions-of-chinese-cities-in-rankings, D53
totals-of-indicators and institutions-of-a-city-by-kind, D54 headquarters-named-and-counted,
offices-of-the-united-nations-in-a-city and years-from-one-founding-to-the-next. The matrix of
cities and dimensions is classification.csv. D59 and D62 are tested on small graphs in
tests/ontology: D59 is dropped, and the graph of the paper breaks none of D62. What the paper does
not carry is `never`, whatever the inventory expects; DECISIONS.md has the table of it. The rows
`kinds` are about the kinds to which a thing belongs; `engages`, `posts` and `acts` are about what
must not follow.
"""

import csv
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import NamedNode, Triple

from kg import open_release
from kg.namespaces import GLOCAL, ID, expand
from kg.store.rdflib_dataset import triple_to_rdflib
from tests.kg.reasoning.conftest import Standings

ROWS = list(
    csv.DictReader(
        Path(__file__).with_name("derivations.csv").read_text(encoding="utf-8").splitlines()
    )
)


def triple(row: dict[str, str]) -> Triple:
    """The triple of a row, whose terms are CURIEs."""
    return Triple(*(expand(row[part]) for part in ("subject", "predicate", "object")))


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row.values()))
def test_it_follows_with_its_standing_alone(standings: Standings, row: dict[str, str]) -> None:
    found = standings.get(triple(row), set())

    assert found == (set() if row["standing"] == "never" else {row["standing"]})


# One row of each standing, with the view and world that show it and those that are stronger.
SEEN: Final = {row["standing"]: row for row in ROWS if row["standing"] != "never"}
_VIEWS: Final = {"facts": "facts", "background": "facts", "theses": "paper", "readings": "readings"}
_STRONGER: Final = {"facts": [], "paper": ["facts"], "readings": ["facts", "paper"]}


@pytest.mark.parametrize("standing", SEEN)
def test_it_is_seen_in_the_view_of_its_standing_and_in_no_stronger_one(
    newest_release: Path, standing: str
) -> None:
    def seen(view: str, world: str | None) -> bool:
        graph = open_release(newest_release, view=view, world=world).default_graph
        return triple_to_rdflib(triple(SEEN[standing])) in graph

    base, _, world = standing.partition(" ")
    view = _VIEWS[base]

    assert seen(view, world or None)
    assert not any(seen(stronger, world or None) for stronger in _STRONGER[view])
    assert not world or not seen(view, None)


def pairs(standings: Standings, predicate: str) -> set[frozenset[str]]:
    """The unordered pairs that this property joins."""
    return {
        frozenset((one.subject.value.removeprefix(ID), one.object.value.removeprefix(ID)))
        for one in standings
        if one.predicate == GLOCAL[predicate]
    }


def test_five_chinese_cities_give_exactly_ten_pairs_of_co_members(standings: Standings) -> None:
    cities = ["Beijing", "Guangzhou", "HongKong", "Shanghai", "Shenzhen"]
    expected = {frozenset((a, b)) for a in cities for b in cities if a < b}

    assert pairs(standings, "coMemberWith") == expected


@pytest.mark.parametrize(
    "predicate", ["coMemberWith", "coInitiatorOf", "coHostWith", "coLeaderWith"]
)
def test_nobody_is_a_partner_of_itself(standings: Standings, predicate: str) -> None:
    assert all(len(pair) == 2 for pair in pairs(standings, predicate))


def test_the_shared_critique_reaches_all_eleven_scholars(standings: Standings) -> None:
    critique = ID["CritiqueNoBoundary"]
    reached = {
        one.subject
        for one in standings
        if one.predicate == GLOCAL["subjectToCritique"] and one.object == critique
    }

    assert len(reached) == 11


def test_nothing_is_derived_for_the_upward_and_downward_directions(standings: Standings) -> None:
    directions: set[NamedNode] = {ID["DirectionUpward"], ID["DirectionDownward"]}
    classes = {expand("rdf:type")}

    assert not [t for t in standings if t.object in directions and t.predicate not in classes]


def test_nine_cities_are_among_the_first_ten_of_both_rankings_and_none_is_chinese(
    standings: Standings,
) -> None:
    observed = {
        one.subject.value.removeprefix(f"{ID}obs-").partition("-RankGaWC")[::2]
        for one in standings
        if one.object == GLOCAL["TopTenObservation"]
    }
    first, second = (
        {city for city, ranking in observed if ranking == f"{kind}Connectivity"}
        for kind in ("IO", "NGO")
    )

    assert len(first & second) == 9
    assert (first - second, second - first) == ({"Geneva"}, {"Rome"})
    assert not (first | second) & {"Beijing", "HongKong", "Shanghai", "Guangzhou", "Shenzhen"}
