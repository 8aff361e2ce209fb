import asyncio
import gc
import weakref
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from kg.store.quad_store import Store
from service.run import garbage
from service.run.app import create_app
from service.run.garbage import ShortCollections, collect_until_gone
from service.run.open_connections import OpenConnections
from service.settings import Settings
from tests.service.conftest import product
from tests.service.run.conftest import accepting, run


class Cycle:
    """A thing that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_is_there_at_the_start_is_not_looked_through() -> None:
    before = list(gc.callbacks)
    with ShortCollections():
        assert gc.get_freeze_count() > 10_000

    assert gc.get_freeze_count() == 0
    assert gc.callbacks == before


@pytest.mark.slow
def test_what_survives_a_long_collection_is_frozen_and_garbage_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(garbage, "_LONG_SECONDS", 0.002)

    with ShortCollections():
        before = gc.get_freeze_count()
        # Long enough for several collections of all that there is.
        kept = [[number] for number in range(400_000)]
        garbage_left = weakref.ref(Cycle())
        gc.collect()

        assert gc.get_freeze_count() - before > len(kept) / 2
        assert garbage_left() is None


@pytest.mark.slow
def test_what_a_thread_still_keeps_is_freed_soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_PAUSES_SECONDS", (0, 0.2, 0.2, 3600))
    kept = [Cycle()]
    reference = weakref.ref(kept[0])

    async def free() -> None:
        asyncio.get_running_loop().call_later(0.1, kept.clear)
        async with asyncio.timeout(60):
            await collect_until_gone(reference)

    asyncio.run(free())

    assert reference() is None


def test_what_stays_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(garbage, "_PAUSES_SECONDS", (0, 0))
    kept = Cycle()
    asyncio.run(collect_until_gone(weakref.ref(kept)))

    assert "could not be freed" in caplog.text


# Pages do leave something: the macros of Jinja's templates refer to themselves.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("request_line", "answer"),
    [
        ("GET /sparql?query=ASK%20{{?a%20?b%20{}}} HTTP/1.1\r\n", "200"),
        ("GET /sparql?query=SELECT%20?x%20{{{}}}%20GROUP%20BY%20?y HTTP/1.1\r\n", "400"),
        (
            f"GET /sparql?query={quote(product('(COUNT(*) AS ?n)', 'abcde'))}%23{{}} HTTP/1.1\r\n",
            "504",
        ),
        ("GET /search?q={}&page=0 HTTP/1.1\r\n", "400"),
        ("GET /unknown-{} HTTP/1.1\r\n", "404"),
        ("{}\r\n", "400"),
        ("{}", None),
    ],
)
def test_requests_leave_nothing_to_a_collection(
    store: Store, request_line: str, answer: str | None
) -> None:
    rest = "Host: 127.0.0.1\r\nConnection: close\r\n\r\n" if answer else ""

    async def garbage_of_ten() -> int:
        seconds = 0.1 if answer == "504" else 10
        app = create_app(Settings(max_query_seconds=seconds), store=store)
        async with app.router.lifespan_context(app), accepting(app, OpenConnections(9)) as service:

            async def ask(number: int) -> None:
                client = service.connect((request_line.format(number) + rest).encode())
                loop, received = asyncio.get_running_loop(), b""
                while answer and (data := await loop.sock_recv(client, 9999)):
                    received += data
                assert not answer or received.startswith(f"HTTP/1.1 {answer}".encode())
                client.close()
                while not service.made or len(service.opened):
                    await asyncio.sleep(0.001)
                service.made.clear()

            # What the first ones start is not of each.
            for number in range(3):
                await ask(number)
            gc.collect()
            stack.callback(gc.enable)
            gc.disable()
            for number in range(3, 13):
                await ask(number)
            return gc.collect()

    with ExitStack() as stack:
        assert run(garbage_of_ten()) < 10
