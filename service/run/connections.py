"""A connection to a client, with the limits that uvicorn lacks.

uvicorn waits for the rest of a request for ever, accepts a head of any size and any number of
connections, and never gives up a client that reads nothing of its answer.
"""

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.errors import KgError
from service.errors import (
    AddressTooLong,
    HeadTooLong,
    RequestTooSlow,
    TooManyConnections,
    UnreadableRequest,
)
from service.http.problems import problem_response
from service.settings import Settings

# Twice the longest address, plus room for headers; more than common proxies let through.
_MAX_HEAD_BYTES: Final = 131_072
# The parser counts the bytes of an address by 16 bits.
_MAX_ADDRESS_BYTES: Final = 65_535
_RETRY_SECONDS: Final = 5


class LimitedConnection(HttpToolsProtocol):
    """A connection with limits on the size of a head, and on the time to send and to read.

    `opened` has all connections of the server, the oldest first. If there are too many, the oldest
    that is not being answered is closed, so that clients with idle connections block nobody.
    """

    def __init__(
        self, *args: Any, settings: Settings, opened: "dict[LimitedConnection, None]", **others: Any
    ) -> None:
        super().__init__(*args, **others)
        self._settings, self._opened = settings, opened
        # End a client that is too slow: to send its request, and to read its answer.
        self._receiving: TimerHandle | None = None
        self._sending: TimerHandle | None = None
        self._is_in_head, self._head_bytes = True, 0

    @property
    def _is_being_answered(self) -> bool:
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Await a request, and close another connection if there are too many."""
        super().connection_made(transport)
        self._await_request()
        self._opened[self] = None
        if len(self._opened) > self._settings.max_connections:
            others = (one for one in self._opened if one is not self)
            oldest = next((one for one in others if not one._is_being_answered), self)
            del self._opened[oldest]
            oldest._refuse(TooManyConnections(self._settings.max_connections, _RETRY_SECONDS))

    def data_received(self, data: bytes) -> None:
        """Read a part of a request, or several requests."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse_unread(HeadTooLong(_MAX_HEAD_BYTES))

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request."""
        _ = msg
        self._refuse_unread(UnreadableRequest())

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        super().on_message_begin()
        if self._receiving is None:
            self._await_request()

    def on_headers_complete(self) -> None:
        """Pass the request on to the application."""
        self._is_in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_in_head = True
        self._stop_waiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait until the client has read most of what was sent, but only for a time."""
        super().pause_writing()
        # A streamed answer is cut off earlier, by its own limit, and counted.
        seconds = 2 * self._settings.max_sending_seconds
        self._sending = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Send again."""
        if self._sending is not None:
            self._sending.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._opened.pop(self, None)
        self._stop_waiting()
        if self._sending is not None:
            self._sending.cancel()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        seconds = self._settings.max_receiving_seconds
        self._receiving = self.loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        if self.flow.read_paused:
            # The service has not read what has come.
            self._await_request()
        else:
            self._refuse(RequestTooSlow(self._settings.max_receiving_seconds))

    def _stop_waiting(self) -> None:
        if self._receiving is not None:
            self._receiving.cancel()
            self._receiving = None

    def _refuse_unread(self, error: KgError) -> None:
        if len(self.url) > _MAX_ADDRESS_BYTES:
            error = AddressTooLong("address", self._settings.max_address_characters)
        self._refuse(error)

    def _refuse(self, error: KgError) -> None:
        """Say why, unless an answer has begun, and close the connection."""
        if self.transport.is_closing():
            return
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering:
            cycle.disconnected = True
            cycle.message_event.set()
        if not (is_answering and cycle.response_started):
            self.transport.write(_closing_answer(error))
        self.transport.close()


def _closing_answer(error: KgError) -> bytes:
    """Return the answer to a client whose connection is closed because of an error."""
    response = problem_response(error)
    status = response.status_code
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    headers = map(b": ".join, (*response.raw_headers, (b"connection", b"close")))
    return b"\r\n".join([first, *headers, b"", bytes(response.body)])
