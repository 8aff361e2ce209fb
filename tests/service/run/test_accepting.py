import asyncio
import gc
import os
import resource
import socket
import weakref
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from service.run.open_connections import OpenConnection, OpenConnections
from tests.service.run.conftest import REQUEST, Upload, accepting, run


async def received(client: socket.socket) -> bytes:
    return await asyncio.get_running_loop().sock_recv(client, 1000)


class LateUpload(Upload):
    """An upload that is answered only once the event is set."""

    def __init__(self) -> None:
        super().__init__()
        self.may_answer = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.may_answer.wait()
        await super().__call__(scope, receive, send)


def test_the_newest_connection_is_refused_if_all_others_are_being_answered() -> None:
    async def ask_thrice() -> None:
        async with accepting(late := LateUpload(), OpenConnections(2)) as service:
            clients = [service.connect(REQUEST) for _ in range(2)]
            while not all(one.is_being_answered for one in service.made) or len(service.made) < 2:
                await asyncio.sleep(0)
            assert (await received(service.connect(REQUEST))).startswith(b"HTTP/1.1 503")
            late.may_answer.set()
            for client in clients:
                assert (await received(client)).startswith(b"HTTP/1.1 204")

    run(ask_thrice())


class RequestComesLate(OpenConnections):
    """Connections of which the oldest has got its request when it is about to be closed."""

    is_late = False

    def make_room(self, newest: OpenConnection) -> bool:
        oldest = next(iter(self._by_age))
        has_room = super().make_room(newest)
        if self.is_late and oldest not in self._by_age:
            oldest.data_received(REQUEST)  # type: ignore[attr-defined]
        return has_room


@pytest.mark.parametrize(("is_late", "status"), [(True, b"204"), (False, b"503")])
def test_the_oldest_connection_is_kept_if_its_request_comes_before_it_is_closed(
    is_late: bool, status: bytes
) -> None:
    async def connect_nine() -> None:
        async with accepting(late := LateUpload(), RequestComesLate(8)) as service:
            clients = [service.connect()]
            for _ in range(8):
                while len(service.made) < len(clients) or service.made[-1].transport is None:
                    await asyncio.sleep(0)
                service.opened.is_late = is_late  # type: ignore[attr-defined]
                clients.append(service.connect())
            late.may_answer.set()
            assert (await received(clients[0])).split()[1] == status

    run(connect_nine())


def test_a_connection_that_waits_for_its_turn_is_closed_for_another() -> None:
    async def connect_too_many() -> None:
        async with accepting(Upload(), OpenConnections(32)) as service:
            clients = [service.connect() for _ in range(80)]
            for client in clients[:48]:
                assert (await received(client)).startswith(b"HTTP/1.1 503")
            for client in clients[48:]:
                client.send(REQUEST)
                assert (await received(client)).startswith(b"HTTP/1.1 204")
            # None was made twice.
            assert len(service.made) == 80

    run(connect_too_many())


@pytest.mark.parametrize("sent", [b"", REQUEST])
def test_a_connection_that_is_over_is_forgotten(sent: bytes) -> None:
    async def connect_and_leave() -> None:
        async with accepting(Upload(), OpenConnections(8)) as service:
            client = service.connect(sent)
            while not service.made:
                await asyncio.sleep(0)
            connection = weakref.ref(service.made.pop())
            if sent:
                await received(client)
            client.close()
            while connection() is not None:
                # Services of other tests may have frozen it.
                gc.unfreeze()
                gc.collect()
                await asyncio.sleep(0.01)
            assert len(service.opened) == 0

    run(connect_and_leave())


async def fail_to_accept(caplog: pytest.LogCaptureFixture) -> None:
    """Let the event loop accept a connection while this process can open no file."""
    limits, taken = resource.getrlimit(resource.RLIMIT_NOFILE), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        while not caplog.messages:
            await asyncio.sleep(0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for each in taken:
            os.close(each)


def test_connections_wait_while_no_file_can_be_opened(caplog: pytest.LogCaptureFixture) -> None:
    async def connect_without_files() -> None:
        async with accepting(Upload(), OpenConnections(8)) as service:
            client = service.connect(REQUEST)
            await fail_to_accept(caplog)
            assert (await received(client)).startswith(b"HTTP/1.1 204")

    run(connect_without_files())

    assert caplog.messages == ["No connection can be accepted for a second: Too many open files"]


def test_a_service_that_ends_does_not_try_again_to_accept(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.run.accepting._SECONDS_UNTIL_NEXT_TRY", 0.01)

    async def stop_without_files() -> None:
        async with accepting(Upload(), OpenConnections(8)) as service:
            service.connect(REQUEST)
            await fail_to_accept(caplog)
            await service.acceptor.stop()
            # Of two timers, the one that is due first comes first.
            await asyncio.sleep(0.02)
            assert not service.made

    run(stop_without_files())
