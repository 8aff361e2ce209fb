import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from service.run.workers.channel import Message, MessageKind, WorkerOptions
from service.run.workers.worker import SupervisorClient
from service.settings import Settings

pytestmark = pytest.mark.slow

WRITER = """
import sys
from pathlib import Path
from service.run.workers.worker import LockedOutput
sink = LockedOutput(1, Path(sys.argv[1]))
for _ in range(20):
    sink.write(2 * (sys.argv[2].encode() * 50_000 + b"\\n"))
"""


def test_lines_of_several_processes_stay_whole_however_long(tmp_path: Path) -> None:
    read, write = os.pipe()
    program = [sys.executable, "-c", WRITER, str(tmp_path / "lock")]
    writers = [subprocess.Popen([*program, letter], stdout=write) for letter in "ab"]
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines()

    assert [writer.wait() for writer in writers] == [0, 0]
    assert sorted(lines) == [b"a" * 50_000] * 40 + [b"b" * 50_000] * 40


def test_two_that_want_a_parent_for_one_release_get_one_each() -> None:
    async def scenario() -> list[int]:
        options = WorkerOptions(
            settings=Settings(),
            name="1",
            folder=Path(),
            generation=1,
            switches=0,
            refused_releases=0,
        )
        ours, theirs = socket.socketpair()
        with ours, theirs:
            client = SupervisorClient(options, ours)
            wanted = [asyncio.create_task(client.request_parent(1, "p")) for _ in range(2)]
            await asyncio.sleep(0)
            for process_id in (7, 8):
                message = Message(
                    MessageKind.PARENT, 1, program="p", process_id=process_id, control=theirs
                )
                client._receive_parent(message)
            async with asyncio.timeout(1):
                return [(await parent).program.pid for parent in wanted]

    assert asyncio.run(scenario()) == [7, 8]
