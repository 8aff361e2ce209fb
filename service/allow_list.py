"""The allow list of the endpoints that SERVICE may query, by scheme, host and port."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Self
from urllib.parse import quote, urlsplit

Address = IPv4Address | IPv6Address

_PORTS: Final = {"http": 80, "https": 443}
# Characters that need no percent-encoding in a path or query (RFC 3986, sections 3.3 and 3.4).
_UNESCAPED: Final = "/?:@!$&'()*+,;=-._~%"


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port; the host is a name in lower case or an IP address in standard form."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, iri: str) -> Self:
        """Return the origin of an IRI; ValueError if it is not HTTP or names a user or password."""
        parts = urlsplit(iri)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("it is not an http or https address")
        if parts.username is not None or parts.password is not None:
            raise ValueError("it contains a user name or password")
        port = parts.port if parts.port is not None else _PORTS[parts.scheme]
        return cls(parts.scheme, _normalise(parts.hostname), port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


class AllowList(frozenset[Origin]):
    """The origins that may be called."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Parse entries such as `https://query.wikidata.org`; ValueError if one has more parts."""
        return cls(map(_parse_entry, entries))


def request_target(iri: str) -> str:
    """Return the path and query of an IRI as the target of a request."""
    parts = urlsplit(iri)
    query = f"?{quote(parts.query, safe=_UNESCAPED)}" if parts.query else ""
    return quote(parts.path or "/", safe=_UNESCAPED) + query


def parse_ip_address(host: str) -> Address | None:
    """Parse an IP address; return None for a name or a non-standard spelling."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _parse_entry(entry: str) -> Origin:
    expected = "expected scheme, host and port, such as https://query.wikidata.org"
    try:
        origin, parts = Origin.parse(entry), urlsplit(entry)
    except ValueError as error:
        raise ValueError(f"'{entry}': {error}; {expected}") from error
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"'{entry}' has a path, query or fragment; {expected}")
    return origin


def _normalise(host: str) -> str:
    address = parse_ip_address(host)
    if address is not None:
        return str(address)
    # A name with non-ASCII letters is resolved by its ASCII form (RFC 5891).
    return host if host.isascii() else host.encode("idna").decode("ascii")
