"""Changes of the content, each of which `glocal check` refuses with file and line."""

import pytest

from benchmarks.mutations import ContentCopy, read_mutations, try_mutations

pytestmark = pytest.mark.slow


def test_the_copy_of_the_content_has_no_finding(tmp_path) -> None:
    assert ContentCopy(tmp_path).check() == []


def test_mutations_are_refused_where_they_are_with_what_is_expected() -> None:
    # Half of them take a minute; the benchmark tries all, and each alone.
    mutations = read_mutations()[::2]

    outcomes = try_mutations(mutations, in_batches=True)

    assert len({outcome.mutation.name for outcome in outcomes}) == len(mutations) > 99
    assert [str(outcome) for outcome in outcomes if not outcome.is_refused] == []
