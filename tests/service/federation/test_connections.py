import asyncio
import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream, ConnectError

from service.allow_list import AllowList
from service.federation.connections import (
    AllowListBackend,
    ForbiddenAddress,
    is_public,
    resolve_name,
)

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "168.63.129.16"),
        *("192.0.2.1", "198.18.0.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"),
        *("::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fec0::1"),
        *("fc00::1", "fd00:ec2::254", "ff02::1", "100::1"),
    ],
)
def test_an_address_of_no_public_machine_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2620:0:861:ed1a::1", "2a00:1450:4001::"])
def test_an_address_of_a_public_machine_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


class Recording(AsyncNetworkBackend):
    """Records the hosts to connect to, and refuses every connection."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, *_: Any, **__: Any) -> AsyncNetworkStream:
        self.dialled.append(host)
        raise ConnectError("nobody answers")


class Names:
    """A resolver that gives a different answer each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers: Iterator[Sequence[str]] = iter(answers)

    async def __call__(self, *_: object) -> Sequence[str]:
        return next(self.answers)


def failure(backend: AllowListBackend, host: str = "rebind.example", port: int = 80) -> Exception:
    with pytest.raises(ConnectError) as caught:
        asyncio.run(backend.connect_tcp(host, port))
    return caught.value


def test_what_a_name_resolves_to_after_it_was_checked_is_not_dialled() -> None:
    dial = Recording()
    allowed = AllowList.parse(["http://rebind.example"])
    backend = AllowListBackend(allowed, Names([PUBLIC], ["127.0.0.1"]), dial)

    first, second = failure(backend), failure(backend)

    assert dial.dialled == [PUBLIC]
    assert str(first) == "nobody answers"
    assert isinstance(second, ForbiddenAddress)
    assert "127.0.0.1, which is not a public address" in str(second)


def test_one_forbidden_address_among_public_ones_is_enough() -> None:
    dial = Recording()
    backend = AllowListBackend(
        AllowList.parse(["http://rebind.example"]), Names([PUBLIC, "169.254.169.254"]), dial
    )

    assert isinstance(failure(backend), ForbiddenAddress)
    assert dial.dialled == []


def test_every_address_of_a_name_is_tried_in_turn() -> None:
    dial = Recording()
    backend = AllowListBackend(
        AllowList.parse(["http://rebind.example"]), Names([PUBLIC, "8.8.8.8"]), dial
    )

    assert str(failure(backend)) == "nobody answers"
    assert dial.dialled == [PUBLIC, "8.8.8.8"]


def test_an_address_that_an_entry_names_is_dialled_without_a_resolver() -> None:
    dial = Recording()
    backend = AllowListBackend(AllowList.parse(["http://127.0.0.1:9001"]), Names(), dial)

    assert not isinstance(failure(backend, "127.0.0.1", 9001), ForbiddenAddress)
    assert dial.dialled == ["127.0.0.1"]


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 9002), ("127.0.0.2", 9001), ("h", 9001)])
def test_a_host_that_no_entry_names_is_not_dialled(host: str, port: int) -> None:
    dial = Recording()
    backend = AllowListBackend(AllowList.parse(["http://127.0.0.1:9001"]), Names([PUBLIC]), dial)

    assert isinstance(failure(backend, host, port), ForbiddenAddress)
    assert dial.dialled == []


def test_the_name_of_this_machine_is_not_dialled_although_it_is_on_the_list() -> None:
    dial = Recording()
    backend = AllowListBackend(AllowList.parse(["http://localhost:9001"]), resolve_name, dial)

    assert isinstance(failure(backend, "localhost", 9001), ForbiddenAddress)
    assert dial.dialled == []


def test_a_name_without_an_address_is_not_dialled() -> None:
    async def unknown(_: str, __: int) -> Sequence[str]:
        raise OSError("no such name")

    dial = Recording()
    backend = AllowListBackend(AllowList.parse(["http://nowhere.example"]), unknown, dial)

    found = failure(backend, "nowhere.example")
    assert str(found) == "nowhere.example cannot be resolved: no such name"
    assert dial.dialled == []
