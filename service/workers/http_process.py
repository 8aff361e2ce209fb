"""An HTTP process, as the supervisor holds it."""

import asyncio
import signal
import socket
import sys
from asyncio import Future
from asyncio.subprocess import Process, create_subprocess_exec
from contextlib import suppress
from dataclasses import dataclass, field

from service.workers.channel import Channel, Message
from service.workers.start import Start


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
                *(sys.executable, "-P", "-m", "service.workers.worker"),
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
