"""A host's name -> a connection to one of its addresses, if all of them are public."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from httpcore2 import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
    ConnectTimeout,
)

from service.allow_list import Address, AllowList, address_of

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

# Addresses that lead to another one, or to the machine's own network, whatever `is_global` says
# of them: IPv4 inside IPv6 (RFC 4291, 6052, 8215, 3056, 4380), and a cloud's metadata.
_NOT_PUBLIC: Final = [
    ipaddress.ip_network(network)
    for network in (
        "::/96",
        "::ffff:0:0/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/23",
        "2002::/16",
        "fec0::/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
    )
]


class ForbiddenAddress(ConnectError):
    """A host that is not dialled, since it is, or its name resolves to, no public address."""

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        super().__init__(f"{host} is not dialled: {reason}")


class GuardedBackend(AsyncNetworkBackend):
    """Dials the hosts of a list, and only public addresses, unless the list names the address.

    A name is resolved once, all its addresses are checked, and one of those is dialled: what the
    name resolves to a moment later is of no importance.
    """

    def __init__(
        self, allowed: AllowList, resolve: Resolver, dial: AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._dial = dial or AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to the first address that answers.

        Raises:
            ForbiddenAddress: the host is not on the list, or one of its addresses is not public.
            ConnectError: the name has no address, or none answers.
        """
        failure: Exception | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._dial.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
        raise failure or ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        if not self._allowed.names_host(host, port):
            raise ForbiddenAddress(host, "it is not on the list of endpoints")
        fixed = address_of(host)
        if fixed is not None:
            return [fixed]
        try:
            found = [ipaddress.ip_address(one) for one in await self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise ConnectError(f"{host} is not resolved: {error}") from error
        for address in found:
            if not is_public(address):
                reason = f"its name resolves to {address}, no public address; an entry of the list"
                raise ForbiddenAddress(host, f"{reason} would have to be the address itself")
        return found


def is_public(address: Address) -> bool:
    """Whether an address is of the public network: one machine there, and no way to another."""
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    is_special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not is_special and not address.is_loopback


async def resolve_name(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))
