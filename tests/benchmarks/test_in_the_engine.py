from pathlib import Path

import pytest

from benchmarks.governance import write
from benchmarks.in_the_engine import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    folder: Path = tmp_path_factory.mktemp("governance")
    write(2_000, folder)
    return Engine(folder)


def test_all_that_follows_is_there_and_has_a_proof(engine: Engine) -> None:
    derived = engine.derived()

    assert len(derived) == 1_560
    engine.prove(derived)


def test_what_has_no_proof_is_not_counted_as_proved(engine: Engine) -> None:
    (subject, predicate, _), *_ = engine.edges(["partOf"])

    with pytest.raises(StopIteration):
        engine.prove([(subject, predicate, subject)])


def test_after_a_supposition_everything_is_as_before(engine: Engine) -> None:
    before, asserted = set(engine.facts), set(engine.asserted)
    edges = engine.edges(["memberOf", "addresses"])

    engine.remove(edges[:50])
    engine.add([(edges[0][0], edges[0][1], edges[1][0])])

    assert (set(engine.facts), set(engine.asserted)) == (before, asserted)
