"""How processes of the lowest priority delay a server, and what prevents that.

    .venv/bin/python benchmarks/idlers.py [--seconds 5] [--processes 0 2 16 64]

A bare server answers each connection with two bytes; a client asks it every 20 ms. Meanwhile some
processes compute without end, under the scheduling policy SCHED_IDLE: first all at once, then in
turn (`rotation`), as many at a time as there are processors, and at last all at once in a session
of a lower priority (`restrictions.have_lower_session`). Linux only; takes a minute.
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
import sys
import time
from contextlib import ExitStack
from typing import Final

from benchmarks.attacks.companions import SECONDS_BETWEEN_ASKS, Ask
from benchmarks.attacks.report import Times
from benchmarks.attacks.victim import HOST
from service.queries.child_process import QueryProcess
from service.queries.restrictions import (
    die_with_parent,
    have_lower_session,
    set_idle_priority,
)
from service.queries.rotation import Rotation

_SETTLING_SECONDS: Final = 0.5
_processes: Final = multiprocessing.get_context("fork")


def main() -> None:
    """Print a line for each number of processes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement; default 5")
    parser.add_argument("--processes", type=int, nargs="+", default=[0, 2, 16, 64])
    options = parser.parse_args()
    heads = (f"{how}: p50, p99, max, ms" for how in ("all at once", "in turn", "lower session"))
    sys.stdout.write(f"| processes | {' | '.join(heads)} |\n| --- | --- | --- | --- |\n")
    for count in options.processes:
        times = (
            asyncio.run(_measure(count, options.seconds, in_turn=in_turn, is_lower=is_lower))
            for in_turn, is_lower in ((False, False), (True, False), (False, True))
        )
        sys.stdout.write(f"| {count} | {' | '.join(times)} |\n")
        sys.stdout.flush()


async def _measure(count: int, seconds: float, *, in_turn: bool, is_lower: bool) -> str:
    """Return the median, 99th percentile and maximum of the answer times, in ms."""
    rotation = Rotation(os.cpu_count() or 1)
    with socket.create_server((HOST, 0), backlog=128) as listening, ExitStack() as stack:
        acts = [_serve, *([_compute_many] if is_lower and count else [_compute] * count)]
        for number, act in enumerate(acts):
            program = _processes.Process(target=act, args=(listening, count))
            program.start()
            stack.callback(program.join)
            stack.callback(program.kill)
            if act is _compute and program.pid is not None:
                set_idle_priority(program.pid)
                process = QueryProcess(number, *socket.socketpair())
                process.mark_forked(program.pid)
                stack.callback(process.mark_ended, None)
                stack.callback(process.close)
                if in_turn:
                    rotation.add(process)
        await asyncio.sleep(_SETTLING_SECONDS)
        asks, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            asks.append(await _ask(listening.getsockname()[1]))
            await asyncio.sleep(SECONDS_BETWEEN_ASKS)
    times = Times.of(asks)
    return ", ".join(f"{1000 * each:.1f}" for each in (times.p50, times.p99, times.longest))


def _serve(listening: socket.socket, _: int) -> None:
    while True:
        connection, _ = listening.accept()
        with connection:
            connection.recv(1)
            connection.sendall(b"ok")


def _compute(*_: object) -> None:
    while True:
        sum(range(10_000))


def _compute_many(_: socket.socket, count: int) -> None:
    """Compute in so many processes, all of them in a session of a lower priority."""
    have_lower_session()
    leader = os.getpid()
    for _number in range(count - 1):
        if os.fork() == 0:
            die_with_parent(leader)
            break
    set_idle_priority(os.getpid())
    _compute()


async def _ask(port: int) -> Ask:
    start = time.monotonic()
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"?")
    await reader.read()
    writer.close()
    return Ask(start, time.monotonic() - start, "200")


if __name__ == "__main__":
    main()
