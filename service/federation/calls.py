"""What one query may take from other endpoints, and what of it is left.

A query and an endpoint -> what the endpoint answers, within the limits and the list.
"""

import asyncio
import ssl
import time
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Final
from urllib.parse import urlencode, urljoin

from httpcore2 import (
    URL,
    AsyncConnectionPool,
    AsyncNetworkBackend,
    NetworkError,
    ProtocolError,
    Response,
    TimeoutException,
    default_ssl_context,
)

from service.allow_list import AllowList, Origin, target_of
from service.errors import EndpointFailed, EndpointTimedOut


@dataclass(frozen=True)
class ServiceLimits:
    """How much may be asked: seconds of one call and of all, calls, rows, bytes decompressed."""

    call_seconds: float
    seconds: float
    calls: int
    rows: int
    bytes: int


class Budget:
    """The limits of one query, from its first call on.

    Where something is left, a method takes it; where too little is, it says which limit it is.
    """

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self._ends = time.monotonic() + limits.seconds
        self._calls, self.rows, self.bytes = limits.calls, limits.rows, limits.bytes

    @property
    def seconds(self) -> float:
        """How long the next call may take; 0 if all have taken what they may."""
        return max(0, min(self._limits.call_seconds, self._ends - time.monotonic()))

    def take_call(self) -> str | None:
        """One call; or the limit."""
        self._calls -= 1
        many = f"the query asks more than {self._limits.calls} times (max_service_calls)"
        return many if self._calls < 0 else None

    def take_rows(self, count: int) -> str | None:
        """So many rows; or the limit."""
        many = f"it gives more than {self._limits.rows:,} rows in all (max_service_rows)"
        is_within = count <= self.rows
        self.rows = max(0, self.rows - count)
        return None if is_within else many

    def take_bytes(self, count: int) -> str | None:
        """So many bytes; or the limit."""
        much = f"it gives more than {self._limits.bytes / 2**20:g} MiB (max_service_mebibytes)"
        is_within = count <= self.bytes
        self.bytes = max(0, self.bytes - count)
        return None if is_within else much


_MOST_REDIRECTS: Final = 3
# After 303 the query would not be asked again, but some document read (RFC 9110, 15.4.4).
_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW: Final = 31
_ACCEPT: Final = "application/sparql-results+json, application/sparql-results+xml;q=0.5"


@dataclass(frozen=True)
class Answered:
    """The body of a 200, decompressed, and its media type without parameters."""

    media_type: str
    body: bytes


class Caller:
    """Asks endpoints over connections that are opened for one query and closed with it."""

    def __init__(self, allowed: AllowList, backend: AsyncNetworkBackend) -> None:
        self._allowed, self._backend = allowed, backend

    async def ask(self, endpoint: str, query: str, budget: Budget) -> Answered:
        """What the endpoint answers to a query, sent as a form.

        A redirect is followed by asking there again, if its origin is on the list too.

        Raises:
            EndpointTimedOut: there is no whole answer in time.
            EndpointFailed: no connection, another status than 200, more bytes than are left, a
                redirect to where nobody is to be asked, or a forbidden address.
        """
        seconds = budget.seconds
        try:
            async with asyncio.timeout(seconds), self._pool() as pool:
                return await self._ask(pool, endpoint, query, budget)
        except (TimeoutError, TimeoutException) as error:
            reason = f"it took more than {seconds:.3g} s" if seconds else "no time is left for it"
            raise EndpointTimedOut(endpoint, reason) from error
        except (NetworkError, ProtocolError) as error:
            reason = str(error) or type(error).__name__
            raise EndpointFailed(endpoint, reason) from error

    def _pool(self) -> AsyncConnectionPool:
        return AsyncConnectionPool(
            ssl_context=_tls(), network_backend=self._backend, max_keepalive_connections=0
        )

    async def _ask(
        self, pool: AsyncConnectionPool, endpoint: str, query: str, budget: Budget
    ) -> Answered:
        body = urlencode({"query": query}).encode()
        address = endpoint
        for _ in range(_MOST_REDIRECTS + 1):
            url = self._url(endpoint, address)
            async with pool.stream("POST", url, headers=_HEADERS, content=body) as response:
                headers = _headers(response)
                if response.status == 200:
                    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
                    return Answered(media_type, await _body(endpoint, response, headers, budget))
                if response.status not in _REDIRECTS or "location" not in headers:
                    raise EndpointFailed(endpoint, f"its status is {response.status}")
                address = urljoin(address, headers["location"])
        raise EndpointFailed(endpoint, f"it redirects more than {_MOST_REDIRECTS} times")

    def _url(self, endpoint: str, address: str) -> URL:
        """Where a request goes; a redirect no further than the list."""
        try:
            origin = Origin.of(address)
        except ValueError as error:
            raise EndpointFailed(endpoint, f"it leads to {address}, and {error}") from error
        if origin not in self._allowed:
            reason = f"it redirects to {origin}, which is not on the list of endpoints"
            raise EndpointFailed(endpoint, reason)
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        return URL(
            scheme=origin.scheme.encode(),
            host=host.encode(),
            port=origin.port,
            target=target_of(address).encode(),
        )


_HEADERS: Final[dict[bytes | str, bytes | str]] = {
    "Accept": _ACCEPT,
    "Accept-Encoding": "gzip",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"Glocal/{version('glocal-kg')} (+https://w3id.org/glocal/)",
}


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes 20 ms."""
    return default_ssl_context()


def _headers(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


async def _body(
    endpoint: str, response: Response, headers: dict[str, str], budget: Budget
) -> bytes:
    """The body as it was before compression; not a byte more is made of it than may be taken."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    stream: AsyncIterator[bytes] = response.aiter_stream()
    if coding in _GZIP:
        stream = _decompressed(stream, budget)
    elif coding != "identity":
        raise EndpointFailed(
            endpoint, f"its content coding is '{coding[:40]}', which was not asked"
        )
    found = bytearray()
    try:
        async for piece in stream:
            if (limit := budget.take_bytes(len(piece))) is not None:
                raise EndpointFailed(endpoint, limit)
            found += piece
    except zlib.error as error:
        raise EndpointFailed(endpoint, f"it is not gzip: {error}") from error
    return bytes(found)


async def _decompressed(stream: AsyncIterator[bytes], budget: Budget) -> AsyncIterator[bytes]:
    """What gzip has made small; of a bomb, one byte more than may be taken."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    async for piece in stream:
        left = piece
        while left:
            yield inflater.decompress(left, budget.bytes + 1)
            left = inflater.unconsumed_tail or inflater.unused_data
            if inflater.eof:
                # Another member may follow (RFC 1952, section 2.2).
                inflater = zlib.decompressobj(_GZIP_WINDOW)
    yield inflater.flush()
