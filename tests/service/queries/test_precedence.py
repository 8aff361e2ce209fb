import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable

import pytest

from service.queries.precedence import Place, Precedence


class Job:
    """A job of a client that asks to be urgent."""

    def __init__(self, precedence: Precedence, client: str) -> None:
        self.precedence, self.place = precedence, Place(client)

    async def ask(self) -> bool:
        return await self.precedence.take(self.place)

    def end(self) -> None:
        self.precedence.release(self.place)

    @property
    def is_urgent(self) -> bool:
        return self.place.is_urgent


async def asking(*jobs: Job) -> list[Task[bool]]:
    """Ask for all of them, one after another, and return once each is urgent or waits."""
    tasks = [asyncio.create_task(job.ask()) for job in jobs]
    await asyncio.sleep(0)
    return tasks


def run(scenario: Callable[[Precedence], Awaitable[None]], waiting_seconds: float = 60) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60):
            await scenario(Precedence(1, waiting_seconds))

    asyncio.run(whole())


@pytest.mark.parametrize("has_turn", [False, True])
def test_who_goes_away_while_waiting_takes_nothing_along(has_turn: bool) -> None:
    async def scenario(precedence: Precedence) -> None:
        *running, waiting, new = (Job(precedence, client) for client in "abcd")
        tasks = await asking(*running, waiting)
        if not has_turn:
            tasks[-1].cancel()
            await asyncio.wait(tasks)
        for one in running:
            one.end()
        # In the same moment: the turn has come, and the task does not know it yet.
        tasks[-1].cancel()
        await asyncio.wait(tasks)
        assert precedence.urgent == 0
        assert await new.ask()

    run(scenario)


def test_a_job_waits_for_its_turn_for_a_limited_time() -> None:
    async def scenario(precedence: Precedence) -> None:
        *running, waiting = (Job(precedence, client) for client in "abc")
        *_, task = await asking(*running, waiting)
        for one in running:
            # Of one that uses nothing and has only just begun, the moment does not pass.
            one.place.since = float("inf")
        with pytest.raises(TimeoutError):
            await task
        assert [one.is_urgent for one in (*running, waiting)] == [True, True, False]
        assert precedence.waiting == 0

    run(scenario, waiting_seconds=0.1)
