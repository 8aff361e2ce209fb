"""The pool of query processes or evaluator processes, and their parents."""

import asyncio
import logging
import socket
from asyncio import Event, IncompleteReadError, Task, TimerHandle
from collections.abc import Callable, Iterator
from typing import Final

from service.errors import EvaluatorsDown, QueryProcessesDown
from service.queries.child_process import JobNotTaken, QueryProcess
from service.queries.memory import private_bytes
from service.queries.messages import WARM_UP, FrameKind
from service.queries.parent_client import ParentProcess
from service.queries.snapshot import (
    EVALUATOR_PROGRAM,
    AdoptedProcess,
    ParentOptions,
    ParentSource,
    spawn_parent,
)

_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_TRIMS: Final = 2
_MAX_IDLE: Final = 16
# Private memory that a process keeps while it is not needed; a new one has about 4 MB.
_MAX_IDLE_BYTES: Final = 2**24
# After a start that failed; four times as many after each further one.
_SECONDS_BETWEEN_STARTS: Final = 0.1
_MOST_SECONDS_BETWEEN_STARTS: Final = 30.0
# Enough for a new parent to load two million quads; a million take two seconds.
_WAIT_FOR_PARENT_SECONDS: Final = 5.0
# Enough to load the indexes of a million quads.
_WAIT_FOR_EVALUATORS_SECONDS: Final = 30.0
_IDLE_SECONDS: Final = 1.0
# Before a writer process becomes the parent, a fresh process may have to load the changed store,
# which takes 10 s for two million quads (see `compaction`).
_ADOPTION_SECONDS: Final = 120.0


async def _is_warm(process: QueryProcess) -> bool:
    """Wait until a new process has answered, and return whether it has."""
    try:
        async with asyncio.timeout(_WAIT_FOR_PARENT_SECONDS):
            return (await process.send_job(WARM_UP)).kind is FrameKind.LAST
    except (TimeoutError, JobNotTaken, IncompleteReadError):
        return False


