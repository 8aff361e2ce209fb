"""Few or many, the values of a key are the same, and what is shared never changes."""

from collections import defaultdict
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.reasoning.facts.adjacency import (
    AdjacencyMap,
    Values,
    copy_of,
    group,
    intersect,
    invert,
    merge,
    pack,
    subtract,
    unite,
    without,
)

FEW, MANY = range(1, 4), range(1, 41)
# Some values, of which there may be more than a tuple has.
values = st.builds(
    lambda first, count, step: pack({first + step * number for number in range(count)}),
    st.integers(1, 20),
    st.integers(0, 40),
    st.integers(1, 3),
)
pairs = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 60)), max_size=80)


def is_packed(found: Collection[int]) -> bool:
    """Whether few values are a tuple and many a set, none of them twice."""
    wanted = tuple if len(found) <= 16 else set
    return type(found) is wanted and len(set(found)) == len(found)


def of_pairs(side: AdjacencyMap) -> set[tuple[int, int]]:
    return {(key, value) for key, found in side.items() for value in found}


@given(values, values)
def test_what_both_have_and_what_only_one_has(first: Values, second: Values) -> None:
    common, rest = intersect(first, second), subtract(first, second)

    assert (set(common), set(rest)) == (set(first) & set(second), set(first) - set(second))
    assert len(common) + len(rest) == len(first)
    assert is_packed(rest)


@given(values, values)
def test_new_values_are_added(known: Values, found: Values) -> None:
    before, fresh = set(known), subtract(found, known)

    united = unite(known, fresh)

    assert set(united) == before | set(found)
    assert is_packed(united)


@given(values, values)
def test_values_are_removed(known: Values, gone: Values) -> None:
    before = set(known)

    rest = without(known, gone)

    assert set(rest) == before - set(gone)
    assert len(rest) == len(set(rest))


@pytest.mark.parametrize("number", [1, 16, 17, 40])
def test_a_copy_keeps_its_values(number: int) -> None:
    original = pack(set(range(number)))
    copy = copy_of(original)

    unite(original, (100,))
    without(original, (0,))

    assert copy == pack(set(range(number)))


@pytest.mark.parametrize("number", [3, 40])
def test_views_of_keys_count_as_values(number: int) -> None:
    keys = dict.fromkeys(range(number)).keys()

    assert set(intersect(keys, (1, 2, 50))) == {1, 2}
    assert set(intersect((1, 2, 50), keys)) == {1, 2}
    assert set(intersect(keys, set(range(1, 60)))) == set(range(1, number))


@given(pairs)
def test_columns_are_grouped_with_each_pair_once(rows: list[tuple[int, int]]) -> None:
    side = group([key for key, _ in rows], [value for _, value in rows])

    assert of_pairs(side) == set(rows)
    assert all(map(is_packed, side.values()))


@given(pairs)
def test_a_map_is_inverted(rows: list[tuple[int, int]]) -> None:
    side = invert(group([key for key, _ in rows], [value for _, value in rows]))

    assert of_pairs(side) == {(value, key) for key, value in rows}
    assert all(map(is_packed, side.values()))
    with pytest.raises(KeyError):
        side[0]


@given(st.lists(pairs, max_size=3))
def test_maps_are_merged_and_left_as_they_are(parts: list[list[tuple[int, int]]]) -> None:
    sides = [group([key for key, _ in rows], [value for _, value in rows]) for rows in parts]
    before = [of_pairs(side) for side in sides]

    merged = merge(sides)

    assert of_pairs(merged) == {row for rows in parts for row in rows}
    assert [of_pairs(side) for side in sides] == before


def test_few_values_are_shared_by_a_set_of_results() -> None:
    results: dict[int, set[int]] = defaultdict(set)
    results[1].update(FEW)
    results[2].update(MANY)

    assert pack(results[1]) == tuple(FEW)
    assert pack(results[2]) is results[2]
