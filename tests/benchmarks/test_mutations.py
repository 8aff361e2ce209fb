"""Changes of the content, each of which `glocal check` refuses with file and line.

The benchmark tries all of them; some are tried here, in few checks.
"""

import pytest

from benchmarks.mutations import read_mutations, try_mutations

pytestmark = pytest.mark.slow


def test_mutations_are_refused_where_they_are_with_what_is_expected() -> None:
    mutations = [each for each in read_mutations() if each.stage != "alone"][::10]

    outcomes = try_mutations(mutations, in_batches=True)

    assert len({outcome.mutation.name for outcome in outcomes}) == len(mutations) > 20
    assert [str(outcome) for outcome in outcomes if not outcome.is_refused] == []
