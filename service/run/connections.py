"""A connection to a client: what uvicorn lacks in limits and in the letter of HTTP/1.1.

uvicorn closes a connection that stays idle after an answer, but waits forever for the first request
or for the rest of one. It accepts headers of any total length, and any number of connections. Its
parser accepts request lines that RFC 9112 does not, and refuses long addresses as malformed. It
takes a client that has finished sending for one that has gone.
"""

import logging
import socket
from asyncio import TimerHandle, Transport
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Final

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.errors import KgError
from service.errors import (
    AddressTooLong,
    HeadTooLong,
    RequestTooSlow,
    UnreadableRequest,
)
from service.http.streaming import TRANSPORT
from service.run.lingering import LingeringTransport
from service.run.open_connections import OpenConnections, closing_answer
from service.run.reading import PacedReading
from service.settings import Settings

# Twice the longest address, plus room for headers; more than common proxies let through.
_MAX_HEAD_BYTES: Final = 131_072
# The parser counts the bytes of an address by 16 bits.
_MAX_ADDRESS_BYTES: Final = 65_535
# A client that closes its connection completely is noticed after two of the shortest.
_SHORTEST_PROBE_SECONDS, _LONGEST_PROBE_SECONDS = 0.03, 1.0
# The time limit for a request is longer by up to this part of it.
_SPREAD: Final = 0.04
_GOLDEN_RATIO: Final = 0.618034
_numbers: Final = count()
# Every answer begins like this.
_START: Final = b"HTTP/1.1"
_log: Final = logging.getLogger("glocal.service")


