import asyncio
import sys
import time

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.http.arrivals import Arrivals
from service.http.turns import Turns, compute
from tests.service.http.test_arrivals import nothing


def busy_for(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_one_function_runs_at_a_time() -> None:
    running, most = 0, 0

    def count() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.01)
        running -= 1

    async def scenario() -> None:
        turns = Turns()
        await asyncio.gather(*(turns.run(f"client {number}", count) for number in range(5)))

    asyncio.run(scenario())

    assert most == 1


def test_the_client_that_has_used_least_comes_first() -> None:
    order: list[str] = []

    async def scenario() -> None:
        turns = Turns()
        await turns.run("busy", lambda: busy_for(0.05))
        clients = ("first", "busy", "busy", "calm")
        asked = [
            asyncio.create_task(turns.run(client, lambda client=client: order.append(client)))
            for client in clients
        ]
        await asyncio.gather(*asked)

    asyncio.run(scenario())

    assert order == ["first", "calm", "busy", "busy"]


def test_a_function_that_fails_passes_its_turn_on() -> None:
    async def scenario() -> int:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            await turns.run("a", lambda: 1 // 0)
        return await turns.run("a", lambda: 1)

    assert asyncio.run(scenario()) == 1


@pytest.mark.parametrize("has_turn", [False, True])
def test_who_goes_away_while_waiting_passes_the_turn_on(has_turn: bool) -> None:
    async def scenario() -> int:
        turns = Turns()
        first = asyncio.create_task(turns.run("a", lambda: time.sleep(0.02)))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(turns.run("b", lambda: None))
        await asyncio.sleep(0)
        if has_turn:
            first.add_done_callback(lambda _: waiting.cancel())
        else:
            waiting.cancel()
        await asyncio.wait([first, waiting])
        return await turns.run("c", lambda: 3)

    assert asyncio.run(scenario()) == 3


def test_the_event_loop_gets_the_lock_soon_until_no_function_runs_anywhere() -> None:
    usual = sys.getswitchinterval()

    async def scenario() -> list[bool]:
        long = asyncio.create_task(Turns().run("a", lambda: time.sleep(0.1)))
        await Turns().run("b", lambda: None)
        meanwhile = sys.getswitchinterval() < usual
        await long
        return [meanwhile, sys.getswitchinterval() < usual]

    assert asyncio.run(scenario()) == [True, False]


@pytest.mark.parametrize(("seconds", "least", "most"), [(0.01, 0.028, 1), (0.2, 0.048, 0.5)])
def test_a_thread_rests_thrice_as_long_as_it_worked_but_not_longer_than_its_limit(
    seconds: float, least: float, most: float
) -> None:
    async def scenario() -> float:
        turns = Turns()
        await turns.run("a", lambda: time.sleep(seconds), rests=True)
        ended = time.perf_counter()
        return await turns.run("b", time.perf_counter) - ended

    assert least <= asyncio.run(scenario()) < most


@pytest.mark.parametrize(("others", "least"), [([], 0.0), (["192.0.2.2"], 0.048)])
def test_a_thread_that_computes_rests_only_while_several_clients_are_active(
    others: list[str], least: float
) -> None:
    async def scenario() -> float:
        turns, ended = Turns(), 0.0

        async def answer(scope: Scope, _: Receive, __: Send) -> None:
            nonlocal ended
            await compute(Request(scope), turns, lambda: time.sleep(0.1))
            ended = time.perf_counter()

        arrivals = Arrivals(answer)
        for client in [*others, "192.0.2.1"]:
            scope = {"type": "http", "client": (client, 1)}
            await arrivals(scope, nothing, nothing)
        return await turns.run("next", time.perf_counter) - ended

    waited = asyncio.run(scenario())

    assert waited >= least
    assert others or waited < 0.048
