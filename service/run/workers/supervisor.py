"""Run `glocal serve --workers N`: keep several HTTP processes running, and switch their releases.

All of them accept connections from one socket, and share one snapshot.
"""

import asyncio
import logging
import signal
import socket
import tempfile
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, NoReturn

from kg.errors import BrokenRelease, KgError
from kg.store.release_folder import find_release
from service.errors import HttpProcessesDown
from service.http.observation import ENDED_SUFFIX, LIVE_SUFFIX
from service.log_output import QueuedStderr, write_lost_lines
from service.run.opening import find_address
from service.run.server import open_listening_socket
from service.run.server_watch import check_server
from service.run.switching import watch_release
from service.run.verification import FirstVerification, verify_next
from service.run.workers.http_process import HttpProcess, WorkerOptions
from service.run.workers.trunk import Generation
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_STARTS: Final = 1.0
_SECONDS_BETWEEN_WRITES: Final = 1.0
_LONGEST_FOLDER: Final = 60
_STARTING_SECONDS: Final = 10.0
# In addition to the time that an HTTP process gives its last requests.
_ENDING_SECONDS: Final = 5.0


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


def _place_for_sockets() -> Path | None:
    """Return where to make the folder of the sockets, whose paths may have about 100 characters."""
    is_short = len(tempfile.gettempdir()) <= _LONGEST_FOLDER
    return None if is_short else Path("/tmp")  # noqa: S108 - a folder of its own is made in it


