"""One Spark session for all tests of a process, and what one process derives from files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.reasoning.derivation.reason_files import materialise
from kg.spark.session import spark_session

Lines = set[str]


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    settings = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"}
    with spark_session("local[2]", settings) as session:
        yield session


@pytest.fixture
def derived_in_one_process(tmp_path: Path) -> Callable[..., Lines]:
    """A function that returns the lines derived from files by `glocal reason` without `--on`."""

    def derive(facts: list[Path], ontology: list[Path], **options: Any) -> Lines:
        out = tmp_path / "one-process.nt"
        report = materialise(facts, ontology, out=out, **options)
        assert not report.contradictions
        return set(out.read_text("utf-8").splitlines())

    return derive
