import asyncio
import sys
import time
from asyncio import TimerHandle
from collections.abc import Sequence
from threading import Event
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from service.http.arrivals import Arrivals
from service.http.turns import Turns, compute
from tests.service.http.test_arrivals import nothing, settle


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
        turns, may_end = Turns(), Event()
        first = asyncio.create_task(turns.run("a", lambda: may_end.wait(60)))
        await asyncio.sleep(0)
        waiting = asyncio.create_task(turns.run("b", lambda: None))
        await asyncio.sleep(0)
        if has_turn:
            first.add_done_callback(lambda _: waiting.cancel())
        else:
            waiting.cancel()
        may_end.set()
        await asyncio.wait([first, waiting])
        return await turns.run("c", lambda: 3)

    assert asyncio.run(scenario()) == 3


def test_the_event_loop_gets_the_lock_soon_until_no_function_runs_anywhere() -> None:
    usual = sys.getswitchinterval()

    async def scenario() -> list[bool]:
        may_end = Event()
        long = asyncio.create_task(Turns().run("a", lambda: may_end.wait(60)))
        await Turns().run("b", lambda: None)
        meanwhile = sys.getswitchinterval() < usual
        may_end.set()
        await long
        return [meanwhile, sys.getswitchinterval() < usual]

    assert asyncio.run(scenario()) == [True, False]


class Recording(asyncio.SelectorEventLoop):
    """An event loop that records for how long turns are not passed on."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []

    def call_later(self, delay: float, callback: Any, *args: Any, **more: Any) -> TimerHandle:
        if getattr(callback, "__func__", None) is Turns._pass_on:
            self.rests.append(delay)
        return super().call_later(delay, callback, *args, **more)


def rests_after(others: Sequence[str], busy_seconds: float) -> list[float]:
    """Return for how long the thread rests after a function.

    Requests of the `others` came before, and the event loop was busy during that function.
    """

    async def scenario() -> None:
        turns, may_end = Turns(), Event()

        async def answer(scope: Scope, _: Receive, __: Send) -> None:
            if scope["client"][0] == "192.0.2.1":
                await compute(Request(scope), turns, lambda: may_end.wait(60))

        arrivals = Arrivals(answer)
        for client in others:
            await arrivals({"type": "http", "client": (client, 1)}, nothing, nothing)
        asked = {"type": "http", "client": ("192.0.2.1", 1)}
        answered = asyncio.create_task(arrivals(asked, nothing, nothing))
        await settle()
        busy_for(busy_seconds)
        may_end.set()
        await answered
        # The rest ends.
        await turns.run("next", lambda: None)

    with asyncio.Runner(loop_factory=Recording) as runner:
        runner.run(scenario())
        loop = runner.get_loop()
        assert isinstance(loop, Recording)
        return loop.rests


def test_while_several_clients_are_active_the_thread_rests_as_the_event_loop_has_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("service.http.turns._LONGEST_REST_SECONDS", 1)

    assert rests_after(["192.0.2.2"], busy_seconds=0.05) == [1]
    [short] = rests_after(["192.0.2.2"], busy_seconds=0)
    assert 0 < short < 1
    assert rests_after([], busy_seconds=0.05) == []