class Supervisor:
    """Starts the HTTP processes, restarts those that end, and has them switch releases."""

    def __init__(
        self, settings: Settings, listening: socket.socket, verification: FirstVerification
    ) -> None:
        self._settings, self._listening = settings, listening
        self._verification = verification
        self._switches = self._refused = 0
        self._numbers = count(1)
        self._processes: set[HttpProcess] = set()
        self._was_up = self._has_lost_store = False
        self._end: Future[signal.Signals] = asyncio.get_running_loop().create_future()

    async def run(self, tell: Callable[[], None]) -> signal.Signals:
        """Run until a signal ends the service, and return that signal.

        `tell` is called once requests are accepted. Raises BrokenRelease if a file was changed,
        QueryProcessesDown if the trunk does not start, and HttpProcessesDown if an HTTP process
        ends before any has been ready; a StoreError if no server has the release.
        """
        await asyncio.to_thread(self._verification.wait_until_servable)
        with tempfile.TemporaryDirectory(prefix="glocal-", dir=_place_for_sockets()) as folder:
            self._folder = Path(folder)
            release = find_release(self._settings.release)
            address = await asyncio.to_thread(find_address, release, self._settings)
            self._served = self._new_generation(release, address)
            self._served.integrity.is_verified = self._verification.is_complete
            try:
                await self._served.check()
                loop = asyncio.get_running_loop()
                for signal_number in (signal.SIGINT, signal.SIGTERM):
                    loop.add_signal_handler(signal_number, self._shut_down, signal_number)
                tell()
                await self._run_processes()
                return await self._end
            finally:
                await self._served.end()

    async def _run_processes(self) -> None:
        """Run the HTTP processes until the service ends, and watch the path of the release."""
        watch = watch_release(
            self._settings, self._served_folder, self._switch, lambda: self._has_lost_store
        )
        background = [
            asyncio.create_task(task)
            for task in (watch, self._verify(), self._write_lost_lines(), self._watch_server())
        ]
        running = [asyncio.create_task(self._keep_running()) for _ in range(self._settings.workers)]
        try:
            await asyncio.gather(*running)
        finally:
            for task in background:
                task.cancel()
            if not self._end.done():
                self._shut_down(signal.SIGTERM)
            await asyncio.gather(*running, return_exceptions=True)

    def _new_generation(self, release: Path, address: str) -> Generation:
        return Generation(next(self._numbers), release, self._settings, self._folder, address)

    async def _watch_server(self) -> None:
        """Look whether another server has to take the place of the one with the quads.

        The HTTP processes watch it for themselves, and say what they find.
        """
        while len(self._settings.store) > 1:
            served = self._served
            failure = await asyncio.to_thread(
                check_server, served.address, served.release, self._settings
            )
            self._has_lost_store = failure is not None and served is self._served
            await asyncio.sleep(_SECONDS_BETWEEN_WRITES)

    def _served_folder(self) -> Path | None:
        """Return the folder of the release that is served; None if it was refused."""
        return self._served.release if self._served.integrity.refusal is None else None

    async def _verify(self) -> None:
        """Verify the rest of the files of the first release, and tell all HTTP processes."""
        first = self._served
        try:
            await self._verification.wait()
            first.integrity.is_verified = True
        except BrokenRelease as error:
            first.integrity.refusal = error
        # Another release may be served by now.
        if self._served is first:
            self._refused += first.integrity.refusal is not None
            for process in self._processes:
                self._send_integrity(process)

    def _send_integrity(self, process: HttpProcess) -> None:
        """Tell an HTTP process, which may still be starting, what is known about its release."""
        integrity = self._served.integrity
        if integrity.refusal is not None:
            process.send("refuse", integrity.refusal.reason)
        elif integrity.is_verified:
            process.send("verified")

    def _shut_down(self, signal_number: signal.Signals) -> None:
        """End all HTTP processes; kill them on a second signal, or if they take too long."""
        is_second = self._end.done()
        for process in self._processes:
            process.send_signal(signal.SIGKILL if is_second else signal.SIGTERM)
        if not is_second:
            self._end.set_result(signal_number)
            patience_seconds = self._settings.max_ending_seconds + _ENDING_SECONDS
            asyncio.get_running_loop().call_later(patience_seconds, self._shut_down, signal_number)

    async def _keep_running(self) -> None:
        """Keep one HTTP process running, restarting it when it ends, until the service ends."""
        while not self._end.done():
            options = WorkerOptions(
                settings=self._settings.model_copy(update=self._served.settings),
                name=f"{next(self._numbers)}",
                folder=self._folder,
                generation=self._served.number,
                switches=self._switches,
                refused_releases=self._refused,
                is_verified=self._served.integrity.is_verified,
            )
            try:
                process = await HttpProcess.start(options, self._listening)
            except OSError as error:
                _log.error("Cannot start an HTTP process: %s", error)
                await asyncio.wait([self._end], timeout=_SECONDS_BETWEEN_STARTS)
                continue
            self._processes.add(process)
            self._send_integrity(process)
            if self._end.done() or options.generation != self._served.number:
                process.send_signal(signal.SIGTERM)
            await process.starting
            self._was_up |= process.is_up
            code = await process.wait()
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

    async def _switch(self, release: Path) -> None:
        """Switch all HTTP processes to the release in this folder; none if one cannot open it."""
        # Before all else: a server may get it only later.
        address = await asyncio.to_thread(find_address, release, self._settings)
        if address and (address, release) == (self._served.address, self._served.release):
            # It answers again.
            return
        # Processes that are starting need the release that is served so far.
        if starting := [process.starting for process in self._processes]:
            await asyncio.wait(starting, timeout=_STARTING_SECONDS)
        processes = [process for process in self._processes if process.is_up]
        previous, new = self._served, None
        try:
            await verify_next(release, self._settings)
            new = self._new_generation(release, address)
            await new.check()
            # Wait for every reply, even after a failure, so that each process that has opened the
            # release can close it again.
            opening = (process.open(new) for process in processes)
            for failure in await asyncio.gather(*opening, return_exceptions=True):
                if failure is not None:
                    raise failure
        except (KgError, OSError):
            self._refused += 1
            for process in processes:
                process.send("drop")
            if new is not None:
                new.retire()
            raise
        self._served, self._switches = new, self._switches + 1
        for process in processes:
            process.send("switch")
        # Those that have started meanwhile serve the previous release; they are replaced.
        for process in self._processes.difference(processes):
            process.send_signal(signal.SIGTERM)
        previous.retire()
        _log.info("The release in %s is served now, after %s.", release, previous.release)

    async def _write_lost_lines(self) -> NoReturn:
        """Write the number of log lines that this process has lost to a file once a second.

        The HTTP processes add it to their metrics.
        """
        while True:
            # While the disk is full, the previous file stays.
            with suppress(OSError):
                write_lost_lines(self._folder / f"supervisor{LIVE_SUFFIX}")
            await asyncio.sleep(_SECONDS_BETWEEN_WRITES)
