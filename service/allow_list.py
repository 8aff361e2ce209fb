"""Which endpoints may be asked: by scheme, host and port."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Self
from urllib.parse import quote, urlsplit

Address = IPv4Address | IPv6Address

_PORTS: Final = {"http": 80, "https": 443}
# What a path or a query may have in it as it is (RFC 3986, section 3.3 and 3.4).
_PLAIN: Final = "/?:@!$&'()*+,;=-._~%"


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port; the host is a name in lower case, or an address in its usual form."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, iri: str) -> Self:
        """The origin of an IRI.

        Raises:
            ValueError: it is none of HTTP, or says who asks.
        """
        parts = urlsplit(iri)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("it is no http or https address")
        if parts.username is not None or parts.password is not None:
            raise ValueError("it has a name or a password in it")
        port = parts.port if parts.port is not None else _PORTS[parts.scheme]
        return cls(parts.scheme, _usual(parts.hostname), port)

    @property
    def address(self) -> Address | None:
        """The address that the host is, if it is no name."""
        return address_of(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True)
class AllowList:
    """The origins that may be asked."""

    origins: frozenset[Origin]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Self:
        """The list of these entries, such as `https://query.wikidata.org`.

        Raises:
            ValueError: an entry is no scheme, host and port, or more.
        """
        return cls(frozenset(map(_entry, entries)))

    def __contains__(self, origin: Origin) -> bool:
        return origin in self.origins

    def names_host(self, host: str, port: int) -> bool:
        """Whether an entry of either scheme has this host and port."""
        return any((one.host, one.port) == (host, port) for one in self.origins)


def target_of(iri: str) -> str:
    """The path and query of an IRI as they stand in a request."""
    parts = urlsplit(iri)
    query = f"?{quote(parts.query, safe=_PLAIN)}" if parts.query else ""
    return quote(parts.path or "/", safe=_PLAIN) + query


def address_of(host: str) -> Address | None:
    """The address that this text is; none of a name, or of an address in an odd spelling."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _entry(entry: str) -> Origin:
    right = "right would be scheme, host and port, such as https://query.wikidata.org"
    try:
        origin, rest = Origin.of(entry), urlsplit(entry)
    except ValueError as error:
        raise ValueError(f"'{entry}': {error}; {right}") from error
    if rest.path not in ("", "/") or rest.query or rest.fragment:
        raise ValueError(f"'{entry}' says more than a place; {right}")
    return origin


def _usual(host: str) -> str:
    address = address_of(host)
    if address is not None:
        return str(address)
    # A name in other letters is dialled by its ASCII form (RFC 5891).
    return host if host.isascii() else host.encode("idna").decode("ascii")
