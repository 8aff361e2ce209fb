import asyncio
import sys
import time
from collections.abc import Sequence

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


async def rest_seconds(others: Sequence[str], busy_seconds: float) -> float:
    """Return how long a function waits after one of another client.

    Requests of the `others` came before, and the event loop was busy during that function.
    """
    turns, ended = Turns(), 0.0

    async def answer(scope: Scope, _: Receive, __: Send) -> None:
        nonlocal ended
        if scope["client"][0] == "192.0.2.1":
            await compute(Request(scope), turns, lambda: time.sleep(0.1))
            ended = time.perf_counter()

    arrivals = Arrivals(answer)
    requests = [
        arrivals({"type": "http", "client": (client, 1)}, nothing, nothing)
        for client in [*others, "192.0.2.1"]
    ]
    answered = asyncio.gather(*requests)
    await asyncio.sleep(0.01)
    busy_for(busy_seconds)
    await answered
    return await turns.run("next", time.perf_counter) - ended


def test_while_several_clients_are_active_the_thread_rests_as_the_event_loop_has_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = ["192.0.2.2"]
    # A rest that is far longer than what a slow machine adds to it.
    monkeypatch.setattr("service.http.turns._LONGEST_REST_SECONDS", 1)

    assert 0.98 < asyncio.run(rest_seconds(others, busy_seconds=0.05)) < 5
    assert asyncio.run(rest_seconds(others, busy_seconds=0)) < 0.9
    assert asyncio.run(rest_seconds([], busy_seconds=0.05)) < 0.9
