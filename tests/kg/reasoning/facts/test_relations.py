"""Indexed triples: additions and removals show on both sides and can be undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relations import Changes, TripleIndex, match_triples

codes = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3))


def everything(
    index: TripleIndex,
) -> tuple[set[CodedTriple], set[CodedTriple], set[CodedTriple], int]:
    """The triples by iteration, from the forward sides and from the backward sides; the number."""
    forward, backward = set[CodedTriple](), set[CodedTriple]()
    for predicate in index.predicates():
        for subject, objects in index.forward(predicate).items():
            forward |= {(subject, predicate, object_) for object_ in objects}
        for object_, subjects in index.backward(predicate).items():
            backward |= {(subject, predicate, object_) for subject in subjects}
    return set(index), forward, backward, len(index)


def all_sides(
    triples: set[CodedTriple],
) -> tuple[set[CodedTriple], set[CodedTriple], set[CodedTriple], int]:
    return triples, triples, triples, len(triples)


@given(st.lists(codes), st.lists(codes))
def test_both_tables_hold_what_was_added_and_not_removed(
    added: list[CodedTriple], removed: list[CodedTriple]
) -> None:
    index = TripleIndex()

    new = [index.add(each) for each in added]
    gone = [index.remove(each) for each in removed]

    left = set(added) - set(removed)
    assert everything(index) == all_sides(left)
    assert (sum(new), sum(gone)) == (len(set(added)), len(set(added) & set(removed)))


@given(st.lists(codes), st.lists(codes), st.lists(codes))
def test_what_was_supposed_is_undone_at_each_depth(
    before: list[CodedTriple], added: list[CodedTriple], removed: list[CodedTriple]
) -> None:
    facts = TripleIndex(before)

    with facts.undo_on_exit():
        for each in added:
            facts.add(each)
        with facts.undo_on_exit():
            for each in removed:
                facts.remove(each)
            assert set(facts) == (set(before) | set(added)) - set(removed)
        assert set(facts) == set(before) | set(added)

    assert everything(facts) == all_sides(set(before))


def test_what_was_supposed_is_undone_after_an_error() -> None:
    facts = TripleIndex([(1, 2, 3)])

    def suppose_and_fail() -> None:
        with facts.undo_on_exit():
            facts.add_pairs(2, {3: {4, 5}}, is_forward=False, is_owned=True)
            facts.remove((1, 2, 3))
            raise KeyError

    with pytest.raises(KeyError):
        suppose_and_fail()
    assert everything(facts) == all_sides({(1, 2, 3)})


def test_no_entry_is_left_empty() -> None:
    facts = TripleIndex([(1, 2, 3)])
    facts.remove((1, 2, 3))

    assert (facts.predicates(), list(facts), facts.forward(2), facts.backward(2)) == (
        [],
        [],
        {},
        {},
    )


@given(st.lists(codes), st.booleans(), st.lists(codes), st.booleans())
def test_what_is_absorbed_is_what_was_not_there(
    before: list[CodedTriple], asks_first: bool, found: list[CodedTriple], is_forward: bool
) -> None:
    index = TripleIndex(before)
    if asks_first:
        everything(index)
    new = set[CodedTriple]()
    for predicate in (1, 2):
        side: dict[int, set[int]] = {}
        for subject, _, object_ in (each for each in found if each[1] == predicate):
            key, value = (subject, object_) if is_forward else (object_, subject)
            side.setdefault(key, set()).add(value)
        fresh = index.add_pairs(predicate, side, is_forward=is_forward, is_owned=True)
        pairs = {(key, value) for key, values in fresh.items() for value in values}
        new |= {(a, predicate, b) if is_forward else (b, predicate, a) for a, b in pairs}

    assert new == set(found) - set(before)
    assert everything(index) == all_sides(set(found) | set(before))


@pytest.mark.parametrize("number", [1, 16, 17, 100])
@pytest.mark.parametrize("is_forward", [True, False])
def test_a_key_has_any_number_of_values(number: int, is_forward: bool) -> None:
    triples = {(1, 2, value) if is_forward else (value, 2, 1) for value in range(1, number + 1)}
    index = TripleIndex([(7, 2, 8)])
    everything(index)

    with index.undo_on_exit():
        assert all(index.add(each) for each in sorted(triples))
        assert not any(index.add(each) for each in triples)
        assert everything(index) == all_sides({*triples, (7, 2, 8)})
        assert all(index.remove(each) for each in triples if 2 not in each[::2])
        assert set(index) - {(7, 2, 8)} == {each for each in triples if 2 in each[::2]}

    assert everything(index) == all_sides({(7, 2, 8)})


@given(st.lists(codes), st.booleans())
def test_ends_need_no_side(triples: list[CodedTriple], is_read: bool) -> None:
    index = TripleIndex(triples)
    if is_read:
        everything(index)

    for predicate in (1, 2, 3):
        found = [each for each in triples if each[1] == predicate]
        assert index.subjects(predicate) == {subject for subject, _, _ in found}
        assert index.objects(predicate) == {object_ for _, _, object_ in found}


def test_relations_share_no_set_that_changes() -> None:
    index = TripleIndex()
    index.fill(1, {1: set(range(100))}, is_forward=True)

    index.add_pairs(2, index.forward(1), is_forward=True, is_owned=False)
    index.add((1, 1, 200))
    index.remove((1, 1, 5))

    assert set(index.forward(2)[1]) == set(range(100))


@given(st.lists(codes), st.tuples(*[st.none() | st.integers(1, 3)] * 3))
def test_any_pattern_finds_what_fits(
    triples: list[CodedTriple], pattern: tuple[int | None, int | None, int | None]
) -> None:
    found = list(match_triples(TripleIndex(triples), *pattern))

    fitting = {
        each
        for each in triples
        if all(asked in {None, code} for asked, code in zip(pattern, each, strict=True))
    }
    assert (set(found), len(found)) == (fitting, len(fitting))


@given(st.lists(st.tuples(codes, st.booleans())))
def test_changes_have_both_sides_of_what_was_noted(noted: list[tuple[CodedTriple, bool]]) -> None:
    changes = Changes()
    for (subject, predicate, object_), is_forward in noted:
        pair = {subject: {object_}} if is_forward else {object_: {subject}}
        changes.add(predicate, pair, is_forward=is_forward)

    expected = {each for each, _ in noted}
    sides = everything(TripleIndex(expected))
    assert bool(changes) == bool(expected)
    assert set(changes.predicates()) == {predicate for _, predicate, _ in expected}
    for predicate in changes.predicates():
        forward = {
            (subject, predicate, object_)
            for subject, objects in changes.forward(predicate).items()
            for object_ in objects
        }
        backward = {
            (subject, predicate, object_)
            for object_, subjects in changes.backward(predicate).items()
            for subject in subjects
        }
        assert forward == backward == {each for each in sides[0] if each[1] == predicate}
        assert changes.subjects(predicate) == {subject for subject, _, _ in forward}
        assert changes.objects(predicate) == {object_ for _, _, object_ in forward}
