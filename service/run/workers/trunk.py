"""The trunks of a release: processes that have loaded it, and fork a parent for each connection."""

import asyncio
import logging
import select
import socket
from asyncio import Task
from pathlib import Path
from typing import Final

from service.errors import QueryProcessesDown
from service.http.endpoint import Integrity
from service.queries.parent_client import connect_to_trunk
from service.queries.snapshot import (
    EVALUATOR_PROGRAM,
    QUERY_PROGRAM,
    ParentOptions,
    StartedParent,
    spawn_parent,
)
from service.run.first_parent import parent_options
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")


def trunk_address(folder: Path, generation: int, program: str) -> Path:
    """Return the socket of the trunk that runs a program for the release of this generation."""
    return folder / f"{generation}.{program}"


class Trunk:
    """Listens at its socket, and runs its process as soon as somebody connects.

    `running` is the task that starts another one after each that ends, until `retire`.
    """

    def __init__(self, options: ParentOptions, address: Path) -> None:
        self._options, self._address = options, address
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(address))
        self._listening.listen()
        self._process: StartedParent | None = None
        self._is_retired, self._is_wanted = False, asyncio.Event()
        self.running = asyncio.create_task(self._keep_running())

    def retire(self) -> None:
        """Fork no more parents; the process then ends with the last of them."""
        self._is_retired = True
        self._is_wanted.set()
        if self._process is not None:
            self._process.control.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End the process, and with it all parents that it has forked."""
        if self._process is not None:
            self._process.program.kill()
        self.retire()

    async def _keep_running(self) -> None:
        loop = asyncio.get_running_loop()
        with self._listening:
            while not self._is_retired:
                self._is_wanted.clear()
                loop.add_reader(self._listening, self._is_wanted.set)
                await self._is_wanted.wait()
                loop.remove_reader(self._listening)
                if not self._is_retired:
                    await self._run()
                    # Who connected to a process that could not start tries again a little later.
                    while select.select([self._listening], [], [], 0)[0]:
                        self._listening.accept()[0].close()
        self._address.unlink(missing_ok=True)

    async def _run(self) -> None:
        """Run the process until it ends."""
        try:
            self._process = await spawn_parent(self._options, self._listening)
        except QueryProcessesDown as error:
            _log.error("Cannot start the parent of all processes: %s", error.__cause__)
            return
        program, control = self._process
        with control:
            control.setblocking(False)
            # It sends nothing: this returns at its end.
            await asyncio.get_running_loop().sock_recv(control, 1)
        self._process = None
        program.wait()
        if not self._is_retired:
            text = "The parent of all processes of %s ended. Starting another."
            _log.error(text, self._options.program)


class Generation:
    """A release as it was opened at one time, and its trunks.

    The folder alone does not identify it, since its content may be replaced. `address` is that of
    the server that has its quads, if one has.
    """

    def __init__(
        self, number: int, release: Path, settings: Settings, folder: Path, address: str = ""
    ) -> None:
        self.number, self.release, self.address = number, release, address
        self.integrity = Integrity()

        def trunk(program: str) -> Trunk:
            options = parent_options(release, settings, program, address)
            return Trunk(options, trunk_address(folder, number, program))

        # Those of the HTTP processes that differ from the supervisor's.
        self.settings = {"release": release, "store": (address,) if address else ()}
        self._address = trunk_address(folder, number, QUERY_PROGRAM)
        self._queries, self._evaluators = trunk(QUERY_PROGRAM), trunk(EVALUATOR_PROGRAM)
        self._retiring: Task[None] | None = None

    async def check(self) -> None:
        """Raise QueryProcessesDown if no parent of query processes can be forked."""
        (await connect_to_trunk(self._address)).control.close()

    def retire(self) -> None:
        """End each trunk with the last of its parents."""
        self._queries.retire()
        self._retiring = asyncio.create_task(self._retire_evaluators())

    async def _retire_evaluators(self) -> None:
        # A request to this release may still be the first that needs evaluators; with the last
        # request the query processes end.
        await self._queries.running
        self._evaluators.retire()

    async def end(self) -> None:
        """End the trunks and all their parents."""
        trunks = self._queries, self._evaluators
        for trunk in trunks:
            trunk.kill()
        await asyncio.gather(*(trunk.running for trunk in trunks))
