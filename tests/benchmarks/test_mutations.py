"""Changes of the content, each of which `glocal check` refuses with file and line."""

import pytest

from benchmarks.mutations import ContentCopy, read_mutations, try_mutations

pytestmark = pytest.mark.slow

# Of each stage, every so many; the benchmark tries all of them, and each alone.
SAMPLED = {"reading": 5, "statements": 15, "alone": 17}


def test_the_copy_of_the_content_has_no_finding(tmp_path) -> None:
    assert ContentCopy(tmp_path).check() == []


def test_a_sample_is_refused_where_it_is_with_what_is_expected() -> None:
    mutations = read_mutations()
    sample = [
        mutation
        for stage, step in SAMPLED.items()
        for mutation in [one for one in mutations if one.stage == stage][::step]
    ]

    outcomes = try_mutations(sample, in_batches=True)

    assert {outcome.mutation.name for outcome in outcomes} == {one.name for one in sample}
    assert [str(outcome) for outcome in outcomes if not outcome.is_refused] == []
    assert {one.stage for one in mutations} == SAMPLED.keys()
