"""How the supervisor talks to an HTTP process: options on its command line, then messages.

A message is a line of JSON over a Unix socket.
"""

import asyncio
import json
import socket
from asyncio import Queue
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from service.http.observation import LIVE_SUFFIX
from service.settings import Settings

_READ_BYTES: Final = 65_536
_MAX_SOCKETS: Final = 16


class WorkerOptions(BaseModel, frozen=True):
    """The settings, with the release to serve, and what else an HTTP process needs to start.

    `name` is unique to it. `folder` is where the HTTP processes write their metrics. `generation`
    is that of the release (see `Message`). The process continues to count from the two counts.
    `is_verified` tells whether all files of the release were verified already.
    """

    settings: Settings
    name: str
    folder: Path
    generation: int
    switches: int
    refused_releases: int
    is_verified: bool = True

    @property
    def metrics_file(self) -> Path:
        """The file to which this process writes its metrics."""
        return self.folder / f"{self.name}{LIVE_SUFFIX}"


class MessageKind(Enum):
    """The kind of a message: the first six go to an HTTP process, the others come from it."""

    PARENT = "parent"  # Use this parent; without a socket, no parent is available.
    OPEN = "open"  # Open this release, while the other one is still served.
    SWITCH = "switch"  # Serve it from now on.
    DROP = "drop"  # Close it: some other HTTP process cannot open it.
    VERIFIED = "verified"  # All files of the release that is served were verified.
    WITHDRAW = "withdraw"  # Answer nothing from it any more: one of its files was changed.
    WANT = "want"  # The HTTP process needs a parent for the release of this generation.
    READY = "ready"  # The HTTP process answers requests.
    OPENED = "opened"  # The HTTP process has opened the release.
    REFUSED = "refused"  # It cannot open the release.


@dataclass(frozen=True)
class Message:
    """One message about a generation, which is a release as it was opened at one time.

    `generation` is its number. `program`, `process_id` and `control`, a socket, belong to a parent.
    `release` is a folder, and `reason` tells why it was refused.
    """

    kind: MessageKind
    generation: int
    release: str = ""
    program: str = ""
    process_id: int = 0
    reason: str = ""
    control: socket.socket | None = None

    def encode(self) -> bytes:
        """Encode the message, without its socket, as a line of JSON."""
        document = {name: value for name, value in vars(self).items() if name != "control"}
        document |= {"kind": self.kind.value, "has_control": self.control is not None}
        return json.dumps(document).encode() + b"\n"


class Channel:
    """One end of the socket; must be created while the event loop runs."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = bytearray()
        self._controls: list[int] = []
        self._messages: Queue[Message | None] = Queue()
        self._is_closed = False
        end.setblocking(False)
        asyncio.get_running_loop().add_reader(end, self._read)

    def send(self, message: Message) -> None:
        """Send a message; errors are ignored, since `receive` reports a closed channel."""
        controls = [message.control.fileno()] if message.control is not None else []
        with suppress(OSError):
            socket.send_fds(self._end, [message.encode()], controls)

    async def receive(self) -> Message | None:
        """Wait for the next message; return None once the other side has gone."""
        return await self._messages.get()

    def close(self) -> None:
        """Close the socket; `receive` then returns None."""
        if not self._is_closed:
            self._is_closed = True
            asyncio.get_running_loop().remove_reader(self._end)
            self._end.close()
            self._messages.put_nowait(None)

    def _read(self) -> None:
        try:
            received, controls, _, _ = socket.recv_fds(self._end, _READ_BYTES, _MAX_SOCKETS)
        except BlockingIOError:
            return
        except ConnectionResetError:
            received, controls = b"", []
        if not received:
            self.close()
            return
        self._buffer += received
        # Sockets arrive in the order of their messages, each no later than its message.
        self._controls += controls
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            self._messages.put_nowait(self._decode(line))

    def _decode(self, line: bytearray) -> Message:
        document = json.loads(line)
        has_control = document.pop("has_control")
        control = socket.socket(fileno=self._controls.pop(0)) if has_control else None
        return Message(**{**document, "kind": MessageKind(document["kind"]), "control": control})
