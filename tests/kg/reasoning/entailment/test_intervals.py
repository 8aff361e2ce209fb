"""Sets of numbers as intervals, against the numbers themselves."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kg.reasoning.entailment.intervals import (
    EVERYTHING,
    IntervalSet,
    between,
    compared,
    complement,
    has_fraction,
    has_integer,
    intersection,
)

NUMBERS = [Fraction(number, 2) for number in range(-6, 7)]
conditions = st.lists(
    st.tuples(
        st.sampled_from(["<", "<=", ">", ">=", "="]), st.sampled_from(NUMBERS), st.booleans()
    ),
    max_size=4,
)


def contains(intervals: IntervalSet, number: Fraction) -> bool:
    return any(low <= (number, 0) and (number, 1) <= high for low, high in intervals)


@given(conditions)
def test_conditions_have_the_numbers_that_meet_them(
    given_conditions: list[tuple[str, Fraction, bool]],
) -> None:
    sets = [
        compared(operator, bound) if is_true else complement(compared(operator, bound))
        for operator, bound, is_true in given_conditions
    ]
    both = intersection(sets)

    for number in NUMBERS:
        meets = all(
            {
                "<": number < bound,
                "<=": number <= bound,
                ">": number > bound,
                ">=": number >= bound,
                "=": number == bound,
            }[operator]
            == is_true
            for operator, bound, is_true in given_conditions
        )
        assert contains(both, number) == meets
        assert contains(complement(both), number) != meets


def test_integers_and_fractions_in_intervals() -> None:
    open_unit = intersection([compared(">", 1), compared("<", 2)])

    assert has_fraction(open_unit)
    assert not has_integer(open_unit)
    assert has_integer(between(1, 1))
    assert not has_fraction(between(1, 1))
    assert has_fraction(between(Fraction(1, 2), Fraction(1, 2)))
    assert has_integer(EVERYTHING)
    assert not has_integer(intersection([compared("<", 1), compared(">", 2)]))
    assert not has_integer(between(2, 1))
