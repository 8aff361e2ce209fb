import asyncio
from asyncio import Task

import pytest

from service.errors import TooManyQueries
from service.processes.admission import Admission, Room


async def entering(admission: Admission, *clients: str) -> list[Task[None]]:
    """A task per query, once each runs or waits."""
    tasks = [asyncio.create_task(admission.enter(client)) for client in clients]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def running(tasks: list[Task[None]]) -> list[bool]:
    return [task.done() and task.exception() is None for task in tasks]


def test_one_too_many_waits_until_another_has_ended() -> None:
    async def scenario() -> tuple[list[bool], list[bool]]:
        admission = Admission(Room(running=2))
        tasks = await entering(admission, "a", "b", "c")
        before = running(tasks)
        admission.leave("a")
        await asyncio.gather(*tasks)
        return before, running(tasks)

    assert asyncio.run(scenario()) == ([True, True, False], [True, True, True])


def test_a_client_that_has_its_share_lets_others_pass() -> None:
    async def scenario() -> tuple[list[bool], int]:
        admission = Admission(Room(running=3, running_per_client=1))
        tasks = await entering(admission, "a", "a", "b")
        before = running(tasks)
        admission.leave("b")
        await asyncio.sleep(0)
        still_waiting = admission.waiting
        admission.leave("a")
        await asyncio.gather(*tasks)
        return before, still_waiting

    assert asyncio.run(scenario()) == ([True, False, True], 1)


def test_where_the_queue_is_full_the_client_with_most_in_it_gives_way() -> None:
    async def scenario() -> list[bool]:
        admission = Admission(Room(running=1, waiting=3))
        tasks = await entering(admission, "a", "a", "a", "a", "b")
        admission.leave("a")
        await asyncio.sleep(0)
        with pytest.raises(TooManyQueries):
            await tasks[3]
        admission.leave("a")
        admission.leave("a")
        await asyncio.gather(tasks[2], tasks[4])
        return running(tasks)

    assert asyncio.run(scenario()) == [True, True, True, False, True]


def test_who_has_waited_for_too_long_is_told_when_to_ask_again() -> None:
    async def scenario() -> tuple[int, int, int]:
        admission = Admission(Room(running=1, waiting_seconds=0.01))
        await admission.enter("a")
        with pytest.raises(TooManyQueries, match="Up to 1 queries run at once") as refused:
            await admission.enter("b")
        return refused.value.retry_seconds, admission.running, admission.waiting

    assert asyncio.run(scenario()) == (5, 1, 0)


@pytest.mark.parametrize("has_turn", [False, True])
def test_who_goes_away_while_waiting_leaves_no_place_taken(has_turn: bool) -> None:
    async def scenario() -> tuple[int, int]:
        admission = Admission(Room(running=1))
        tasks = await entering(admission, "a", "b")
        if has_turn:
            # In the same moment: the turn has come, and the task does not know it yet.
            admission.leave("a")
        tasks[1].cancel()
        await asyncio.wait(tasks)
        if not has_turn:
            admission.leave("a")
        return admission.running, admission.waiting

    assert asyncio.run(scenario()) == (0, 0)
