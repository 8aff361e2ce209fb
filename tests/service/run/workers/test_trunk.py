import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import QueryProcessesDown
from service.queries.parent_client import connect_to_trunk
from service.queries.snapshot import EVALUATOR_PROGRAM, QUERY_PROGRAM, StartedParent
from service.run.first_parent import parent_options
from service.run.workers.trunk import Generation, Trunk, trunk_address
from service.settings import Settings
from tests.service.conftest import children_of

pytestmark = pytest.mark.slow


@pytest.fixture
def address(tmp_path: Path) -> Path:
    return trunk_address(tmp_path, 1, QUERY_PROGRAM)


@pytest.fixture
def run(release: Path, address: Path) -> Callable[..., object]:
    """Run a scenario with a trunk for a release, which ends after it."""

    def run_with_trunk(scenario: Callable[[Trunk], Awaitable[object]], **options: object) -> object:
        async def whole() -> object:
            trunk = Trunk(replace(parent_options(release, Settings()), **options), address)
            try:
                async with asyncio.timeout(30):
                    return await scenario(trunk)
            finally:
                trunk.kill()
                await trunk.running

        return asyncio.run(whole())

    return run_with_trunk


def process_of(parent: StartedParent) -> int:
    """Return the process id of the trunk that has forked this parent."""
    [trunk] = [one for one in children_of(os.getpid()) if parent.program.pid in children_of(one)]
    return trunk


def test_two_that_want_a_parent_for_one_release_get_one_each(run, address: Path) -> None:
    async def scenario(_: Trunk) -> tuple[set[int], set[int]]:
        parents = await asyncio.gather(*(connect_to_trunk(address) for _ in range(2)))
        forked = set(children_of(process_of(parents[0])))
        for parent in parents:
            parent.control.close()
        return {parent.program.pid for parent in parents}, forked

    told, forked = run(scenario)

    assert (len(told), told) == (2, forked)


def test_a_trunk_that_was_killed_takes_its_parents_along_and_is_replaced(
    run, address: Path, is_gone
) -> None:
    async def scenario(_: Trunk) -> tuple[bool, bool]:
        first = await connect_to_trunk(address)
        killed = process_of(first)
        os.kill(killed, signal.SIGKILL)
        died = await asyncio.to_thread(is_gone, first.program.pid)
        while True:
            try:
                second = await connect_to_trunk(address)
                break
            # Whoever connects while the trunk dies may be refused.
            except QueryProcessesDown:
                await asyncio.sleep(0.01)
        replaced_by = process_of(second)
        for parent in (first, second):
            parent.control.close()
        return died, replaced_by != killed

    assert run(scenario) == (True, True)


def test_a_retired_trunk_forks_no_more_and_ends_with_its_last_parent(run, address: Path) -> None:
    async def scenario(trunk: Trunk) -> tuple[bool, bool]:
        parent = await connect_to_trunk(address)
        process = process_of(parent)
        trunk.retire()
        await asyncio.sleep(0.3)
        serves_on = parent.program.pid in children_of(process)
        parent.control.close()
        await trunk.running
        with pytest.raises(QueryProcessesDown):
            await connect_to_trunk(address)
        return serves_on, process in children_of(os.getpid())

    assert run(scenario) == (True, False)


def test_who_connected_before_a_trunk_was_retired_gets_a_parent(run, address: Path) -> None:
    async def scenario(trunk: Trunk) -> int:
        before = set(children_of(os.getpid()))
        connecting = asyncio.create_task(connect_to_trunk(address))
        # Its process and `ps`; it is still loading then.
        while len(set(children_of(os.getpid())) - before) < 2:
            await asyncio.sleep(0.001)
        trunk.retire()
        parent = await connecting
        parent.control.close()
        await trunk.running
        return parent.program.wait(10)

    assert run(scenario) == 0


def test_evaluators_can_be_started_until_the_last_request_to_their_release(
    release: Path, tmp_path: Path
) -> None:
    async def scenario() -> int:
        generation = Generation(1, release, Settings(), tmp_path)
        queries = await connect_to_trunk(trunk_address(tmp_path, 1, QUERY_PROGRAM))
        generation.retire()
        await asyncio.sleep(0.1)
        evaluators = await connect_to_trunk(trunk_address(tmp_path, 1, EVALUATOR_PROGRAM))
        for parent in (queries, evaluators):
            parent.control.close()
        async with asyncio.timeout(10):
            while any(tmp_path.glob(f"*.{EVALUATOR_PROGRAM}")):
                await asyncio.sleep(0.01)
        await generation.end()
        return evaluators.program.wait(10)

    assert asyncio.run(scenario()) == 0


def test_a_trunk_that_nobody_needed_leaves_nothing(run, address: Path) -> None:
    async def scenario(trunk: Trunk) -> bool:
        trunk.retire()
        await trunk.running
        return address.exists()

    assert run(scenario) is False


def test_nobody_waits_for_a_trunk_that_cannot_load_its_release(run, tmp_path: Path) -> None:
    async def scenario(_: Trunk) -> None:
        with pytest.raises(QueryProcessesDown):
            await connect_to_trunk(trunk_address(tmp_path, 1, QUERY_PROGRAM))

    run(scenario, context_path=tmp_path / "none")


def test_a_connection_that_nobody_waits_for_any_more_harms_no_other(run, address: Path) -> None:
    async def scenario(_: Trunk) -> tuple[int, list[object]]:
        failures: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: failures.append(told))
        abandoned = asyncio.create_task(connect_to_trunk(address))
        await asyncio.sleep(0.01)
        abandoned.cancel()
        await asyncio.wait([abandoned])
        parent = await connect_to_trunk(address)
        while children_of(process_of(parent)) != [parent.program.pid]:
            await asyncio.sleep(0.01)
        parent.control.close()
        return parent.program.wait(10), failures

    assert run(scenario) == (0, [])
