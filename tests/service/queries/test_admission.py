import asyncio
from asyncio import Task

import pytest

from service.errors import BudgetSpent, TooManyQueries
from service.queries.admission import Admission, AdmissionLimits, Place
from service.queries.clients import NOBODY, BudgetLimits


def leave(admission: Admission, client: str) -> None:
    """End one running job of the client."""
    admission.leave(next(place for place in admission.places if place.client == client))


async def entering(admission: Admission, *clients: str) -> list[Task[Place]]:
    """Start a task per query, and return them once each runs or waits."""
    tasks = [asyncio.create_task(admission.enter(client)) for client in clients]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


def running(tasks: list[Task[Place]]) -> list[bool]:
    return [task.done() and task.exception() is None for task in tasks]


def test_one_too_many_waits_until_another_has_ended() -> None:
    async def scenario() -> tuple[list[bool], list[bool]]:
        admission = Admission(AdmissionLimits(running=2))
        tasks = await entering(admission, "a", "b", "c")
        before = running(tasks)
        leave(admission, "a")
        await asyncio.gather(*tasks)
        return before, running(tasks)

    assert asyncio.run(scenario()) == ([True, True, False], [True, True, True])


def test_a_client_that_has_its_share_lets_others_pass() -> None:
    async def scenario() -> tuple[list[bool], int]:
        admission = Admission(AdmissionLimits(running=3, running_per_client=1))
        tasks = await entering(admission, "a", "a", "b")
        before = running(tasks)
        leave(admission, "b")
        await asyncio.sleep(0)
        still_waiting = admission.waiting
        leave(admission, "a")
        await asyncio.gather(*tasks)
        return before, still_waiting

    assert asyncio.run(scenario()) == ([True, False, True], 1)


def test_the_services_own_work_gets_a_place_though_all_are_taken_and_its_budget_is_spent() -> None:
    async def scenario() -> tuple[list[bool], int]:
        admission = Admission(AdmissionLimits(running=1, budget=BudgetLimits(seconds=1)))
        admission.budgets.charge(NOBODY, 100)
        tasks = await entering(admission, "a", "b", NOBODY)
        own = running(tasks)
        leave(admission, NOBODY)
        leave(admission, "a")
        await asyncio.gather(*tasks)
        return own, admission.running

    assert asyncio.run(scenario()) == ([True, False, True], 1)


def test_where_the_queue_is_full_the_client_with_most_in_it_gives_way() -> None:
    async def scenario() -> list[bool]:
        admission = Admission(AdmissionLimits(running=1, waiting=3))
        tasks = await entering(admission, "a", "a", "a", "a", "b")
        leave(admission, "a")
        await asyncio.sleep(0)
        with pytest.raises(TooManyQueries):
            await tasks[3]
        leave(admission, "a")
        leave(admission, "a")
        await asyncio.gather(tasks[2], tasks[4])
        return running(tasks)

    assert asyncio.run(scenario()) == [True, True, True, False, True]


def test_who_has_waited_for_too_long_is_told_when_to_ask_again() -> None:
    async def scenario() -> tuple[int, int, int]:
        admission = Admission(AdmissionLimits(running=1, waiting_seconds=0.01))
        await admission.enter("a")
        with pytest.raises(TooManyQueries, match="At most 1 queries run at once") as refused:
            await admission.enter("b")
        return refused.value.retry_seconds, admission.running, admission.waiting

    assert asyncio.run(scenario()) == (5, 1, 0)


@pytest.mark.parametrize("has_turn", [False, True])
def test_who_goes_away_while_waiting_leaves_no_place_taken(has_turn: bool) -> None:
    async def scenario() -> tuple[int, int]:
        admission = Admission(AdmissionLimits(running=1))
        tasks = await entering(admission, "a", "b")
        if has_turn:
            # In the same moment: the turn has come, and the task does not know it yet.
            leave(admission, "a")
        tasks[1].cancel()
        await asyncio.wait(tasks)
        if not has_turn:
            leave(admission, "a")
        return admission.running, admission.waiting

    assert asyncio.run(scenario()) == (0, 0)


