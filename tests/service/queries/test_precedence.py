import asyncio
from asyncio import Task
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from service.queries.precedence import Place, Precedence


class Job:
    """A job of a client that asks to be urgent; it goes on in the background if it is told to."""

    def __init__(
        self, precedence: Precedence, client: str, seconds: float = 0, size: int = 0
    ) -> None:
        self.precedence, self.place = precedence, Place(client, size)
        self.place.processor_seconds = self._processor_seconds
        self.seconds, self.checks = seconds, 0
        self.place.lower = partial(precedence.release, self.place, goes_on=True)

    async def ask(self) -> bool:
        return await self.precedence.take(self.place)

    def _processor_seconds(self) -> float:
        self.checks += 1
        return self.seconds

    async def be_checked(self) -> None:
        """Wait until this urgent job was checked while others waited, or none waits any more."""
        enough = self.checks + 2
        while self.checks < enough and self.precedence.waiting:
            await asyncio.sleep(0)

    def end(self) -> None:
        self.precedence.release(self.place)

    @property
    def is_urgent(self) -> bool:
        return self.place.is_urgent


async def begun_before(*jobs: Job) -> None:
    """Let these jobs have begun a tenth of a second before, and wait until they were checked."""
    for one in jobs:
        one.place.since -= 0.1
    await jobs[0].be_checked()


async def asking(*jobs: Job) -> list[Task[bool]]:
    """Ask for all of them, one after another, and return once each is urgent or waits."""
    tasks = [asyncio.create_task(job.ask()) for job in jobs]
    await asyncio.sleep(0)
    return tasks


def run(
    scenario: Callable[[Precedence], Awaitable[None]],
    at_once: int = 1,
    waiting_seconds: float = 3,
) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60):
            await scenario(Precedence(at_once, waiting_seconds))

    asyncio.run(whole())


@pytest.mark.parametrize(("process_id", "goes_on"), [(None, False), (7, True)])
def test_while_a_process_is_being_forked_no_further_one_is_begun(
    process_id: int | None, goes_on: bool
) -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, third = (Job(precedence, client) for client in "abc")
        for one in (first, second):
            one.place.process_id, one.place.is_sleeping = lambda: process_id, lambda: True
        await asking(first, second, third)
        await begun_before(first, second)
        assert third.is_urgent is goes_on

    run(scenario)


@pytest.mark.parametrize("is_sleeping", [False, True])
def test_a_job_that_computes_keeps_its_turn_and_one_that_sleeps_does_not(is_sleeping: bool) -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, waiting = (Job(precedence, client, 0.001) for client in "abc")
        for one in (first, second):
            one.place.process_id, one.place.is_sleeping = lambda: 7, lambda: is_sleeping
        await asking(first, second, waiting)
        await begun_before(first, second)
        assert (first.is_urgent, waiting.is_urgent) == (True, is_sleeping)

    run(scenario)


def test_a_small_job_that_waits_has_the_next_turn_beside_a_larger_one() -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, small = (
            Job(precedence, client, size=size)
            for client, size in zip("abc", (9, 9, 3), strict=True)
        )
        await asking(first, second, small)
        # One more than those that begin at once has a turn.
        first.end()
        assert small.is_urgent

    run(scenario)


def test_a_larger_job_that_comes_does_not_pass_one_that_waits() -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, waiting, larger, alike = (
            Job(precedence, client, size=size)
            for client, size in zip("abcde", (3, 3, 3, 9, 3), strict=True)
        )
        await asking(first, second, waiting)
        precedence.release(first.place, goes_on=True)
        await asking(larger, alike)
        assert [one.is_urgent for one in (waiting, larger, alike)] == [False, False, True]

    run(scenario)


