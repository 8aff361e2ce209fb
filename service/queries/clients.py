"""Clients, their networks, and what each may use of the processors."""

import ipaddress
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from service.errors import BudgetSpent

# The client that the service's own work counts as.
NOBODY: Final = ""
# A host with one IPv6 address usually has a whole /64 of them, a customer a /56 or a /48.
_IPV6_PREFIX_BITS: Final = (64, 56, 48)
# From this many accounts on, those that are full again are forgotten.
_MANY_ACCOUNTS: Final = 4096


@lru_cache(maxsize=_MANY_ACCOUNTS)
def networks_of(client: str) -> tuple[str, ...]:
    """Return what a client counts as, the narrowest first: its address, or its IPv6 networks."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return (client,)
    if not isinstance(address, ipaddress.IPv6Address):
        return (client,)
    if address.ipv4_mapped is not None:
        return (str(address.ipv4_mapped),)
    sizes = _IPV6_PREFIX_BITS
    return tuple(str(ipaddress.ip_network((address.packed, bits), strict=False)) for bits in sizes)


def shares_of(client: str) -> Iterator[tuple[str, int]]:
    """Yield each network of a client with its share: twice as much as the next narrower one."""
    for index, network in enumerate(networks_of(client)):
        yield network, 2**index


@dataclass(frozen=True)
class BudgetLimits:
    """How many processor seconds a client may use at once, and how many are refilled per minute.

    Unless `is_strict`, that is enforced only while other clients are waiting for answers.
    """

    seconds: float = 60
    seconds_per_minute: float = 60
    is_strict: bool = False

    def error(self, excess_seconds: float) -> BudgetSpent:
        """Return the error of a client that has used so much more than it may."""
        retry_seconds = math.ceil(60 * excess_seconds / self.seconds_per_minute) + 1
        return BudgetSpent(self.seconds, self.seconds_per_minute, retry_seconds)


class Budgets:
    """The processor seconds that clients have used; refilled as time passes."""

    def __init__(self, limits: BudgetLimits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        # By network: the seconds used, and when that was so.
        self._accounts: dict[str, tuple[float, float]] = {}

    def charge(self, client: str, seconds: float) -> None:
        """Charge a client for processor time."""
        now = self._clock()
        for network, _ in shares_of(client):
            self._accounts[network] = self._used(network, now) + seconds, now
        if len(self._accounts) > _MANY_ACCOUNTS:
            used = {network: self._used(network, now) for network in self._accounts}
            self._accounts = {name: (left, now) for name, left in used.items() if left > 0}

    def used_seconds(self, client: str) -> float:
        """Return the seconds used, those of the network that has used the most of its share."""
        now = self._clock()
        return max(self._used(network, now) / share for network, share in shares_of(client))

    @property
    def overdrawn(self) -> int:
        """The number of networks that have used more than one client may."""
        now = self._clock()
        return sum(self._used(network, now) > self._limits.seconds for network in self._accounts)

    def _used(self, network: str, now: float) -> float:
        used, then = self._accounts.get(network, (0.0, now))
        return max(used - (now - then) * self._limits.seconds_per_minute / 60, 0.0)
