import asyncio
import socket
from pathlib import Path

from service.run.workers.channel import (
    Channel,
    Message,
    MessageKind,
    WorkerOptions,
)
from service.settings import Settings


def test_a_message_arrives_whole_and_its_socket_with_it() -> None:
    async def whole() -> tuple[list[Message], bytes]:
        one, other = socket.socketpair()
        channel, listening = Channel(one), Channel(other)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            channel.send(Message(MessageKind.OPEN, 3, release="/releases/3"))
            channel.send(Message(MessageKind.PARENT, 3, process_id=42, control=theirs))
            channel.send(Message(MessageKind.PARENT, 4))
            received = [await listening.receive() for _ in range(3)]
            control = received[1].control if received[1] is not None else None
            assert control is not None
            with control:
                control.sendall(b"here")
                heard = ours.recv(4)
        channel.close()
        assert await listening.receive() is None
        return [one for one in received if one is not None], heard

    [opening, parent, none], heard = asyncio.run(whole())

    assert (opening.kind, opening.generation, opening.release) == (
        MessageKind.OPEN,
        3,
        "/releases/3",
    )
    assert (parent.kind, parent.process_id, heard) == (MessageKind.PARENT, 42, b"here")
    assert (none.generation, none.control) == (4, None)


def test_what_nobody_hears_is_no_error() -> None:
    async def whole() -> Message | None:
        one, other = socket.socketpair()
        channel = Channel(one)
        other.close()
        channel.send(Message(MessageKind.READY, 0))
        return await channel.receive()

    assert asyncio.run(whole()) is None


def test_what_is_told_is_what_is_heard() -> None:
    services = ("http://127.0.0.1:9001",)
    settings = Settings(release=Path("/releases/1"), workers=3, services=services)
    start = WorkerOptions(
        settings=settings,
        name="7",
        folder=Path("/counts"),
        generation=2,
        switches=1,
        refused_releases=4,
    )

    assert WorkerOptions.model_validate_json(start.model_dump_json()) == start