def test_a_small_job_comes_before_larger_ones_that_came_later() -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, small, large = (
            Job(precedence, client, size=size)
            for client, size in zip("abcd", (0, 0, 3, 9), strict=True)
        )
        await asking(first, second, small, large)
        first.end()
        second.end()
        await asyncio.sleep(0)
        assert (small.is_urgent, large.is_urgent) == (True, False)

    run(scenario)


def test_the_newest_job_comes_first() -> None:
    async def scenario(precedence: Precedence) -> None:
        first, second, older, newer = (Job(precedence, client) for client in "abcd")
        tasks = await asking(first, second, older, newer)
        first.end()
        second.end()
        await tasks[3]
        assert (older.is_urgent, newer.is_urgent) == (False, True)
        newer.end()
        assert await tasks[2]
        assert older.is_urgent

    run(scenario)


def test_the_job_of_a_client_that_has_used_less_comes_before_newer_ones() -> None:
    async def scenario(precedence: Precedence) -> None:
        precedence.add(used := Job(precedence, "busy", 0.05).place)
        precedence.release(used)
        first, second, calm, busy = (
            Job(precedence, client) for client in ("a", "b", "calm", "busy")
        )
        tasks = await asking(first, second, calm, busy)
        first.end()
        second.end()
        await tasks[2]
        assert (calm.is_urgent, busy.is_urgent) == (True, False)

        calm.end()
        assert await tasks[3]

    run(scenario)


def test_a_job_that_has_had_its_moment_makes_room_and_another_does_not() -> None:
    async def scenario(precedence: Precedence) -> None:
        long, *short = Job(precedence, "long", 0.003), *(Job(precedence, c, 0.001) for c in "ab")
        await asking(long, *short)
        assert [one.is_urgent for one in (long, *short)] == [False, True, True]

        third = Job(precedence, "third")
        await asking(third)
        await short[0].be_checked()
        assert [one.is_urgent for one in (*short, third)] == [True, True, False]
        for one in short:
            one.end()

    run(scenario)


def test_after_a_long_job_one_that_comes_now_is_urgent_before_those_that_wait() -> None:
    async def scenario(precedence: Precedence) -> None:
        long, other, waiting, new = (Job(precedence, client) for client in "abcd")
        *_, task = await asking(long, other, waiting)
        precedence.release(long.place, goes_on=True)
        assert await new.ask()
        new.end()
        other.end()
        # In its turn, a little later.
        assert not waiting.is_urgent
        assert await task
        waiting.end()

    run(scenario)


def test_a_new_process_has_a_longer_moment() -> None:
    async def scenario(precedence: Precedence) -> None:
        job, other, waiting = Job(precedence, "a", 0.003), *(Job(precedence, c) for c in "bc")
        job.place.is_new = True
        await asking(job, other, waiting)
        await job.be_checked()
        assert (job.is_urgent, waiting.is_urgent) == (True, False)
        job.end()

    run(scenario)


def test_who_waits_for_a_process_keeps_nobody_waiting_for_long() -> None:
    async def scenario(precedence: Precedence) -> None:
        *without, other = (Job(precedence, client) for client in "abc")
        *_, task = await asking(*without, other)
        for one in without:
            # More than a second ago.
            one.place.since -= 2
        assert await task
        assert [one.is_urgent for one in without] == [True, True]

    run(scenario)


def test_a_client_that_sends_many_or_long_jobs_has_others_run_in_the_background() -> None:
    async def scenario(precedence: Precedence) -> None:
        jobs = [Job(precedence, "busy", 0.01) for _ in range(5)]
        assert [await job.ask() for job in jobs] == [True] * 4 + [False]
        for job in jobs:
            job.end()
        # They were short after all.
        short, other = Job(precedence, "busy"), Job(precedence, "other")
        assert await short.ask()
        short.end()

        for _ in range(5):
            long = Job(precedence, "long")
            await long.ask()
            precedence.release(long.place, goes_on=True)
        assert not await Job(precedence, "long").ask()
        assert await other.ask()
        other.end()

    run(scenario, at_once=9)


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
