import asyncio
import socket
from pathlib import Path

from service.run.workers.http_process import WorkerOptions, receive, send
from service.settings import Settings


def test_a_command_arrives_whole_and_then_the_end() -> None:
    async def received() -> list[object]:
        ours, theirs = socket.socketpair()
        reader, other = await asyncio.open_unix_connection(sock=theirs)
        _, writer = await asyncio.open_unix_connection(sock=ours)
        send(writer, ("open", 3, "/releases/3\n"))
        send(writer, "")
        writer.close()
        found = [await receive(reader) for _ in range(3)]
        other.close()
        return found

    assert asyncio.run(received()) == [["open", 3, "/releases/3\n"], "", None]


def test_what_nobody_hears_is_no_error() -> None:
    async def received() -> object:
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        theirs.send(b"unread")
        theirs.close()
        for _ in range(3):
            send(writer, ("switch",))
        await asyncio.sleep(0)
        found = await receive(reader)
        writer.close()
        return found

    assert asyncio.run(received()) is None


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
