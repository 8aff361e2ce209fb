"""Triples as integers: what goes in comes out, and what was supposed is undone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, Triple

from kg.facts import Codes, Facts, Index, Vocabulary
from kg.namespaces import GLOCAL, ID

codes = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3))


def everything(index: Index) -> tuple[set[Codes], set[Codes], int]:
    """The triples as each of the two tables has them, and the size."""
    backward = {
        (subject, predicate, object_)
        for predicate, table in index.backward.items()
        for object_, subjects in table.items()
        for subject in subjects
    }
    return set(index), backward, index.size


def test_a_literal_has_a_negative_code_and_no_other_term_has() -> None:
    vocabulary = Vocabulary()
    triple = Triple(BlankNode("b"), GLOCAL["p"], Literal("x", language="en"))

    subject, predicate, object_ = vocabulary.encode_triple(triple)

    assert (subject > 0, predicate > 0, object_ < 0) == (True, True, True)
    assert vocabulary.decode_triple((subject, predicate, object_)) == triple
    assert (vocabulary.is_iri(subject), vocabulary.is_iri(predicate)) == (False, True)


def test_a_term_keeps_its_code() -> None:
    vocabulary = Vocabulary()
    london = vocabulary.encode(ID["London"])

    assert vocabulary.encode(ID["London"]) == london != vocabulary.encode(ID["Paris"])
    assert vocabulary.find(ID["London"]) == london
    assert vocabulary.find(ID["Tokyo"]) is None


@pytest.mark.parametrize("code", [0, -0])
def test_zero_is_no_code(code: int) -> None:
    with pytest.raises(KeyError):
        Vocabulary().decode(code)


@given(st.lists(codes), st.lists(codes))
def test_both_tables_hold_what_was_added_and_not_removed(
    added: list[Codes], removed: list[Codes]
) -> None:
    index = Index()

    new = [index.add(each) for each in added]
    gone = [index.remove(each) for each in removed]

    left = set(added) - set(removed)
    assert everything(index) == (left, left, len(left))
    assert (sum(new), sum(gone)) == (len(set(added)), len(set(added) & set(removed)))


@given(st.lists(codes), st.lists(codes), st.lists(codes))
def test_what_was_supposed_is_undone_at_each_depth(
    before: list[Codes], added: list[Codes], removed: list[Codes]
) -> None:
    facts = Facts(before)

    with facts.supposing():
        for each in added:
            facts.add(each)
        with facts.supposing():
            for each in removed:
                facts.remove(each)
            assert set(facts) == (set(before) | set(added)) - set(removed)
        assert set(facts) == set(before) | set(added)

    assert everything(facts) == (set(before), set(before), len(set(before)))


def test_what_was_supposed_is_undone_after_an_error() -> None:
    facts = Facts([(1, 2, 3)])

    def suppose_and_fail() -> None:
        with facts.supposing():
            facts.insert_subjects({4, 5}, 2, 3)
            facts.remove((1, 2, 3))
            raise KeyError

    with pytest.raises(KeyError):
        suppose_and_fail()
    assert everything(facts) == ({(1, 2, 3)}, {(1, 2, 3)}, 1)


def test_no_entry_is_left_empty() -> None:
    facts = Facts([(1, 2, 3)])
    facts.remove((1, 2, 3))

    assert (facts.forward, facts.backward) == ({}, {})
