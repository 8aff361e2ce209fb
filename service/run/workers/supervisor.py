"""An HTTP process, as the supervisor holds it.

Keeps several HTTP processes at work on one listening socket and one snapshot.

`glocal serve --workers N`: from the command line to the end of the service.
"""

import asyncio
import logging
import signal
import socket
import sys
import tempfile
from asyncio import Future
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final, NoReturn

from kg.errors import BrokenRelease, KgError
from kg.paths import ONTOLOGY_FILES, newest_context, releases
from kg.store.release_folder import check, find
from service.errors import HttpProcessesDown, QueryProcessesDown
from service.http.shared_counts import end_counts
from service.run.server import listening_socket
from service.run.switching import Follower, look_when_told
from service.run.workers.channel import Channel, Kind, Message, Start
from service.run.workers.trunk import Generations
from service.settings import Settings


@dataclass(eq=False)
class HttpProcess:
    """One of several: `generation` is that of the release that it serves."""

    name: str
    generation: int
    process: Process
    channel: Channel
    is_up: bool = False
    _reply: "Future[Message | None] | None" = field(default=None, init=False)

    @classmethod
    async def start(cls, start: Start, listening: socket.socket) -> "HttpProcess":
        """A new one, which is to accept from this socket."""
        ours, theirs = socket.socketpair()
        with theirs:
            sockets = [theirs.fileno(), listening.fileno()]
            process = await create_subprocess_exec(
                *(sys.executable, "-P", "-m", "service.run.workers.worker"),
                *(str(one) for one in sockets),
                start.encode(),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=sockets,
                # Ctrl-C in a terminal reaches the supervisor alone, which passes it on once.
                process_group=0,
            )
        return cls(start.name, start.generation, process, Channel(ours))

    async def ask(self, message: Message, *, seconds: float) -> Message | None:
        """Its reply; none if it ends.

        Raises:
            TimeoutError: it says nothing for so long.
        """
        self._reply = asyncio.get_running_loop().create_future()
        self.channel.send(message)
        async with asyncio.timeout(seconds):
            return await self._reply

    def reply(self, message: Message | None) -> None:
        """Take its reply, or none when it has ended."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_result(message)

    def end(self, sent: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        with suppress(ProcessLookupError):
            self.process.send_signal(sent)


_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_STARTS: Final = 1.0
_SECONDS_BETWEEN_LOOKS: Final = 0.05
_STARTING_SECONDS: Final = 10.0
# A release of two million quads is opened in less than ten seconds.
_OPENING_SECONDS: Final = 120.0
# Beyond what an HTTP process gives its requests.
_ENDING_SECONDS: Final = 5.0


class Supervisor:
    """Starts the HTTP processes, and each again that ends; has them switch to another release.

    What they serve is a release of a generation: their number, each time one is opened.
    """

    def __init__(self, settings: Settings, listening: socket.socket, context_path: Path) -> None:
        self._settings, self._listening = settings, listening
        self._generations = Generations(settings, context_path)
        self._generation = self._generations.add(find(settings.release))
        self._switches = self._refused = 0
        self._names = count(1)
        self._processes: set[HttpProcess] = set()
        self._was_up = False
        self._end: Future[signal.Signals] = asyncio.get_running_loop().create_future()

    async def run(self, tell: Callable[[], None]) -> signal.Signals:
        """Work until a signal ends it, and return that; `tell` is called once requests may come.

        Raises:
            QueryProcessesDown: the parent of the parents does not start.
            HttpProcessesDown: an HTTP process ends before any has been ready.
        """
        await self._generations.trunk(self._generation)
        loop = asyncio.get_running_loop()
        for sent in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sent, self._told_to_end, sent)
        tell()
        following = asyncio.create_task(self._follow())
        with tempfile.TemporaryDirectory(prefix="glocal-") as folder:
            keepers = [
                asyncio.create_task(self._keep(Path(folder))) for _ in range(self._settings.workers)
            ]
            try:
                await asyncio.gather(*keepers)
                return await self._end
            finally:
                following.cancel()
                if not self._end.done():
                    self._told_to_end(signal.SIGTERM)
                await asyncio.gather(*keepers, return_exceptions=True)
                self._generations.end()

    @property
    def _release(self) -> Path:
        return self._generations.release(self._generation)

    async def _follow(self) -> NoReturn:
        path = self._settings.release or releases() / "newest"
        follower = Follower(path, every_seconds=self._settings.release_check_seconds)
        look_when_told(follower)
        await follower.follow(lambda: self._release, self._switch)

    def _told_to_end(self, sent: signal.Signals) -> None:
        """Pass it on; a second time, or after too long, wait for nobody."""
        if self._end.done():
            self._kill()
            return
        self._end.set_result(sent)
        for one in self._processes:
            one.end(signal.SIGTERM)
        patience = self._settings.max_ending_seconds + _ENDING_SECONDS
        asyncio.get_running_loop().call_later(patience, self._kill)

    def _kill(self) -> None:
        for one in self._processes:
            one.end(signal.SIGKILL)

    async def _keep(self, folder: Path) -> None:
        """Keep one HTTP process at work until the end."""
        while not self._end.done():
            start = Start(
                settings=self._settings.model_copy(update={"release": self._release}),
                name=f"{next(self._names)}",
                folder=folder,
                generation=self._generation,
                switches=self._switches,
                refused_releases=self._refused,
            )
            try:
                process = await HttpProcess.start(start, self._listening)
            except OSError as error:
                _log.error("An HTTP process does not start: %s", error)
                await asyncio.wait([self._end], timeout=_SECONDS_BETWEEN_STARTS)
                continue
            self._processes.add(process)
            if self._end.done():
                process.end(signal.SIGTERM)
            code = await self._attend(process)
            self._processes.discard(process)
            end_counts(folder, process.name)
            if self._end.done():
                return
            if not self._was_up:
                raise HttpProcessesDown(code)
            _log.error("An HTTP process ended: %d. Starting another.", code)
            if not process.is_up:
                await asyncio.wait([self._end], timeout=_SECONDS_BETWEEN_STARTS)

    async def _attend(self, process: HttpProcess) -> int:
        """Do what an HTTP process asks for, until it ends; its exit code."""
        lending = set()
        while (message := await process.channel.receive()) is not None:
            if message.kind is Kind.WANT:
                task = asyncio.create_task(self._lend(process, message.generation))
                lending.add(task)
                task.add_done_callback(lending.discard)
            elif message.kind is Kind.READY:
                process.is_up = self._was_up = True
                self._bring(process)
            else:
                process.reply(message)
        process.reply(None)
        return await process.process.wait()

    async def _lend(self, process: HttpProcess, generation: int) -> None:
        try:
            process_id, control = await (await self._generations.trunk(generation)).branch()
        except (QueryProcessesDown, OSError):
            process.channel.send(Message(Kind.PARENT, generation))
            return
        with control:
            here = Message(Kind.PARENT, generation, process_id=process_id, control=control)
            process.channel.send(here)

    async def _switch(self, release: Path) -> None:
        """Have all serve the release in this folder, once every one of them has opened it.

        Raises:
            KgError: it is not whole, or one of them cannot open it; nothing is switched then.
        """
        new, before = self._generations.add(release), self._generation
        await self._started()
        asked = [one for one in self._processes if one.is_up]
        try:
            await asyncio.to_thread(check, release)
            await self._generations.trunk(new)
            # All of their replies: what one has opened until then, it can let go.
            opening = (self._open(one, new) for one in asked)
            refusals = await asyncio.gather(*opening, return_exceptions=True)
            for refusal in refusals:
                if refusal is not None:
                    raise refusal
        except (KgError, OSError):
            self._refused += 1
            for one in asked:
                one.channel.send(Message(Kind.DROP, new))
            self._generations.retire(new)
            raise
        was = self._release
        self._generation, self._switches = new, self._switches + 1
        for one in asked:
            one.generation = new
            one.channel.send(Message(Kind.SWITCH, new))
        # Those that came up meanwhile.
        for one in self._processes:
            self._bring(one)
        self._generations.retire(before)
        _log.info("The release in %s is served now, after %s.", release, was)

    async def _started(self) -> None:
        """Wait for those that start, for some time: they need what is served now."""
        end = asyncio.get_running_loop().time() + _STARTING_SECONDS
        while any(not one.is_up for one in self._processes):
            if asyncio.get_running_loop().time() > end:
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _open(self, process: HttpProcess, generation: int) -> None:
        """Have it open a release beside the one that it serves.

        Raises:
            BrokenRelease: it could not.
        """
        release = self._generations.release(generation)
        message = Message(Kind.OPEN, generation, release=str(release))
        try:
            reply = await process.ask(message, seconds=_OPENING_SECONDS)
        except TimeoutError:
            process.end(signal.SIGKILL)
            raise BrokenRelease(release, "an HTTP process takes too long to open it") from None
        # One that has ended meanwhile is started again, with what is served then.
        if reply is not None and reply.kind is Kind.REFUSED:
            raise BrokenRelease(release, reply.reason)

    def _bring(self, process: HttpProcess) -> None:
        """End one that serves another release than all others; it comes again with that."""
        if process.is_up and process.generation != self._generation:
            process.end(signal.SIGTERM)


def supervise(settings: Settings, tell: Callable[[], None]) -> None:
    """Serve by several HTTP processes, until a signal ends it.

    Raises:
        CannotListen: see `listening_socket`.
        KgError: see `Supervisor.run`.
    """
    listening = listening_socket(settings)

    async def work() -> signal.Signals:
        context_path = newest_context(ONTOLOGY_FILES)
        return await Supervisor(settings, listening, context_path).run(tell)

    with listening:
        ended_by = asyncio.run(work())
    if ended_by is signal.SIGTERM:
        signal.raise_signal(ended_by)
