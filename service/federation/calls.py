"""Send a query to another endpoint and read its response, within the budget and the allow list."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator
from functools import cache
from importlib.metadata import version
from typing import Final, NamedTuple
from urllib.parse import urlencode, urljoin

import httpcore2
from httpcore2 import URL, AsyncConnectionPool, AsyncNetworkBackend

from service.allow_list import AllowList, Origin, request_target
from service.errors import EndpointFailed, EndpointTimedOut
from service.settings import Settings

_MAX_REDIRECTS: Final = 3
# Not 303, after which a client does not repeat its request but reads some document instead
# (RFC 9110, section 15.4.4).
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_GZIP: Final = frozenset({"gzip", "x-gzip"})
# The window size that makes zlib expect a gzip header and nothing else.
_GZIP_WINDOW: Final = 31
_HEADERS: Final[dict[bytes | str, bytes | str]] = {
    "Accept": "application/sparql-results+json, application/sparql-results+xml;q=0.5",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"Glocal/{version('glocal-kg')} (+https://w3id.org/glocal/)",
}
# Reading the certificates takes 20 ms.
_tls_context: Final = cache(httpcore2.default_ssl_context)


class Budget:
    """The rest that one query may use of the settings `max_service_…`; time runs from its creation.

    Bytes are counted after decompression. Each `take_…` method uses up part of the budget, and
    raises EndpointFailed if the endpoint exceeds it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ends = time.monotonic() + settings.max_service_seconds_per_query
        self._calls, self.rows = settings.max_service_calls, settings.max_service_rows
        self.bytes = settings.max_service_mebibytes * 2**20

    @property
    def seconds(self) -> float:
        """The time limit of the next call; 0 if no time is left."""
        return max(0, min(self._settings.max_service_seconds, self._ends - time.monotonic()))

    def take_call(self, endpoint: str) -> None:
        """Use up one call."""
        self._calls -= 1
        if self._calls < 0:
            most = f"{self._settings.max_service_calls} calls (max_service_calls)"
            raise EndpointFailed(endpoint, f"the query makes more than {most}")

    def take_rows(self, endpoint: str, count: int) -> None:
        """Use up this many rows."""
        left, self.rows = self.rows, max(0, self.rows - count)
        if count > left:
            most = f"{self._settings.max_service_rows:,} rows in all (max_service_rows)"
            raise EndpointFailed(endpoint, f"it returns more than {most}")

    def take_bytes(self, endpoint: str, count: int) -> None:
        """Use up this many bytes."""
        left, self.bytes = self.bytes, max(0, self.bytes - count)
        if count > left:
            most = f"{self._settings.max_service_mebibytes} MiB (max_service_mebibytes)"
            raise EndpointFailed(endpoint, f"it returns more than {most}")


class EndpointResponse(NamedTuple):
    """A response with status 200: its media type without parameters, and its decoded body."""

    media_type: str
    body: bytes


class EndpointClient:
    """Sends queries to endpoints, each over a connection of its own."""

    def __init__(self, allowed: AllowList, backend: AsyncNetworkBackend) -> None:
        self._allowed, self._backend = allowed, backend

    async def post_query(self, endpoint: str, query: str, budget: Budget) -> EndpointResponse:
        """Send a query to the endpoint as a form, and return its response.

        A redirect is followed by sending the query again, if its origin is on the allow list too.
        Raises EndpointTimedOut if the response is not complete in time, and EndpointFailed without
        a connection, or if the address, the status or the number of bytes is not allowed.
        """
        seconds = budget.seconds
        pool = AsyncConnectionPool(
            ssl_context=_tls_context(), network_backend=self._backend, max_keepalive_connections=0
        )
        try:
            async with asyncio.timeout(seconds), pool:
                return await self._send(pool, endpoint, query, budget)
        except (TimeoutError, httpcore2.TimeoutException) as error:
            took_long = f"it took more than {seconds:.3g} s"
            reason = took_long if seconds else "no time is left for the call"
            raise EndpointTimedOut(endpoint, reason) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise EndpointFailed(endpoint, str(error) or type(error).__name__) from error

    async def _send(
        self, pool: AsyncConnectionPool, endpoint: str, query: str, budget: Budget
    ) -> EndpointResponse:
        form, address = urlencode({"query": query}).encode(), endpoint
        for _ in range(_MAX_REDIRECTS + 1):
            url = self._checked_url(endpoint, address)
            async with pool.stream("POST", url, headers=_HEADERS, content=form) as response:
                headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                if response.status == 200:
                    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
                    body = await _read_body(endpoint, response, headers, budget)
                    return EndpointResponse(media_type, body)
                if response.status not in _REDIRECTS or "location" not in headers:
                    raise EndpointFailed(endpoint, f"its status is {response.status}")
                location = headers["location"]
                try:
                    address = urljoin(address, location)
                except ValueError as error:
                    reason = f"it redirects to {location}, but {error}"
                    raise EndpointFailed(endpoint, reason) from error
        raise EndpointFailed(endpoint, f"it redirects more than {_MAX_REDIRECTS} times")

    def _checked_url(self, endpoint: str, address: str) -> URL:
        is_redirect = address != endpoint
        try:
            origin = Origin.parse(address)
        except ValueError as error:
            reason = f"it redirects to {address}, but {error}" if is_redirect else str(error)
            raise EndpointFailed(endpoint, reason) from error
        if origin not in self._allowed:
            subject = f"it redirects to {origin}, which" if is_redirect else "it"
            raise EndpointFailed(endpoint, f"{subject} is not on the list of allowed endpoints")
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        return URL(
            scheme=origin.scheme.encode(),
            host=host.encode(),
            port=origin.port,
            target=request_target(address).encode(),
        )


async def _read_body(
    endpoint: str, response: httpcore2.Response, headers: dict[str, str], budget: Budget
) -> bytes:
    """Read and decompress the body, up to the bytes that are left in the budget."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    stream: AsyncIterator[bytes] = response.aiter_stream()
    if coding in _GZIP:
        stream = _decompress(stream, budget)
    elif coding != "identity":
        reason = f"its content coding is '{coding[:40]}'; expected gzip or identity"
        raise EndpointFailed(endpoint, reason)
    body = bytearray()
    try:
        async for piece in stream:
            budget.take_bytes(endpoint, len(piece))
            body += piece
    except zlib.error as error:
        raise EndpointFailed(endpoint, f"its response is not valid gzip: {error}") from error
    return bytes(body)


async def _decompress(stream: AsyncIterator[bytes], budget: Budget) -> AsyncIterator[bytes]:
    """Decompress gzip, in pieces of at most one byte more than is left, as for a zip bomb."""
    decompressor = zlib.decompressobj(_GZIP_WINDOW)
    async for piece in stream:
        rest = piece
        while rest:
            yield decompressor.decompress(rest, budget.bytes + 1)
            rest = decompressor.unconsumed_tail or decompressor.unused_data
            if decompressor.eof:
                # Another member may follow (RFC 1952, section 2.2).
                decompressor = zlib.decompressobj(_GZIP_WINDOW)
    yield decompressor.flush()
