"""Real processes that take turns; Linux tells how long each has run, and whether it is stopped."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import pytest

from service.queries.child_process import QueryProcess
from service.queries.rotation import Rotation

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="done on Linux alone"),
]

BUSY, WAITING = "while True: pass", "import time; time.sleep(60)"


def is_stopped(process: QueryProcess) -> bool:
    """Tell whether it is stopped, or will be before it runs again; on a busy machine that lasts."""
    status = Path(f"/proc/{process.process_id}/status").read_text("ascii")
    fields = dict(line.split(":\t", 1) for line in status.splitlines())
    is_pending = int(fields["ShdPnd"], 16) >> (signal.SIGSTOP - 1) & 1
    return fields["State"].startswith("T") or bool(is_pending)


def run(programs: list[str], scenario: Callable[[list[QueryProcess]], Awaitable[None]]) -> None:
    async def whole() -> None:
        with ExitStack() as stack:
            processes = []
            for number, program in enumerate(programs):
                child = subprocess.Popen([sys.executable, "-S", "-c", program])
                stack.callback(child.wait)
                stack.callback(child.kill)
                process = QueryProcess(number, *socket.socketpair())
                process.mark_forked(child.pid)
                stack.callback(process.mark_ended, None)
                stack.callback(process.close)
                processes.append(process)
            async with asyncio.timeout(20):
                await scenario(processes)

    asyncio.run(whole())


async def rotating(processes: list[QueryProcess], at_once: int, stopped: int) -> Rotation:
    """Let these processes take turns, and return once so many of them are stopped."""
    rotation = Rotation(at_once)
    for process in processes:
        rotation.add(process)
    await until(lambda: rotation.stopped == stopped)
    return rotation


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_as_many_run_as_there_may_and_all_get_on() -> None:
    async def scenario(processes: list[QueryProcess]) -> None:
        await rotating(processes, at_once=2, stopped=3)
        before = [process.processor_seconds() for process in processes]
        start, counts, running = time.monotonic(), [], set()
        while time.monotonic() - start < 1:
            await asyncio.sleep(0.01)
            stopped = [is_stopped(process) for process in processes]
            counts.append(stopped.count(False))
            running |= {number for number, one in enumerate(stopped) if not one}
        # Between two that take turns, a moment passes.
        assert median(counts) <= 2
        after = [process.processor_seconds() for process in processes]
        assert running == set(range(5))
        assert all(now > then for now, then in zip(after, before, strict=True))

    run([BUSY] * 5, scenario)


def test_one_that_leaves_goes_on_and_another_takes_its_turn() -> None:
    async def scenario(processes: list[QueryProcess]) -> None:
        rotation = await rotating(processes, at_once=1, stopped=2)
        for process, stopped in zip(processes, (1, 0, 0), strict=True):
            rotation.discard(process)
            # Whether it was running or not.
            assert rotation.stopped == stopped
        await until(lambda: not any(map(is_stopped, processes)))

    run([BUSY] * 3, scenario)


def test_one_that_waits_for_something_else_takes_no_turn() -> None:
    async def scenario(processes: list[QueryProcess]) -> None:
        # Only once they have started.
        await asyncio.sleep(0.5)
        await rotating(processes, at_once=1, stopped=1)
        seen = set()
        for _ in range(40):
            await asyncio.sleep(0.01)
            seen |= {number for number, process in enumerate(processes) if is_stopped(process)}
        assert seen == {0, 1}

    run([BUSY, BUSY, WAITING, WAITING], scenario)


def test_one_that_has_used_less_comes_first() -> None:
    async def scenario(processes: list[QueryProcess]) -> None:
        rotation, (*long, short) = Rotation(1), processes
        for process in long:
            rotation.add(process)
        # The short one is first until it has used as much as each of them.
        await asyncio.sleep(5)
        start = [process.processor_seconds() for process in processes]
        rotation.add(short)
        await asyncio.sleep(1)
        *others, gained = (
            process.processor_seconds() - before
            for process, before in zip(processes, start, strict=True)
        )
        assert gained > 2 * max(others)

    run([BUSY] * 9, scenario)