class LimitedConnection(HttpToolsProtocol):
    """A connection with a time limit for each request, which may be closed to make room.

    A client that ends its side of the connection after a request may still read the answer, or may
    have gone; TCP tells no difference until something is sent. So if the answer takes longer, it is
    begun byte by byte: to these bytes the system of a client that has gone replies with a reset.
    """

    flow: PacedReading
    transport: LingeringTransport  # type: ignore[assignment]

    def __init__(
        self,
        *args: Any,
        settings: Settings,
        opened: OpenConnections,
        **others: Any,
    ) -> None:
        super().__init__(*args, **others)
        self._settings, self._opened = settings, opened
        self._timer: TimerHandle | None = None
        # What was received last, or since the head of a request has begun that is not complete; and
        # the end of the last request line in it.
        self._recent, self._line_end = b"", 0
        self._is_receiving = self._is_reading_head = self._starts_first = False
        self._when_made: Callable[[], None] | None = None
        self._refusal: bytes | None = None
        self._probes = 0
        self._sending_timer: TimerHandle | None = None

    @property
    def is_being_answered(self) -> bool:
        """Whether a complete request has come in whose answer is not complete."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start to wait for a request."""
        settings = self._settings
        lingering = LingeringTransport(
            transport,
            is_client_sending=lambda: self._is_receiving or self.flow.read_paused,
            max_receiving_seconds=settings.max_receiving_seconds,
            max_sending_seconds=settings.max_sending_seconds,
        )
        super().connection_made(lingering)  # type: ignore[arg-type]
        opened = self._opened
        self.flow = PacedReading(lingering, opened.turns, opened.small_parts)  # type: ignore[arg-type]
        self._await_request()
        if self._when_made is not None:
            self._when_made()
            self._when_made = None

    def data_received(self, data: bytes) -> None:
        """Read a part of a request, or several requests."""
        if self._refusal is not None or self.transport.is_over:
            self.transport.discard(len(data))
            return
        self._unset_keepalive_if_required()
        if self._is_reading_head:
            self._recent = self._recent[self._line_end :] + data
        else:
            self._recent, self._starts_first = data, not self._is_receiving
        self._line_end = 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No protocol is offered, so the request is answered as any other.
            pass
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse_unreadable(cause if isinstance(cause, KgError) else UnreadableRequest())
            return
        if self._is_reading_head and len(self._recent) - self._line_end > _MAX_HEAD_BYTES:
            is_long = len(self.url) > _MAX_ADDRESS_BYTES
            self._refuse_unreadable(self._too_long() if is_long else HeadTooLong(_MAX_HEAD_BYTES))
        elif self._timer is None:
            if not self.is_being_answered:
                self._await_request()
        elif self.is_being_answered:
            self._stop_waiting()
        if self._is_receiving:
            self.flow.note_part(len(data))

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        self._is_receiving = self._is_reading_head = True
        self.flow.begin_request()
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[typeddict-unknown-key]

    def on_headers_complete(self) -> None:
        """Check the request line, and pass the request on to the application."""
        version = self.parser.get_http_version()
        line = b"%b %b HTTP/%b\r\n" % (self.parser.get_method(), self.url, version.encode())
        start = self._recent.find(line, self._line_end)
        # Empty lines before the first request are ignored (RFC 9112, section 2.2). Where a further
        # one in the same data begins, the parser does not tell.
        if start and (start < 0 or (self._starts_first and self._recent[:start].strip(b"\r\n"))):
            raise UnreadableRequest("expected a request line with single spaces")
        self._line_end = start + len(line)
        self._is_reading_head = self._starts_first = False
        if len(self.url) > _MAX_ADDRESS_BYTES:
            if not self.url.startswith(b"/") or b"#" in self.url:
                raise self._too_long()
            # The application refuses what is left of it too, with a page for those who want one.
            self.url = self.url[:_MAX_ADDRESS_BYTES]
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Read a part of the body; of one that was answered before its end, only up to a limit.

        The application is woken for large parts and for the last one, not for each single byte.
        """
        if self.cycle.response_complete:
            self.transport.discard(len(body))
            return
        self.cycle.body += body
        if len(self.cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
            self.cycle.message_event.set()

    def on_message_complete(self) -> None:
        """End a request."""
        self._is_receiving = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Go on with the next request, or with the refusal of what followed this one."""
        super().on_response_complete()
        if self._refusal is not None and not self.is_being_answered:
            self._refuse(self._refusal)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a connection open whose client has sent complete requests, until their answers."""
        if self.transport.is_closing() or not self.is_being_answered:
            return False
        self.cycle.keep_alive = False
        self._timer = self.loop.call_later(_SHORTEST_PROBE_SECONDS, self._probe)
        return True

    def pause_writing(self) -> None:
        """Wait until the client has read most of what was sent, but only for a time."""
        super().pause_writing()
        # A streamed answer is cut off earlier, by its own limit, and counted.
        seconds = 2 * self._settings.max_sending_seconds
        self._sending_timer = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Send again."""
        if self._sending_timer is not None:
            self._sending_timer.cancel()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._opened.discard(self)
        self._stop_waiting()
        if self._sending_timer is not None:
            self._sending_timer.cancel()
        self.transport.note_lost()
        super().connection_lost(exc)

    def refuse_and_close(self, answer: bytes) -> None:
        """Close the connection; send this answer unless another has begun, or has been sent."""
        if self.transport is None:
            # The event loop is about to make it.
            self._when_made = partial(self.refuse_and_close, answer)
            return
        cycle, reads_body = self.cycle, self._is_receiving and not self._is_reading_head
        if (
            cycle is not None
            and (reads_body or not cycle.response_complete)
            and cycle.response_started
        ):
            self.transport.close()
        else:
            self._refuse(answer)

    def close_for_another(self) -> None:
        """Close the connection and say why, unless it is being answered by now."""
        if self.transport is None:
            self._when_made = self.close_for_another
            return
        if self not in self.connections:
            return
        if self.is_being_answered:
            # Its request has come meanwhile.
            self._opened.add(self)
            return
        self.connections.discard(self)
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            # Its client does not read.
            self.transport.abort()
        else:
            self.refuse_and_close(self._opened.too_many)
            self.transport.close()

    def _too_long(self) -> AddressTooLong:
        return AddressTooLong("address", self._settings.max_address_characters)

    def _await_request(self) -> None:
        # Not all that have come at the same time are refused at the same time.
        seconds = self._settings.max_receiving_seconds * (1 + _SPREAD * _spread_share())
        self._timer = self.loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        if not self.is_being_answered:
            error = RequestTooSlow(self._settings.max_receiving_seconds)
            self.refuse_and_close(closing_answer(error))

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _probe(self) -> None:
        """Find out whether a client that has finished sending still reads.

        Before its answer it gets the next byte of "HTTP/1.1"; within a chunked answer, a leading
        zero of the next chunk's size (RFC 9112, section 7.1).
        """
        if not self.is_being_answered:
            return
        endpoint: socket.socket = self.transport.get_extra_info("socket")
        if endpoint.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.transport.abort()
            return
        # While other requests wait, the cycle is not that of the answer that is being sent.
        if self._probes < len(_START) and not self.pipeline:
            if not self.cycle.response_started:
                self.transport.write_ahead(_START[self._probes : self._probes + 1])
            elif self.cycle.chunked_encoding:
                self.transport.write(b"0")
            self._probes += 1
        delay = min(_SHORTEST_PROBE_SECONDS * 2**self._probes, _LONGEST_PROBE_SECONDS)
        self._timer = self.loop.call_later(delay / 2, self._probe)

    def _refuse_unreadable(self, error: KgError) -> None:
        """Refuse what was sent once the requests before it are answered."""
        _log.warning("A request was refused: %s", error)
        self._refusal = closing_answer(error)
        if not self.is_being_answered:
            self.refuse_and_close(self._refusal)

    def _refuse(self, answer: bytes) -> None:
        """Send this answer in place of the application's, and close the connection."""
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(answer)
        self.transport.close(lingers=True)


def _spread_share() -> float:
    """Return the next of numbers from 0 to 1 that are spread evenly."""
    # Multiples of the golden ratio are.
    return next(_numbers) * _GOLDEN_RATIO % 1
