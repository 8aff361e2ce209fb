"""Run `glocal serve --workers N`: keep several HTTP processes running, and switch their releases.

All of them accept connections from one socket, and share one snapshot.
"""

import asyncio
import logging
import signal
import socket
import sys
import tempfile
from asyncio import Future
from asyncio.subprocess import Process, create_subprocess_exec
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Final, NoReturn

from kg.errors import BrokenRelease, KgError
from kg.store.release_folder import find_release
from service.errors import HttpProcessesDown, QueryProcessesDown
from service.http.endpoint import Integrity
from service.http.observation import ENDED_SUFFIX, LIVE_SUFFIX
from service.log_output import QueuedStderr, write_lost_lines
from service.queries.parent_client import ParentProcess
from service.queries.snapshot import QUERY_PROGRAM, child_connection, spawn_parent
from service.run.first_parent import parent_options
from service.run.server import open_listening_socket
from service.run.switching import watch_release
from service.run.verification import FirstVerification, verify_next
from service.run.workers.channel import Channel, Message, MessageKind, WorkerOptions
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_STARTS: Final = 1.0
_SECONDS_BETWEEN_WRITES: Final = 1.0
_POLL_SECONDS: Final = 0.05
_STARTING_SECONDS: Final = 10.0
# Opening a release of two million quads takes less than ten seconds.
_OPENING_SECONDS: Final = 120.0
# In addition to the time that an HTTP process gives its last requests.
_ENDING_SECONDS: Final = 5.0


@dataclass(eq=False)
class HttpProcess:
    """An HTTP process; `generation` is that of the release that it serves."""

    name: str
    generation: int
    process: Process
    channel: Channel
    is_up: bool = False
    _reply: "Future[Message | None] | None" = field(default=None, init=False)

    @classmethod
    async def start(cls, options: WorkerOptions, listening: socket.socket) -> "HttpProcess":
        """Start an HTTP process that accepts connections from the listening socket."""
        with child_connection() as (ours, theirs):
            descriptors = [theirs.fileno(), listening.fileno()]
            process = await create_subprocess_exec(
                *(sys.executable, "-P", "-m", "service.run.workers.worker"),
                *(str(descriptor) for descriptor in descriptors),
                options.model_dump_json(),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=descriptors,
                # A process group of its own: Ctrl-C in a terminal reaches the supervisor alone,
                # which passes it on once.
                process_group=0,
            )
        return cls(options.name, options.generation, process, Channel(ours))

    async def request(self, message: Message, *, seconds: float) -> Message | None:
        """Send a message and wait for the reply, at most this long; None if the process ends."""
        self._reply = asyncio.get_running_loop().create_future()
        self.channel.send(message)
        async with asyncio.timeout(seconds):
            return await self._reply

    def resolve_reply(self, message: Message | None) -> None:
        """Pass a reply to the waiting `request`, or None when the process has ended."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(message)

    def send_signal(self, signal_number: signal.Signals) -> None:
        """Send the process a signal if it still exists."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal_number)


def supervise(
    settings: Settings,
    verification: FirstVerification,
    tell: Callable[[], None],
    stderr: QueuedStderr,
) -> None:
    """Serve from several HTTP processes until a signal ends the service.

    `stderr` is closed at the end: all processes write to it. For `tell` and errors see
    `open_listening_socket` and `Supervisor.run`.
    """
    listening = open_listening_socket(settings)

    async def run() -> signal.Signals:
        return await Supervisor(settings, listening, verification).run(tell)

    with listening:
        signal_number = asyncio.run(run())
    # So that the exit status tells the service manager which signal ended the service.
    if signal_number is signal.SIGTERM:
        stderr.close()
        signal.raise_signal(signal_number)


