from difflib import get_close_matches
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from kg.errors import similar_names
from kg.store.quad_store import Store


@pytest.mark.parametrize(
    "name",
    [
        "https://w3id.org/glocal/graph/asertet",
        "https://w3id.org/glocal/evidence/p10.2-fcat",
        "Londno",
    ],
)
def test_names_similar_among_thousands_are_those_of_a_comparison_with_each(
    newest_release: Path, name: str
) -> None:
    known = [graph.value for graph in Store.open(newest_release).named_graphs]

    assert len(known) > 1_000
    assert similar_names(name, known) == get_close_matches(name, known, n=3, cutoff=0.5)


def test_a_name_three_times_as_long_may_be_similar_and_a_longer_one_may_not() -> None:
    known = [f"{number:04}" for number in range(100)]

    assert similar_names("0042" + 8 * "x", known) == ["0042"]
    assert similar_names("0042" + 9 * "x", known) == []


def test_a_name_of_thirty_thousand_characters_has_the_names_of_a_comparison_in_detail() -> None:
    known = [f"https://w3id.org/glocal/graph/{number}" for number in range(1_000)]
    name = "x" * 30_000

    in_detail = process.extract(name, known, scorer=fuzz.ratio, score_cutoff=50)

    assert similar_names(name, known) == in_detail == []