def report_failure(task: Task[None]) -> None:
    """Log the error that ended a task which should have gone on."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("The pool of processes does not go on.", exc_info=error)


class IdleProcesses:
    """Processes that have no job, the one that was used last at the end."""

    def __init__(self) -> None:
        self._processes: list[QueryProcess] = []
        # The lowest number since the last trim: this many were not needed.
        self._least = 0

    def __len__(self) -> int:
        return len(self._processes)

    def __iter__(self) -> Iterator[QueryProcess]:
        return iter(self._processes)

    def take(self) -> QueryProcess | None:
        """Take the one that was used last, if there is any."""
        process = self._processes.pop() if self._processes else None
        self._least = min(self._least, len(self))
        return process

    def put(self, process: QueryProcess) -> None:
        """Keep a process that has done its job."""
        self._processes.append(process)

    def put_new(self, process: QueryProcess) -> None:
        """Keep a process that has just been forked, and may need time to start."""
        self._processes.insert(0, process)

    def trim(self, spare: int) -> None:
        """End those not needed since the last trim, except so many; of these, end large ones."""
        unneeded = self._processes[: self._least]
        surplus = max(self._least - spare, 0)
        for number, process in enumerate(unneeded):
            if number < surplus or private_bytes(process.process_id or 0) > _MAX_IDLE_BYTES:
                process.close()
                self._processes.remove(process)
        self._least = len(self)

    def close(self) -> None:
        """End all."""
        for process in self._processes:
            process.close()
        self._processes.clear()


class ProcessPool:
    """Hands out query processes, and keeps some spare ones forked ahead.

    A process runs one query after another; while it is busy, the next query takes a spare one.
    Processes that have not been needed for a while are ended.

    When the parent dies, another is started, unless a writer process has been adopted as parent:
    then the written data died with it. `generation` counts the adoptions.

    A job waits for a parent for up to `waiting_seconds`; without one, it gets `error_if_down`.
    """

    def __init__(self, spare: int) -> None:
        self.generation = 0
        self.waiting_seconds = _WAIT_FOR_PARENT_SECONDS
        self.error_if_down: type[QueryProcessesDown] = QueryProcessesDown
        self._spare = spare
        self._start_parent: ParentSource = spawn_parent
        self._kind = "query"
        self._first_start: TimerHandle | None = None
        self._idle = IdleProcesses()
        self._current: ParentProcess | None = None
        self._retired: set[ParentProcess] = set()
        # Neither is set while a parent is starting. It is settled that one is up, or (without a
        # current one) that it could not be started; the next attempt is made after a while.
        self._is_settled, self._needs_restart = Event(), Event()
        self._tasks: list[Task[None]] = []

    @property
    def parent(self) -> ParentProcess | None:
        """The current parent, or None while no parent can fork."""
        return self._current if self._is_settled.is_set() else None

    @property
    def parents(self) -> list[ParentProcess]:
        """All parents: the current one, and retired ones that still have processes."""
        return [*self._retired, *([self._current] if self._current is not None else [])]

    @property
    def idle_process_ids(self) -> list[int]:
        """The process ids of the processes that have no job."""
        return [one.process_id for one in self._idle if one.process_id is not None]

    async def open(
        self,
        options: ParentOptions,
        when_lost: Callable[[], None],
        start_parent: ParentSource | None = None,
    ) -> None:
        """Start the parent; it forks the first query processes soon after.

        Evaluators are started in the background: when they are first needed, or soon after, so
        that their loading delays nothing else. `start_parent` starts this parent and later ones, by
        default as children of this process. Raises QueryProcessesDown if such a child ends before
        it is ready; where others start the parents, one that ends is replaced as it is later.
        """
        self._start_parent = start_parent or spawn_parent
        if options.program == EVALUATOR_PROGRAM:
            self.error_if_down = EvaluatorsDown
            self.waiting_seconds = _WAIT_FOR_EVALUATORS_SECONDS
            self._kind = "evaluator"
            loop = asyncio.get_running_loop()
            self._first_start = loop.call_later(_IDLE_SECONDS, self._begin)
        elif not await self._start(options) and start_parent is None:
            raise QueryProcessesDown
        coroutines = self._restart_parents(options, when_lost), self._trim_regularly()
        self._tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
        for task in self._tasks:
            task.add_done_callback(report_failure)

    async def close(self) -> None:
        """End the parent and every query process."""
        if self._first_start is not None:
            self._first_start.cancel()
        for task in self._tasks:
            task.cancel()
        for parent in self.parents:
            parent.end()
            await asyncio.to_thread(parent.reap)

    async def wait_for_parent(self) -> ParentProcess:
        """Wait until a parent is up, and return it.

        Raises QueryProcessesDown, or EvaluatorsDown if they are evaluators: at once if the last
        start failed, else if none is up in time.
        """
        if (parent := self.parent) is not None:
            return parent
        if self._first_start is not None:
            self._first_start.cancel()
            self._begin()
        try:
            async with asyncio.timeout(self.waiting_seconds):
                await self._is_settled.wait()
        except TimeoutError:
            _log.warning("No %s process was up after %g s.", self._kind, self.waiting_seconds)
        else:
            if self._current is not None:
                return self._current
        raise self.error_if_down

    def _begin(self) -> None:
        """Have the first parent started, once: a second time would replace it."""
        self._first_start = None
        self._needs_restart.set()

    async def adopt(
        self, process: QueryProcess, program: AdoptedProcess, control: socket.socket
    ) -> bool:
        """Make a writer process the parent, and return whether this succeeded.

        It fails if the current parent has died, or if the writer process dies or is not ready in
        time. The previous parent ends once its last query has ended.
        """
        previous = self._current
        if previous is None or not previous.detach(process):
            return False
        parent = ParentProcess(program, control, self._on_parent_gone)
        await asyncio.wait([parent.is_ready], timeout=_ADOPTION_SECONDS)
        is_ready = parent.is_ready.done() and parent.is_ready.result()
        # Queries that come now are answered from the state before, until one process has started.
        spare = parent.fork() if is_ready else None
        if (
            spare is None
            or not await _is_warm(spare)
            or self._current is not previous
            or not self._is_settled.is_set()
        ):
            program.kill()
            parent.end()
            return False
        self._current = parent
        self.generation += 1
        self._retired.add(previous)
        self._idle.close()
        self._idle.put(spare)
        self._top_up()
        previous.retire()
        return True

    async def take(self, *, is_new: bool = False) -> QueryProcess:
        """Take an idle query process, or fork one if `is_new` or none is idle."""
        while True:
            parent = await self.wait_for_parent()
            process = (None if is_new else self._idle.take()) or parent.fork()
            if process.is_alive:
                break
            process.close()
        self._top_up()
        return process

    def give_back(self, process: QueryProcess, *, process_ends: bool) -> None:
        """Take back a process that has sent its answer, to use it again unless it ends now."""
        is_current = self._current is not None and self._current.owns(process)
        is_usable = is_current and process.is_alive and not process_ends
        if is_usable and len(self._idle) < _MAX_IDLE:
            self._idle.put(process)
        else:
            process.close()

    def kill(self, process: QueryProcess) -> None:
        """Kill a process, whether it is busy or idle."""
        process.close()
        for parent in self.parents:
            if parent.owns(process):
                parent.kill(process)

    def trim(self) -> None:
        """End the idle processes not needed since the last trim, except small spare ones."""
        self._idle.trim(self._spare)
        self._top_up()

    def _top_up(self) -> None:
        while (parent := self.parent) is not None and len(self._idle) < self._spare:
            self._idle.put_new(parent.fork())

    async def _start(self, options: ParentOptions) -> bool:
        """Start a parent, and return whether it can fork."""
        self._needs_restart.clear()
        try:
            program, control = await self._start_parent(options)
        except QueryProcessesDown as error:
            _log.warning("No parent of the %s processes starts: %s", self._kind, error.__cause__)
            self._needs_restart.set()
            return False
        self._current = ParentProcess(program, control, self._on_parent_gone)
        if not await asyncio.shield(self._current.is_ready):
            code = await asyncio.to_thread(self._current.reap)
            _log.error("No parent of the %s processes starts: exit code %d.", self._kind, code)
            return False
        self._is_settled.set()
        self._top_up()
        return True

    def _on_parent_gone(self, parent: ParentProcess) -> None:
        """Forget a parent that has died, and with it everything that it had forked."""
        if parent is self._current:
            self._is_settled.clear()
            self._idle.close()
            self._needs_restart.set()
        else:
            self._retired.discard(parent)
            asyncio.get_running_loop().run_in_executor(None, parent.reap)

    async def _trim_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_TRIMS)
            self.trim()

    async def _restart_parents(self, options: ParentOptions, when_lost: Callable[[], None]) -> None:
        """Replace each parent that dies; call `when_lost` and stop if written data died with it."""
        wait_seconds = _SECONDS_BETWEEN_STARTS
        while True:
            await self._needs_restart.wait()
            # A writer process has been adopted.
            if self.generation:
                when_lost()
                return
            if self._current is not None:
                code = await asyncio.to_thread(self._current.reap)
                _log.error(
                    "The parent of the %s processes ended with exit code %d. Starting another.",
                    *(self._kind, code),
                )
            if await self._start(options):
                wait_seconds = _SECONDS_BETWEEN_STARTS
            else:
                self._current = None
                self._is_settled.set()
                await asyncio.sleep(wait_seconds)
                self._is_settled.clear()
                wait_seconds = min(4 * wait_seconds, _MOST_SECONDS_BETWEEN_STARTS)
