"""What the supervisor and an HTTP process tell each other: lines of JSON over a Unix socket.

What an HTTP process is told as it starts.
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

from service.settings import Settings

_READ_BYTES: Final = 65_536
_MOST_SOCKETS: Final = 16


class Kind(Enum):
    """What a message is: the first four go to an HTTP process, the others come from it."""

    # Here is a parent; without a socket, there is none.
    PARENT = "parent"
    # Open this release, beside the one that is served.
    OPEN = "open"
    # Serve it from now on.
    SWITCH = "switch"
    # Let it go: some process cannot open it.
    DROP = "drop"
    # It wants a parent, over which it is to answer from a release.
    WANT = "want"
    # It answers requests.
    READY = "ready"
    OPENED = "opened"
    REFUSED = "refused"


@dataclass(frozen=True)
class Message:
    """One message, about the release of a generation: their number, each time one is opened.

    `process_id` and `control`, a socket, are those of a parent; `release` is a folder, `reason`
    why it was refused.
    """

    kind: Kind
    generation: int
    release: str = ""
    process_id: int = 0
    reason: str = ""
    control: socket.socket | None = None

    def encode(self) -> bytes:
        """The message as it is sent, but for its socket."""
        said = {name: value for name, value in vars(self).items() if name != "control"}
        said |= {"kind": self.kind.value, "has_control": self.control is not None}
        return json.dumps(said).encode() + b"\n"


class Channel:
    """One end of the socket between the two; made where the event loop runs."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = bytearray()
        self._controls: list[int] = []
        self._messages: Queue[Message | None] = Queue()
        self._is_closed = False
        end.setblocking(False)
        asyncio.get_running_loop().add_reader(end, self._read)

    def send(self, message: Message) -> None:
        """Send it; where nobody hears it, the end of the channel says so."""
        controls = [message.control.fileno()] if message.control is not None else []
        with suppress(OSError):
            socket.send_fds(self._end, [message.encode()], controls)

    async def receive(self) -> Message | None:
        """The next message; none once the other side is gone."""
        return await self._messages.get()

    def close(self) -> None:
        """Say and hear no more."""
        if not self._is_closed:
            self._is_closed = True
            asyncio.get_running_loop().remove_reader(self._end)
            self._end.close()
            self._messages.put_nowait(None)

    def _read(self) -> None:
        try:
            received, controls, _, _ = socket.recv_fds(self._end, _READ_BYTES, _MOST_SOCKETS)
        except BlockingIOError:
            return
        except ConnectionResetError:
            received, controls = b"", []
        if not received:
            self.close()
            return
        self._buffer += received
        # A socket comes no later than the message that it belongs to, and in the same order.
        self._controls += controls
        *lines, rest = self._buffer.split(b"\n")
        self._buffer = rest
        for line in lines:
            self._messages.put_nowait(self._decoded(line))

    def _decoded(self, line: bytearray) -> Message:
        said = json.loads(line)
        has_control = said.pop("has_control")
        control = socket.socket(fileno=self._controls.pop(0)) if has_control else None
        return Message(**{**said, "kind": Kind(said["kind"]), "control": control})


@dataclass(frozen=True)
class Start:
    """The settings, `release` among them, and what else one HTTP process of several has to know.

    `name` is its own alone; in `folder` the HTTP processes leave what they count; `generation` is
    that of the release (see `service.run.workers.channel.Message`); the last two are counted on.
    """

    settings: Settings
    name: str
    folder: Path
    generation: int
    switches: int
    refused_releases: int

    def encode(self) -> str:
        """All of it as JSON, to stand in a command line."""
        said = {**vars(self), "settings": self.settings.model_dump(mode="json")}
        return json.dumps(said, default=str)

    @classmethod
    def decode(cls, text: str) -> "Start":
        """The same again."""
        said = json.loads(text)
        settings, folder = Settings(**said.pop("settings")), Path(said.pop("folder"))
        return cls(settings=settings, folder=folder, **said)
