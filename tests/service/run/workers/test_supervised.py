import asyncio
import socket
from pathlib import Path

from service.run.workers.channel import Message, MessageKind, WorkerOptions
from service.run.workers.supervised import SupervisorClient
from service.settings import Settings


def test_two_that_want_a_parent_for_one_release_get_one_each() -> None:
    async def scenario() -> list[int]:
        options = WorkerOptions(Settings(), "1", Path(), 1, switches=0, refused_releases=0)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            client = SupervisorClient(options, ours)
            wanted = [asyncio.create_task(client.request_parent(1)) for _ in range(2)]
            await asyncio.sleep(0)
            for process_id in (7, 8):
                message = Message(MessageKind.PARENT, 1, process_id=process_id, control=theirs)
                client._receive_parent(message)
            async with asyncio.timeout(1):
                return [(await parent).program.pid for parent in wanted]

    assert asyncio.run(scenario()) == [7, 8]
