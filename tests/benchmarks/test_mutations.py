"""Changes of the content, each of which `glocal check` refuses with file and line."""

import pytest

from benchmarks.mutations import ContentCopy, read_mutations, try_mutations

pytestmark = pytest.mark.slow


def test_the_copy_of_the_content_has_no_finding(tmp_path) -> None:
    assert ContentCopy(tmp_path).check() == []


def test_every_mutation_is_refused_where_it_is_with_what_is_expected() -> None:
    mutations = read_mutations()

    outcomes = try_mutations(mutations, in_batches=True)

    assert len({outcome.mutation.name for outcome in outcomes}) == len(mutations) > 200
    assert [str(outcome) for outcome in outcomes if not outcome.is_refused] == []
