"""Connect to a host, but only if it is allowed and all its IP addresses are public."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream, ConnectError

from service.allow_list import Address, AllowList, parse_ip_address

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# Addresses that are not public, whatever `is_global` says: they lead to other addresses, as IPv4
# inside IPv6 does (RFC 4291, 6052, 8215, 3056, 4380), or into the machine's own network, such as
# the metadata server of a cloud.
_NOT_PUBLIC: Final = [
    ipaddress.ip_network(network)
    for network in (
        *("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48"),
        *("2001::/23", "2002::/16", "fec0::/10"),
        *("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"),
    )
]


class ForbiddenAddress(ConnectError):
    """The host is not on the allow list, or is or resolves to an address that is not public."""

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        super().__init__(f"no connection to {host} is allowed: {reason}")


class AllowListBackend(AsyncNetworkBackend):
    """Connects only to hosts on the allow list, and only to public addresses.

    An address that stands on the list itself need not be public. A name is resolved once; all its
    addresses are checked, and the connection goes to one of them. So it does not matter what the
    name resolves to a moment later (DNS rebinding).
    """

    def __init__(
        self, allowed: AllowList, resolve: Resolver, dial: AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._dial = dial or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to the first of the host's addresses that accepts the connection.

        Raises ConnectError if none accepts, and ForbiddenAddress if one may not be called.
        """
        failure: Exception | None = None
        for address in await self._checked_addresses(host, port):
            try:
                return await self._dial.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or ConnectError(f"{host} has no IP address")

    async def _checked_addresses(self, host: str, port: int) -> Sequence[Address]:
        if (host, port) not in {(origin.host, origin.port) for origin in self._allowed}:
            raise ForbiddenAddress(host, "it is not on the list of allowed endpoints")
        literal_address = parse_ip_address(host)
        if literal_address is not None:
            return [literal_address]
        try:
            addresses = [ipaddress.ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise ConnectError(f"{host} cannot be resolved: {error}") from error
        for address in addresses:
            if not is_public(address):
                reason = f"its name resolves to {address}, which is not a public address"
                remedy = "to allow it, the list must contain the address itself"
                raise ForbiddenAddress(host, f"{reason}; {remedy}")
        return addresses


def is_public(address: Address) -> bool:
    """Return whether an address belongs to a single machine on the public internet."""
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_special and not address.is_loopback


async def resolve_name(host: str, port: int) -> list[str]:
    """Return the addresses of a host from the system's resolver, in its order."""
    records = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(socket_address[0]) for *_, socket_address in records))
