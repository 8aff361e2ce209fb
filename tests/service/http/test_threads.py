import asyncio
from collections.abc import Callable
from threading import Event

import pytest

from service.errors import TooManyQueries
from service.http.threads import Threads
from service.settings import Settings


class Documents:
    """Documents of clients, each written only when it may end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.may_end = Event()

    def of(self, client: str) -> Callable[[], str]:
        def write() -> str:
            self.begun.append(client)
            assert self.may_end.wait(60)
            return client

        return write


def test_documents_of_one_client_leave_a_thread_to_another() -> None:
    documents = Documents()

    async def scenario() -> list[str]:
        threads = Threads(Settings())
        clients = [*["busy"] * 20, "other"]
        writing = [
            asyncio.create_task(threads.run(client, documents.of(client))) for client in clients
        ]
        while len(documents.begun) < 2:
            await asyncio.sleep(0)
        documents.may_end.set()
        return await asyncio.gather(*writing)

    written = asyncio.run(scenario())

    assert sorted(documents.begun[:2]) == ["busy", "other"]
    assert written == [*["busy"] * 20, "other"]


def test_a_document_that_waits_too_long_is_refused_and_the_next_is_written() -> None:
    documents = Documents()

    async def scenario() -> str:
        threads = Threads(Settings(max_waiting_seconds=0.01))
        first = asyncio.create_task(threads.run("a", documents.of("a")))
        while not documents.begun:
            await asyncio.sleep(0)
        with pytest.raises(TooManyQueries):
            await threads.run("a", documents.of("a"))
        documents.may_end.set()
        await first
        return await threads.run("a", documents.of("a"))

    assert asyncio.run(scenario()) == "a"
    assert documents.begun == ["a", "a"]


def test_a_document_that_fails_leaves_its_thread_to_the_next() -> None:
    async def scenario() -> int:
        threads = Threads(Settings())
        with pytest.raises(ZeroDivisionError):
            await threads.run("a", lambda: 1 // 0)
        return await threads.run("a", lambda: 1)

    assert asyncio.run(scenario()) == 1
