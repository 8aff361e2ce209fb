"""Rules for browsers: the origins that may read answers, and the hosts that are answered.

Without them, a page of any website could read a scratch store on the reader's own machine: with
CORS headers directly, and without by a name of its own that it lets resolve to 127.0.0.1 (DNS
rebinding). A form on another site can still send a query by POST, but not read the answer, and a
change needs the token.
"""

import ipaddress
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ForeignOrigin, MisdirectedRequest
from service.http.endpoint import Endpoint
from service.settings import ANY, Settings

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
# What pages load, which is public and the same for every host.
_OF_EVERY_HOST: Final = ("/assets/", "/logo.svg")
_ORIGIN: Final = b"access-control-allow-origin"
_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"Accept-Post, Accept-Ranges, Allow, Content-Language, Content-Location, Content-Range, ETag, "
    b"Glocal-View, Glocal-Warning, Glocal-World, Link, Location, Repr-Digest, Retry-After, Vary, "
    b"X-Request-Id",
)
_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"Accept, Accept-Language, Content-Type, If-None-Match, If-Range, Mcp-Method, Mcp-Name, "
        b"Mcp-Protocol-Version, Range, X-Requested-With",
    ),
    (b"access-control-max-age", b"86400"),
)


class BrowserRules:
    """The origins and hosts that the settings allow, or by default the kind of endpoint.

    Starlette's middleware leaves an answer to a request without Origin as it is, and a shared cache
    would return that answer to a page.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        origins = _allowed_origins(endpoint)
        self.allows_any_origin = ANY in origins
        self.lists_origins = bool(origins) and not self.allows_any_origin
        self._origins = {origin.lower().encode() for origin in origins}
        by_default = _own_hosts(endpoint.settings) if endpoint.is_scratch else (ANY,)
        chosen = endpoint.settings.allowed_hosts
        self._hosts = {host.lower() for host in (by_default if chosen is None else chosen)}

    def check_host(self, scope: Scope) -> None:
        """Refuse a request for a host that is not allowed, with any port, but for what pages load.

        HTTP/1.0 needs no Host, but browsers send one.
        """
        if ANY not in self._hosts and not scope["path"].startswith(_OF_EVERY_HOST):
            for name, value in scope["headers"]:
                host = value.decode("latin-1").lower()
                if name == b"host" and _without_port(host) not in self._hosts:
                    raise MisdirectedRequest(host)

    def add_headers_for_any(self, scope: Scope, headers: MutableHeaders) -> None:
        """Let pages of any origin read the answer (Fetch, section 3.2), if all are allowed."""
        if self.allows_any_origin:
            headers.raw.extend(_headers_for(b"*", scope))

    def add_headers_for_one(self, scope: Scope, headers: MutableHeaders) -> None:
        """Let pages of the request's origin read the answer, if it is allowed."""
        origin = next((value for name, value in scope["headers"] if name == b"origin"), b"")
        if origin in self._origins:
            headers.raw.extend(_headers_for(origin, scope))
        headers.add_vary_header("Origin")


class OriginMiddleware:
    """Lets pages of listed origins read the answers; outside of the cache, which keeps none."""

    def __init__(self, app: ASGIApp, rules: BrowserRules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"]]}
                self._rules.add_headers_for_one(scope, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers_for(origin: bytes, scope: Scope) -> list[tuple[bytes, bytes]]:
    preflight = _PREFLIGHT if scope["method"] == "OPTIONS" else ()
    return [(_ORIGIN, origin), _EXPOSED, *preflight]


def _allowed_origins(endpoint: Endpoint) -> tuple[str, ...]:
    by_default = () if endpoint.is_scratch else (ANY,)
    chosen = endpoint.settings.allowed_origins
    return by_default if chosen is None else tuple(chosen)


def require_own_site(headers: Headers, settings: Settings) -> None:
    """Refuse a request that a page of another site may have had a browser send.

    Its host has to be the service's own, and its origin, if it has one, on such a host; or each is
    in the settings. Raises MisdirectedRequest or ForeignOrigin.
    """
    chosen = settings.allowed_hosts
    hosts = {one.lower() for one in (_own_hosts(settings) if chosen is None else chosen)}
    host, origin = headers.get("host", "").lower(), headers.get("origin", "").lower()
    if ANY not in hosts and _without_port(host) not in hosts:
        raise MisdirectedRequest(host)
    origins = {one.lower() for one in settings.allowed_origins or ()}
    is_own = _without_port(urlsplit(origin).netloc) in _own_hosts(settings)
    if origin and not is_own and not origins & {ANY, origin}:
        raise ForeignOrigin(origin)


def _own_hosts(settings: Settings) -> tuple[str, ...]:
    """Return the hosts by which this service is certainly meant."""
    public = urlsplit(settings.public_url).netloc
    host = settings.host
    with suppress(ValueError):
        address = ipaddress.ip_address(host)
        host = "" if address.is_unspecified else f"[{host}]" if address.version == 6 else host
    return *_LOOPBACK, *filter(None, (_without_port(public), host))


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and not port.endswith("]") else host
