from difflib import get_close_matches
from pathlib import Path

import pytest

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
