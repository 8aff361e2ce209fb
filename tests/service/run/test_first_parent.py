import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from service.queries.snapshot import ParentOptions, StartedParent
from service.run.first_parent import FirstParent, parent_options
from service.settings import Settings


def end(parent: StartedParent) -> int:
    """Close the connection to a parent, and return its exit code."""
    parent.control.close()
    return parent.program.wait(30)


@pytest.fixture
def options(release: Path) -> ParentOptions:
    return parent_options(release, Settings())


@pytest.mark.slow
def test_the_application_takes_over_the_parent_that_was_started_first(
    release: Path, options: ParentOptions
) -> None:
    first = FirstParent(Settings(release=release))
    started = first._parent

    taken = asyncio.run(first.take(options))
    next_one = asyncio.run(first.take(options))

    assert taken == started
    assert next_one.program.pid != taken.program.pid
    assert (end(taken), end(next_one)) == (0, 0)


@pytest.mark.slow
def test_a_parent_for_another_release_is_ended_and_replaced(
    release: Path, options: ParentOptions
) -> None:
    first = FirstParent(Settings(release=release))
    started = first._parent
    assert started is not None

    taken = asyncio.run(first.take(replace(options, context_path=None)))

    assert started.program.wait(30) == 0
    assert taken.program.pid != started.program.pid
    assert end(taken) == 0


@pytest.mark.slow
def test_without_a_release_the_parent_is_started_when_it_is_asked_for(
    tmp_path: Path, options: ParentOptions
) -> None:
    first = FirstParent(Settings(release=tmp_path / "none"))

    taken = asyncio.run(first.take(options))

    assert end(taken) == 0
