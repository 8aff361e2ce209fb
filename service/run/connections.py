"""A connection to a client, with the limits that uvicorn lacks.

uvicorn waits for the rest of a request for ever, accepts heads and trailers of any size and any
number of connections, does not notice that a client has gone while its next request waits, and
loses the body of a request that offers another protocol (its issue 2722).
"""

from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kg.errors import KgError
from service.errors import (
    AddressTooLong,
    HeadTooLong,
    RequestTooSlow,
    ServiceEnding,
    TooManyConnections,
    UnreadableRequest,
)
from service.http.problems import problem_response
from service.settings import Settings

# Twice the longest address, plus room for headers; more than common proxies let through.
_MAX_HEAD_BYTES: Final = 131_072
# The parser counts the bytes of an address by 16 bits.
_MAX_ADDRESS_BYTES: Final = 65_535
# What the clients of one address together have yet to read; no proxy leaves so much unread.
_MAX_UNSENT_BYTES: Final = 2**26
_MAX_REQUESTS_AHEAD: Final = 128
_RETRY_SECONDS: Final = 5


class LimitedConnection(HttpToolsProtocol):
    """A connection with limits on heads, trailers, requests ahead, and the time to send a request.

    `opened` has all connections of the server, the oldest first. If there are too many, the oldest
    that is not being answered is closed, if possible one of the same address, so that clients with
    idle connections block nobody. What is wrong behind a request that is being answered only closes
    the connection after its answer. The kernel ends a connection whose client does not read (see
    `open_listening_socket`).
    """

    def __init__(
        self, *args: Any, settings: Settings, opened: "dict[LimitedConnection, None]", **others: Any
    ) -> None:
        super().__init__(*args, **others)
        self._settings, self._opened = settings, opened
        self.url = b""
        self._receiving: TimerHandle | None = None
        self._is_in_head, self._reads_no_more = True, False
        # Received since a head or a part of a body was complete.
        self._unread_bytes = 0
        # The request that is being answered; `cycle` is the last that was received.
        self._answered: RequestResponseCycle | None = None

    @property
    def _is_being_answered(self) -> bool:
        return bool(self.pipeline) or (self._is_unanswered and not self.cycle.more_body)

    @property
    def _is_unanswered(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Await a request, and close another connection if there are too many."""
        super().connection_made(transport)
        self._await_request()
        self._opened[self] = None
        if len(self._opened) > self._settings.max_connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request."""
        is_between_requests = self._is_in_head and not self._unread_bytes
        # Empty lines before a request mean nothing (RFC 9112, section 2.2).
        if self._reads_no_more or (is_between_requests and not data.strip(b"\r\n")):
            return
        self._unset_keepalive_if_required()
        self._unread_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as offer:
            self._decline_upgrade(data[offer.args[0] :])
        except HttpParserError:
            self.logger.warning("What was received is not an HTTP/1.1 request.")
            self._refuse_unread(UnreadableRequest())
        else:
            if self._unread_bytes > _MAX_HEAD_BYTES:
                self._refuse_unread(HeadTooLong(_MAX_HEAD_BYTES))

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        if len(self.pipeline) >= _MAX_REQUESTS_AHEAD:
            raise UnreadableRequest("too many requests wait")
        super().on_message_begin()
        # What was read with the end of the last request is not counted, but no blank line, either.
        self._unread_bytes = self._unread_bytes or 1
        if self._receiving is None:
            self._await_request()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Read a header, but no trailer, which could pass for one."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Pass the request on to the application."""
        if self.parser.should_upgrade():
            return
        self._is_in_head, self._unread_bytes = False, 0
        super().on_headers_complete()
        # Without reading, nobody notices that the client has gone.
        self.flow.resume_reading()

    def on_body(self, body: bytes) -> None:
        """Read a part of a body."""
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if self.parser.should_upgrade():
            return
        self._is_in_head, self._unread_bytes = True, 0
        self._stop_waiting()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait until the client has read; cut off the oldest that its address keeps waiting."""
        super().pause_writing()
        waiting = [one for one in self._opened if one.flow.write_paused and self._is_near(one)]
        if sum(one._unsent_bytes for one in waiting) > _MAX_UNSENT_BYTES and len(waiting) > 1:
            waiting[0].transport.abort()

    def shutdown(self) -> None:
        """Close the connection: after its answer, if its request is complete."""
        if self._is_unanswered:
            self._refuse(ServiceEnding())
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection, and tell the application that the client has gone."""
        self._opened.pop(self, None)
        self._stop_waiting()
        if self._answered is not None:
            _disconnect(self._answered)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _is_near(self, other: "LimitedConnection") -> bool:
        return (self.client or ())[:1] == (other.client or ())[:1]

    def _make_room(self) -> None:
        """Close the oldest connection that is not being answered, or this one."""
        idle = [one for one in self._opened if one is not self and one._holds_a_place_idly]
        oldest = next(filter(self._is_near, idle), next(iter(idle), self))
        is_read = not oldest._unsent_bytes
        oldest._refuse(TooManyConnections(self._settings.max_connections, _RETRY_SECONDS))
        if not is_read:
            oldest.transport.abort()

    @property
    def _holds_a_place_idly(self) -> bool:
        is_gone = self.transport.is_closing() and not self._unsent_bytes
        return not is_gone and not self._is_being_answered

    def _decline_upgrade(self, rest: bytes) -> None:
        """Read the request again without its offer of another protocol (RFC 9110, section 7.8).

        The parser would take the body for the other protocol.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            self._refuse(UnreadableRequest())
            return
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        self.parser, self._unread_bytes = HttpRequestParser(self), 0
        self.data_received(b"\r\n".join([*lines, b"", rest]))

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
        self._reads_no_more = True
        if self.pipeline and self._answered is not None:
            # The client has to send again what waits.
            self.pipeline.clear()
            self.cycle = self._answered
        if self._is_being_answered:
            self.cycle.keep_alive = False
            return
        if self._is_unanswered:
            _disconnect(self.cycle)
        if not (self._is_unanswered and self.cycle.response_started):
            self.transport.write(_closing_answer(error))
        self.transport.close()


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Tell the application that the client has gone."""
    cycle.disconnected = True
    cycle.message_event.set()


def _closing_answer(error: KgError) -> bytes:
    """Return the answer to a client whose connection is closed because of an error."""
    response = problem_response(error)
    status = response.status_code
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    headers = map(b": ".join, (*response.raw_headers, (b"connection", b"close")))
    return b"\r\n".join([first, *headers, b"", bytes(response.body)])