def test_the_last_places_are_for_clients_that_have_nothing_running() -> None:
    async def scenario() -> list[bool]:
        admission = Admission(AdmissionLimits(running=8))
        tasks = await entering(admission, *"aaaaaaaa", "b", "b", "c")
        before = running(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return before

    assert asyncio.run(scenario()) == [*[True] * 6, False, False, True, False, True]


@pytest.mark.parametrize(
    ("clients", "are_running"),
    [
        # A /64 has the share of one client, a /56 of two and a /48 of four.
        (["2001:db8::1", "2001:db8::2", "2001:db8::3"], [True, True, False]),
        ([f"2001:db8:0:{number}::1" for number in (1, 1, 2, 2, 3)], [*[True] * 4, False]),
        ([f"2001:db8:0:{number}00::1" for number in range(9)], [*[True] * 8, False]),
        (["192.0.2.1", "192.0.2.2", "::ffff:192.0.2.1", "192.0.2.1"], [True, True, True, False]),
    ],
)
def test_the_networks_of_one_host_have_a_share(clients: list[str], are_running: list[bool]) -> None:
    async def scenario() -> list[bool]:
        admission = Admission(AdmissionLimits(running=64, running_per_client=2))
        tasks = await entering(admission, *clients)
        before = running(tasks)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        return before

    assert asyncio.run(scenario()) == are_running


def test_the_next_place_goes_to_the_client_with_the_fewest_jobs_and_of_them_to_the_oldest() -> None:
    async def scenario() -> list[str]:
        admission, began = Admission(AdmissionLimits(running=3)), list[str]()

        async def run(name: str) -> None:
            await admission.enter(name.rstrip("12"))
            began.append(name)

        tasks = [asyncio.create_task(run(name)) for name in ("a", "a", "a", "a1", "a2", "b1")]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for _ in range(3):
            leave(admission, "a")
        await asyncio.gather(*tasks)
        return began[3:]

    assert asyncio.run(scenario()) == ["b1", "a1", "a2"]


def test_a_client_without_budget_is_refused_only_while_others_wait() -> None:
    async def scenario() -> list[str]:
        admission = Admission(AdmissionLimits(budget=BudgetLimits(10, 60)))
        outcomes = []
        admission.budgets.charge("busy", 12)
        for others in ((), ("other",), ()):
            places = [await admission.enter(other) for other in others]
            try:
                admission.leave(await admission.enter("busy"))
                outcomes.append("ran")
            except BudgetSpent as error:
                outcomes.append(f"refused for {error.retry_seconds} s")
            for place in places:
                admission.leave(place)
        return outcomes

    assert asyncio.run(scenario()) == ["ran", "refused for 3 s", "ran"]


def test_what_a_job_has_used_so_far_counts_too_and_strict_budgets_always_hold() -> None:
    async def scenario() -> None:
        limits = AdmissionLimits(budget=BudgetLimits(10, 60, is_strict=True))
        admission = Admission(limits)
        place = await admission.enter("busy")
        place.processor_seconds = lambda: 11.0
        with pytest.raises(BudgetSpent, match="more than 10 s of processor time"):
            await admission.enter("busy")
        admission.leave(place)
        with pytest.raises(BudgetSpent):
            await admission.enter("busy")

    asyncio.run(scenario())


def test_a_job_that_waits_for_its_reader_gives_up_its_place_once() -> None:
    async def scenario() -> tuple[int, int, int]:
        admission = Admission(AdmissionLimits(running=1))
        [slow] = await entering(admission, "a")
        waiting = await entering(admission, "b", "c")
        admission.give_up(slow.result())
        # It is still known, such as to the guard of memory.
        known = len(admission.places)
        admission.leave(slow.result())
        await asyncio.sleep(0)
        return known, running(waiting).count(True), admission.running

    assert asyncio.run(scenario()) == (2, 1, 1)


def test_what_waits_for_its_readers_keeps_a_client_from_holding_more() -> None:
    async def scenario() -> tuple[list[bool], list[bool]]:
        admission = Admission(AdmissionLimits(running=8, running_per_client=1))
        for _ in range(2):
            admission.give_up(await admission.enter("a"))
        tasks = await entering(admission, "a", "b")
        before = running(tasks)
        leave(admission, "a")
        await asyncio.gather(*tasks)
        return before, running(tasks)

    assert asyncio.run(scenario()) == ([False, True], [True, True])
