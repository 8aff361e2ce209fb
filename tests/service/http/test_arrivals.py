import asyncio
import time

import pytest
from starlette.types import Receive, Scope, Send

from service.http.arrivals import BEGUN, Arrivals

begun: list[str] = []


async def note_and_work(scope: Scope, _: Receive, __: Send) -> None:
    """Work for half a millisecond."""
    begun.append(scope["client"][0])
    end = time.perf_counter() + 0.0005
    while time.perf_counter() < end:
        pass


async def nothing(*_: object) -> None:
    """Neither receive nor send."""


async def send_all(arrivals: Arrivals, *clients: str) -> None:
    """Have these requests arrive in one turn of the event loop."""
    scopes = [{"type": "http", "client": (client, 1)} for client in clients]
    await asyncio.gather(*(arrivals(scope, nothing, nothing) for scope in scopes))


async def settle() -> None:
    """Let the event loop do all that is not waiting for anything."""
    for _ in range(50):
        await asyncio.sleep(0)


def test_a_client_that_sends_few_passes_one_that_sends_many() -> None:
    begun.clear()

    asyncio.run(send_all(Arrivals(note_and_work), *["busy"] * 50, "calm"))

    # Before it came, requests had begun for a millisecond.
    assert begun.index("calm") < 8
    assert begun.count("busy") == 50


def test_few_requests_begin_at_once_and_in_their_order() -> None:
    begun.clear()

    asyncio.run(send_all(Arrivals(note_and_work), "a", "b"))

    assert begun == ["a", "b"]


def test_a_request_that_is_cancelled_while_it_waits_keeps_no_other_waiting() -> None:
    async def scenario() -> None:
        arrivals = Arrivals(note_and_work)
        busy = asyncio.create_task(send_all(arrivals, *["busy"] * 50))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        busy.cancel()
        await asyncio.wait([busy])
        async with asyncio.timeout(60):
            await send_all(arrivals, "calm")

    begun.clear()
    asyncio.run(scenario())

    assert "calm" in begun
    assert begun.count("busy") < 50


class Waiting:
    """An application whose requests wait until `answer` is set."""

    def __init__(self) -> None:
        self.begun, self.answer = list[str](), asyncio.Event()

    async def __call__(self, scope: Scope, _: Receive, __: Send) -> None:
        self.begun.append(scope["client"][0])
        await self.answer.wait()


@pytest.fixture
def endless_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request begin because the one before it takes more than a moment."""
    monkeypatch.setattr("service.http.arrivals._MOMENT_SECONDS", 3_600)


@pytest.mark.usefixtures("endless_moment")
def test_beside_others_a_client_begins_one_request_at_a_time() -> None:
    async def scenario() -> None:
        app = Waiting()
        flood = asyncio.create_task(send_all(Arrivals(app), "calm", *["busy"] * 9))
        await settle()
        assert app.begun == ["calm", "busy"]
        app.answer.set()
        await flood
        assert app.begun.count("busy") == 9

    asyncio.run(scenario())


def test_a_request_that_waits_for_something_else_for_a_moment_makes_room() -> None:
    async def scenario() -> None:
        app = Waiting()
        flood = asyncio.create_task(send_all(Arrivals(app), "calm", *["busy"] * 3))
        async with asyncio.timeout(60):
            while app.begun.count("busy") < 3:
                await asyncio.sleep(0.01)
        app.answer.set()
        await flood

    asyncio.run(scenario())


@pytest.mark.usefixtures("endless_moment")
def test_what_a_request_sends_itself_does_not_wait_for_it() -> None:
    async def scenario() -> None:
        app = Waiting()
        arrivals = Arrivals(app)
        outer: Scope = {"type": "http", "client": ("busy", 1)}
        tasks = [asyncio.create_task(send_all(arrivals, "calm"))]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(arrivals(outer, nothing, nothing)))
        await settle()
        inner = {**outer, BEGUN: outer[BEGUN]}
        tasks.append(asyncio.create_task(arrivals(inner, nothing, nothing)))
        await settle()
        assert app.begun == ["calm", "busy", "busy"]
        app.answer.set()
        await asyncio.gather(*tasks)

    asyncio.run(scenario())


@pytest.mark.usefixtures("endless_moment")
def test_a_client_that_is_alone_begins_all_its_requests() -> None:
    async def scenario() -> None:
        app = Waiting()
        flood = asyncio.create_task(send_all(Arrivals(app), *["alone"] * 9))
        await settle()
        assert app.begun.count("alone") == 9
        app.answer.set()
        await flood

    asyncio.run(scenario())


@pytest.mark.usefixtures("endless_moment")
def test_requests_that_are_cancelled_keep_no_share() -> None:
    async def scenario() -> None:
        app = Waiting()
        arrivals = Arrivals(app)
        flood = asyncio.create_task(send_all(arrivals, "calm", *["busy"] * 9))
        await settle()
        flood.cancel()
        await asyncio.wait([flood])
        app.answer.set()
        async with asyncio.timeout(60):
            await send_all(arrivals, *["busy"] * 2)
        assert app.begun.count("busy") == 3

    asyncio.run(scenario())
