"""Processes beside the service: what sends the attack, the honest client, and who watches memory.

Each runs one function in a new process, so that none delays another within one interpreter.
"""

import asyncio
import gc
import multiprocessing
import os
import random
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar

from benchmarks.attacks.clients import CLOSED, Answer, exchange, sparql_query
from benchmarks.attacks.victim import AttackFailed, ProcessTree
from benchmarks.load import new_event_loop

LOWEST_PRIORITY: Final = 19
SECONDS_BETWEEN_ASKS: Final = 0.02
_SECONDS_BETWEEN_SAMPLES: Final = 0.5
_MAX_ASKS_AT_ONCE: Final = 100
_ASK_BOUND_SECONDS: Final = 10.0
_HONEST_ADDRESS: Final = "127.9.0.1"
WRONG: Final = "wrong"
P = ParamSpec("P")
T = TypeVar("T")
_processes: Final = multiprocessing.get_context("spawn")


class Companion(Generic[T]):
    """A function in a process of its own; its first argument says when it has to return."""

    def __init__(
        self,
        function: Callable[Concatenate[Event, P], T],
        /,
        *args: P.args,
        **options: P.kwargs,
    ) -> None:
        self._over = _processes.Event()
        self._receiving, sending = _processes.Pipe(duplex=False)
        self._process = _processes.Process(
            target=_report, args=(sending, function, self._over, args, options), daemon=True
        )
        self._process.start()
        sending.close()

    def wait(self, limit_seconds: float) -> bool:
        """Wait until the function has returned; return whether it has."""
        return self._receiving.poll(limit_seconds)

    def kill(self) -> None:
        """End the process now, without a result."""
        self._process.kill()
        self._process.join()

    def finish(self, limit_seconds: float = 60) -> T:
        """Tell the function to return, and return its result.

        Raises AttackFailed if it fails, or takes longer than this.
        """
        self._over.set()
        try:
            if not self._receiving.poll(limit_seconds):
                raise AttackFailed(f"a process of the attack did not end within {limit_seconds} s")
            result: T = self._receiving.recv()
        except EOFError as error:
            raise AttackFailed("a process of the attack has failed") from error
        finally:
            self.kill()
        return result


def _report(
    sending: Connection,
    function: Callable[..., object],
    over: Event,
    args: tuple[object, ...],
    options: dict[str, object],
) -> None:
    sending.send(function(over, *args, **options))


def give_way() -> None:
    """Give this process the lowest priority, also among sessions.

    Where Linux groups processes by session, the priority of a process counts only within its own
    (sched(7), "The autogroup feature").
    """
    os.setsid()
    os.nice(LOWEST_PRIORITY)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(f"{LOWEST_PRIORITY}", encoding="ascii")


def run_niced(_over: Event, act: Callable[..., Coroutine[Any, Any, T]], *args: object) -> T:
    """Run a coroutine at the lowest priority."""
    give_way()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(act(*args))


@dataclass(frozen=True)
class Ask:
    """One ASK of the honest client: when it was sent (`time.monotonic`), and its answer."""

    at: float
    seconds: float
    kind: str


def keep_asking(over: Event, port: int, *, is_newcomer: bool) -> list[Ask]:
    """Send a cheap ASK, always a new one, every 20 ms from an address of its own, until `over`.

    Each has a new connection and is sent when it is due, also if the last ones are not answered
    yet, unless these are a hundred. A newcomer has a new address for each.
    """
    gc.disable()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_ask_until(over, port, is_newcomer))


async def _ask_until(over: Event, port: int, is_newcomer: bool) -> list[Ask]:
    asks: list[Ask] = []
    # A value of its own for each run, so that no answer of an earlier run is kept.
    number, due = random.getrandbits(40), time.monotonic()
    free = asyncio.Semaphore(_MAX_ASKS_AT_ONCE)

    async def ask_and_note(number: int, address: str) -> None:
        at = time.monotonic()
        answer = await ask(port, number, address)
        asks.append(Ask(at, answer.seconds, verdict_on_ask(number, answer)))
        free.release()

    async with asyncio.TaskGroup() as running:
        while not over.is_set():
            number += 1
            await free.acquire()
            address = newcomer_address(number) if is_newcomer else _HONEST_ADDRESS
            running.create_task(ask_and_note(number, address))
            due = max(due + SECONDS_BETWEEN_ASKS, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
    return asks


async def ask(port: int, number: int, address: str) -> Answer:
    """Ask whether this number is odd."""
    query = f"ASK {{ VALUES (?a ?b) {{ ({number} {number // 2 * 2 + 1}) }} FILTER(?a = ?b) }}"
    return await exchange(port, sparql_query(query), address, bound_seconds=_ASK_BOUND_SECONDS)


def verdict_on_ask(number: int, answer: Answer) -> str:
    """Return the kind of this answer to `ask`, or WRONG."""
    if answer.status != 200:
        return answer.kind
    if not answer.received.endswith(b"}"):
        return CLOSED
    expected = b'"boolean":true' if number % 2 else b'"boolean":false'
    return answer.kind if expected in answer.received else WRONG


def newcomer_address(number: int) -> str:
    """Return an address in 127.64.0.0/10 that no attacker has."""
    return f"127.{64 + number // 62500 % 64}.{number // 250 % 250}.{1 + number % 250}"


@dataclass(frozen=True)
class Sample:
    """The memory at one moment (`time.monotonic`), in MiB.

    That is what all processes of the machine and the outermost one of the service take, apart from
    files.
    """

    at: float
    machine: float
    outermost: float


def watch_memory(over: Event, tree: ProcessTree) -> list[Sample]:
    """Measure the memory twice a second, until `over`.

    Not by the pages of each process: to count them holds up that process.
    """
    samples = []
    outermost, page = Path(f"/proc/{tree.outermost}/statm"), os.sysconf("SC_PAGE_SIZE")
    while not over.wait(_SECONDS_BETWEEN_SAMPLES):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        machine = next(int(line.split()[1]) for line in lines if line.startswith("AnonPages:"))
        with suppress(OSError):
            _, resident, of_files, *_ = map(int, outermost.read_text(encoding="ascii").split())
            size = (resident - of_files) * page / 2**20
            samples.append(Sample(time.monotonic(), machine / 1024, size))
    return samples