class Supervisor:
    """Starts the HTTP processes, restarts those that end, and has them switch releases."""

    def __init__(
        self, settings: Settings, listening: socket.socket, verification: FirstVerification
    ) -> None:
        self._settings, self._listening = settings, listening
        self._verification, self._integrity = verification, Integrity(is_verified=False)
        self._generations = Generations(settings)
        self._generation = self._generations.add(find_release(settings.release))
        self._switches = self._refused = 0
        self._names = count(1)
        self._processes: set[HttpProcess] = set()
        self._was_up = False
        self._end: Future[signal.Signals] = asyncio.get_running_loop().create_future()

    async def run(self, tell: Callable[[], None]) -> signal.Signals:
        """Run until a signal ends the service, and return that signal.

        `tell` is called once requests are accepted. Raises BrokenRelease if a file was changed,
        QueryProcessesDown if the trunk does not start, and HttpProcessesDown if an HTTP process
        ends before any has been ready.
        """
        await asyncio.to_thread(self._verification.wait_until_servable)
        self._integrity.is_verified = self._verification.is_complete
        await self._generations.running_trunk(self._generation)
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, self._shut_down, signal_number)
        tell()
        watch = watch_release(self._settings, self._served_folder, self._switch)
        background = [asyncio.create_task(task) for task in (watch, self._verify())]
        with tempfile.TemporaryDirectory(prefix="glocal-") as name:
            folder, workers = Path(name), range(self._settings.workers)
            writing = asyncio.create_task(_write_lost_lines(folder / f"supervisor{LIVE_SUFFIX}"))
            tasks = [asyncio.create_task(self._keep_running(folder)) for _ in workers]
            try:
                await asyncio.gather(*tasks)
                return await self._end
            finally:
                for task in (*background, writing):
                    task.cancel()
                if not self._end.done():
                    self._shut_down(signal.SIGTERM)
                await asyncio.gather(*tasks, return_exceptions=True)
                self._generations.end()

    @property
    def _release(self) -> Path:
        return self._generations.release(self._generation)

    def _served_folder(self) -> Path | None:
        """Return the folder of the release that is served; None if it was refused."""
        return self._release if self._integrity.refusal is None else None

    async def _verify(self) -> None:
        """Verify the rest of the files of the first release, and tell all HTTP processes."""
        integrity = self._integrity
        try:
            await self._verification.wait()
            integrity.is_verified = True
        except BrokenRelease as error:
            integrity.refusal = error
        # Another release may be served by now.
        if self._integrity is integrity:
            self._refused += integrity.refusal is not None
            for process in self._processes:
                self._tell_integrity(process)

    def _tell_integrity(self, process: HttpProcess) -> None:
        """Tell an HTTP process that is up that its release was verified or refused, if it was."""
        if not process.is_up or process.generation != self._generation:
            return
        if (refusal := self._integrity.refusal) is not None:
            kind, reason = MessageKind.WITHDRAW, refusal.reason
            process.channel.send(Message(kind, self._generation, reason=reason))
        elif self._integrity.is_verified:
            process.channel.send(Message(MessageKind.VERIFIED, self._generation))

    def _shut_down(self, signal_number: signal.Signals) -> None:
        """End all HTTP processes; kill them on a second signal, or if they take too long."""
        if self._end.done():
            self._signal_all(signal.SIGKILL)
            return
        self._end.set_result(signal_number)
        self._signal_all(signal.SIGTERM)
        patience_seconds = self._settings.max_ending_seconds + _ENDING_SECONDS
        asyncio.get_running_loop().call_later(patience_seconds, self._signal_all, signal.SIGKILL)

    def _signal_all(self, signal_number: signal.Signals) -> None:
        for process in self._processes:
            process.send_signal(signal_number)

    async def _keep_running(self, folder: Path) -> None:
        """Keep one HTTP process running, restarting it when it ends, until the service ends."""
        while not self._end.done():
            options = WorkerOptions(
                settings=self._settings.model_copy(update={"release": self._release}),
                name=f"{next(self._names)}",
                folder=folder,
                generation=self._generation,
                switches=self._switches,
                refused_releases=self._refused,
                is_verified=self._integrity.is_verified,
            )
            try:
                process = await HttpProcess.start(options, self._listening)
            except OSError as error:
                _log.error("Cannot start an HTTP process: %s", error)
                await asyncio.wait([self._end], timeout=_SECONDS_BETWEEN_STARTS)
                continue
            self._processes.add(process)
            if self._end.done():
                process.send_signal(signal.SIGTERM)
            code = await self._serve_requests(process)
            self._processes.discard(process)
            # Its counts still count, its gauges do not. It may have ended before it wrote the file.
            with suppress(FileNotFoundError):
                options.metrics_file.replace(options.metrics_file.with_suffix(ENDED_SUFFIX))
            if self._end.done():
                return
            if not self._was_up:
                raise HttpProcessesDown(code)
            _log.error("An HTTP process ended with exit code %d. Starting another.", code)
            if not process.is_up:
                await asyncio.wait([self._end], timeout=_SECONDS_BETWEEN_STARTS)

    async def _serve_requests(self, process: HttpProcess) -> int:
        """Handle the messages of an HTTP process until it ends, and return its exit code."""
        tasks = set()
        while (message := await process.channel.receive()) is not None:
            if message.kind is MessageKind.WANT:
                task = asyncio.create_task(self._send_parent(process, message))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            elif message.kind is MessageKind.READY:
                process.is_up = self._was_up = True
                self._tell_integrity(process)
                self._end_if_outdated(process)
            else:
                process.resolve_reply(message)
        process.resolve_reply(None)
        return await process.process.wait()

    async def _send_parent(self, process: HttpProcess, wanted: Message) -> None:
        """Fork a parent for an HTTP process and send it, or send that none is available."""
        message = replace(wanted, kind=MessageKind.PARENT)
        try:
            trunk = await self._generations.running_trunk(wanted.generation, wanted.program)
            parent, control = await trunk.fork_parent()
        except (KgError, OSError):
            process.channel.send(message)
            return
        with control:
            process.channel.send(replace(message, process_id=parent.pid, control=control))

    async def _switch(self, release: Path) -> None:
        """Switch all HTTP processes to the release in this folder; none if one cannot open it."""
        new, previous = self._generations.add(release), self._generation
        await self._wait_until_up()
        processes = [process for process in self._processes if process.is_up]
        try:
            await verify_next(release, self._settings)
            await self._generations.running_trunk(new)
            # Wait for every reply, even after a failure, so that each process that has opened the
            # release can close it again.
            opening = (self._open(process, new) for process in processes)
            for failure in await asyncio.gather(*opening, return_exceptions=True):
                if failure is not None:
                    raise failure
        except (KgError, OSError):
            self._refused += 1
            for process in processes:
                process.channel.send(Message(MessageKind.DROP, new))
            self._generations.retire(new)
            raise
        previous_release = self._release
        self._generation, self._switches = new, self._switches + 1
        self._integrity = Integrity()
        for process in processes:
            process.generation = new
            process.channel.send(Message(MessageKind.SWITCH, new))
        # Processes that came up meanwhile still serve the previous release.
        for process in self._processes:
            self._end_if_outdated(process)
        self._generations.retire(previous)
        _log.info("The release in %s is served now, after %s.", release, previous_release)

    async def _wait_until_up(self) -> None:
        """Wait a limited time for starting processes, which need the release served so far."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_STARTING_SECONDS):
                while any(not process.is_up for process in self._processes):
                    await asyncio.sleep(_POLL_SECONDS)

    async def _open(self, process: HttpProcess, generation: int) -> None:
        """Have an HTTP process open a release; raise BrokenRelease if it cannot."""
        release = self._generations.release(generation)
        message = Message(MessageKind.OPEN, generation, release=str(release))
        try:
            reply = await process.request(message, seconds=_OPENING_SECONDS)
        except TimeoutError:
            process.send_signal(signal.SIGKILL)
            raise BrokenRelease(release, "an HTTP process took too long to open it") from None
        # A process that has ended meanwhile is restarted with the release served then.
        if reply is not None and reply.kind is MessageKind.REFUSED:
            raise BrokenRelease(release, reply.reason)

    def _end_if_outdated(self, process: HttpProcess) -> None:
        """End a process that serves another release than the rest; it restarts with theirs."""
        if process.is_up and process.generation != self._generation:
            process.send_signal(signal.SIGTERM)


async def _write_lost_lines(file: Path) -> NoReturn:
    """Write the number of log lines that this process has lost to a file once a second.

    The HTTP processes add it to their metrics.
    """
    while True:
        # While the disk is full, the previous file stays.
        with suppress(OSError):
            write_lost_lines(file)
        await asyncio.sleep(_SECONDS_BETWEEN_WRITES)


class Generations:
    """Releases by generation, each with trunks: parent processes that fork other parents.

    A generation is a number that is new each time a release is opened: the folder alone does not
    identify a release, since its content may be replaced.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._newest = 0
        self._releases: dict[int, Path] = {}
        # By generation and program.
        self._trunks: dict[tuple[int, str], ParentProcess] = {}
        self._starting: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def add(self, release: Path) -> int:
        """Add the release in this folder, and return its generation."""
        self._newest += 1
        self._releases[self._newest] = release
        return self._newest

    def release(self, generation: int) -> Path:
        """Return the folder of a generation's release."""
        return self._releases[generation]

    async def running_trunk(self, generation: int, program: str = QUERY_PROGRAM) -> ParentProcess:
        """Return the trunk of a generation that runs a program, and start one if none is running.

        Raises QueryProcessesDown if the trunk does not start, or the generation has been retired,
        and BrokenRelease if the manifest of its release has been damaged.
        """
        async with self._starting[program]:
            previous = self._trunks.get((generation, program))
            if previous is not None and not previous.is_over:
                return previous
            if generation not in self._releases:
                raise QueryProcessesDown
            if previous is not None:
                _log.error("The parent of all processes of %s ended. Starting another.", program)
            try:
                release = self._releases[generation]
                options = parent_options(release, self._settings, program)
            except OSError as error:
                raise QueryProcessesDown from error
            trunk = ParentProcess(*await spawn_parent(options), when_over=_reap_in_thread)
            if not await trunk.is_ready:
                raise QueryProcessesDown
            self._trunks[generation, program] = trunk
            return trunk

    def retire(self, generation: int) -> None:
        """Forget a generation; its trunks end with the last of their parents."""
        del self._releases[generation]
        for key in [key for key in self._trunks if key[0] == generation]:
            self._trunks.pop(key).retire()

    def end(self) -> None:
        """End all trunks."""
        for trunk in self._trunks.values():
            trunk.end()


def _reap_in_thread(trunk: ParentProcess) -> None:
    # Its parents die with it. In a container this process may be the init process, and then it
    # must reap them too.
    asyncio.get_running_loop().run_in_executor(None, trunk.reap)
