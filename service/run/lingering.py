"""A transport that lets a client read its answer before the connection is closed."""

from asyncio import TimerHandle, Transport, get_running_loop
from collections.abc import Callable
from typing import Any, Final

# More than any upload that the service accepts by default.
_MAX_DISCARDED_BYTES: Final = 2**27


class LingeringTransport:
    """A transport whose `close` lingers while the client may still be sending.

    TCP resets a connection that is closed while received data is unread, and a client that is still
    sending may then lose the answer (RFC 9112, section 9.6). So first only the sending side is
    closed. What the client sends is discarded until it closes its side too, but only up to a number
    of bytes, and for `max_receiving_seconds`. A client that does not read its answer within
    `max_sending_seconds` is cut off. From `close` on, `is_over` is true, and nothing is sent.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        is_client_sending: Callable[[], bool],
        max_receiving_seconds: float,
        max_sending_seconds: float,
    ) -> None:
        self._transport, self._is_client_sending = transport, is_client_sending
        self._max_receiving_seconds = max_receiving_seconds
        self._max_sending_seconds = max_sending_seconds
        self.is_over = False
        # The method itself, since two calls of it make most answers.
        self.write: Callable[[bytes], None] = transport.write
        self._bytes_ahead = 0
        self._timer: TimerHandle | None = None
        self._discarded_bytes = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return information about the connection, such as its socket."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """Return the number of bytes that the client has not yet taken."""
        return self._transport.get_write_buffer_size()

    def write_ahead(self, data: bytes) -> None:
        """Send these bytes, with which the data of the next `write` begins."""
        self._bytes_ahead += len(data)
        self._transport.write(data)
        self.write = self._write_rest

    def _write_rest(self, data: bytes) -> None:
        self.write = self._transport.write
        self.write(data[self._bytes_ahead :])
        self._bytes_ahead = 0

    def pause_reading(self) -> None:
        """Stop to read, unless the connection is being closed."""
        if not self.is_over:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        """Return whether the connection is being closed."""
        return self.is_over or self._transport.is_closing()

    def close(self, *, lingers: bool = False) -> None:
        """Close the connection, but linger if the client may be sending; a second call ends that.

        With `lingers` the client is taken to be sending.
        """
        if self.is_over or self._transport.is_closing():
            self._transport.close()
            return
        self.is_over, self.write = True, _drop
        seconds = self._max_sending_seconds
        if lingers or self._is_client_sending():
            self._transport.write_eof()
            self._transport.resume_reading()
            seconds = min(seconds, self._max_receiving_seconds)
        else:
            self._transport.close()
        self._timer = get_running_loop().call_later(seconds, self.abort)

    def discard(self, size: int) -> None:
        """Take note of received bytes that are of no use; beyond a limit, close the connection."""
        self._discarded_bytes += size
        if self._discarded_bytes > _MAX_DISCARDED_BYTES:
            self.abort()

    def abort(self) -> None:
        """Close the connection at once, whatever has not been sent."""
        self.is_over, self.write = True, _drop
        self._transport.abort()

    def note_lost(self) -> None:
        """Take note that the connection is closed."""
        self.is_over, self.write = True, _drop
        # It refers to what uses this, and both would be left to a collection of garbage.
        self._is_client_sending = bool
        if self._timer is not None:
            self._timer.cancel()


def _drop(_: bytes) -> None:
    """Send nothing, since the connection is being closed."""
