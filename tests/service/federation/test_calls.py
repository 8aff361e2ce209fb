import asyncio
import gzip
import ssl
from collections.abc import Callable, Sequence
from itertools import repeat
from threading import Event

import pytest
from httpcore2 import AnyIOBackend, AsyncNetworkStream

from service.allow_list import AllowList
from service.errors import EndpointFailed, EndpointTimedOut
from service.federation.calls import Budget, EndpointClient, EndpointResponse
from service.federation.connections import AllowListBackend, resolve_name
from service.settings import Settings
from tests.service.federation.conftest import RESULTS, Answering, Asked, Endpoint, Reply

Start = Callable[[Answering], Endpoint]
LIMITS = Settings(max_service_seconds=60, max_service_seconds_per_query=60, max_service_mebibytes=1)
QUERY = "SELECT * WHERE { ?s ?p 'é&=+' }"


def ask(endpoint: str, allowed: Sequence[str], limits: Settings = LIMITS) -> EndpointResponse:
    listed = AllowList.parse(allowed)
    caller = EndpointClient(listed, AllowListBackend(listed, resolve_name))
    return asyncio.run(caller.post_query(endpoint, QUERY, Budget(limits)))


def failure(endpoint: str, allowed: Sequence[str], limits: Settings = LIMITS) -> str:
    with pytest.raises(EndpointFailed) as caught:
        ask(endpoint, allowed, limits)
    assert caught.value.endpoint == endpoint
    return caught.value.reason


def test_an_endpoint_is_asked_by_a_form_for_json_before_xml(endpoint: Start) -> None:
    there = endpoint(lambda _: Reply([b"{", b"}"], f"{RESULTS}; charset=utf-8"))

    answered = ask(f"{there.address}/a/sparql?x=1", [there.address])

    assert answered == EndpointResponse(RESULTS, b"{}")
    [asked] = there.asked
    assert (asked.path, asked.query) == ("/a/sparql?x=1", QUERY)
    assert asked.headers["Host"] == f"127.0.0.1:{there.port}"
    assert asked.headers["Accept"].startswith(f"{RESULTS}, application/sparql-results+xml;q=")


class Redialling(AnyIOBackend):
    """Connects to a port of this machine in place of a public address."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def connect_tcp(self, host: str, port: int, *_: object) -> AsyncNetworkStream:  # type: ignore[override]
        assert (host, port) in {("93.184.216.34", 80), ("93.184.216.34", 443)}
        return await super().connect_tcp("127.0.0.1", self.port)


async def public(*_: object) -> Sequence[str]:
    """Resolve every name to a public address."""
    return ["93.184.216.34"]


def test_a_checked_address_is_dialled_under_the_name(endpoint: Start) -> None:
    there = endpoint(lambda _: Reply([b"{}"]))

    allowed = AllowList.parse(["http://there.example"])
    caller = EndpointClient(allowed, AllowListBackend(allowed, public, Redialling(there.port)))
    asyncio.run(caller.post_query("http://there.example/sparql", QUERY, Budget(LIMITS)))

    assert there.asked[0].headers["Host"] == "there.example"


def test_a_certificate_is_asked_for_under_the_name_too() -> None:
    named: list[str | None] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.sni_callback = lambda _, name, __: named.append(name)

    async def scenario() -> None:
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0, ssl=tls)
        port = server.sockets[0].getsockname()[1]
        allowed = AllowList.parse(["https://there.example"])
        backend = AllowListBackend(allowed, public, Redialling(port))
        async with server:
            await EndpointClient(allowed, backend).post_query(
                "https://there.example/", QUERY, Budget(LIMITS)
            )

    # The server has no certificate: that it is none for this name is what ends it.
    with pytest.raises(EndpointFailed):
        asyncio.run(scenario())
    assert named == ["there.example"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_within_the_list_is_asked_again(endpoint: Start, status: int) -> None:
    end = endpoint(lambda _: Reply([b"{}"]))
    start = endpoint(lambda _: Reply(status=status, headers={"Location": f"{end.address}/new"}))

    ask(f"{start.address}/old", [start.address, end.address])

    assert [(one.path, one.query) for one in end.asked] == [("/new", QUERY)]


def test_a_redirect_to_a_relative_address_stays_at_the_endpoint(endpoint: Start) -> None:
    def answering(asked: Asked) -> Reply:
        is_old = asked.path == "/a/old"
        return Reply(status=308, headers={"Location": "new"}) if is_old else Reply([b"{}"])

    there = endpoint(answering)
    ask(f"{there.address}/a/old", [there.address])

    assert [one.path for one in there.asked] == ["/a/old", "/a/new"]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1:{secret}/", "redirects to http://127.0.0.1:{secret}, which is not on"),
        ("//127.0.0.1:{secret}/", "redirects to http://127.0.0.1:{secret}, which is not on"),
        ("http://localhost:{secret}/", "redirects to http://localhost:{secret}, which is not on"),
        ("http://[::ffff:127.0.0.1]:{secret}/", "redirects to http://[::ffff:"),
        ("http://2130706433:{secret}/", "redirects to http://2130706433:{secret}, which is not on"),
        ("http://169.254.169.254/latest/meta-data/", "redirects to http://169.254.169.254, which"),
        ("https://127.0.0.1:{port}/", "redirects to https://127.0.0.1:{port}, which is not on"),
        ("http://x@127.0.0.1:{port}/", "it contains a user name or password"),
        ("file:///etc/passwd", "it is not an http or https address"),
        ("http://[x/", "it redirects to http://[x/, but Invalid IPv6 URL"),
        ("gopher://127.0.0.1:{secret}/", "it is not an http or https address"),
    ],
)
def test_a_redirect_leads_nowhere_else(endpoint: Start, location: str, reason: str) -> None:
    secret = endpoint(lambda _: Reply([b"secret"]))
    ports = {"secret": secret.port, "port": 0}
    there = endpoint(lambda _: Reply(status=307, headers={"Location": location.format_map(ports)}))
    ports["port"] = there.port

    assert reason.format_map(ports) in failure(f"{there.address}/", [there.address])
    assert secret.asked == []
    assert len(there.asked) == 1


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("http://127.0.0.1:1/", "it is not on the list of allowed endpoints"),
        ("file:///etc/passwd", "it is not an http or https address"),
    ],
)
def test_an_endpoint_that_is_not_on_the_list_is_not_asked(endpoint: str, reason: str) -> None:
    assert failure(endpoint, ["http://127.0.0.1:2"]) == reason


def test_a_redirect_to_a_name_on_the_list_does_not_reach_loopback(endpoint: Start) -> None:
    secret = endpoint(lambda _: Reply([b"secret"]))
    local = f"http://localhost:{secret.port}"
    there = endpoint(lambda _: Reply(status=307, headers={"Location": f"{local}/"}))

    assert "not a public address" in failure(there.address, [there.address, local])
    assert secret.asked == []


def test_redirects_without_end_are_given_up(endpoint: Start) -> None:
    there = endpoint(lambda _: Reply(status=307, headers={"Location": "/again"}))

    assert failure(there.address, [there.address]) == "it redirects more than 3 times"
    assert len(there.asked) == 4


@pytest.mark.parametrize("status", [204, 303, 400, 404, 500, 503])
def test_another_status_than_200_is_a_failure(endpoint: Start, status: int) -> None:
    there = endpoint(lambda _: Reply(status=status, headers={"Location": "/x"}))

    assert failure(there.address, [there.address]) == f"its status is {status}"


def test_an_answer_without_end_is_left_at_the_limit(endpoint: Start) -> None:
    there = endpoint(lambda _: Reply(repeat(b"x" * 65_536)))

    reason = "it returns more than 1 MiB (max_service_mebibytes)"
    assert failure(there.address, [there.address]) == reason


def test_a_bomb_is_left_at_the_limit(endpoint: Start) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    there = endpoint(lambda _: Reply([bomb], headers={"Content-Encoding": "gzip"}))

    assert len(bomb) < 50_000
    assert "max_service_mebibytes" in failure(there.address, [there.address])


def test_a_compressed_answer_is_read_in_all_its_members(endpoint: Start) -> None:
    body = gzip.compress(b'{"a": ') + gzip.compress(b"1}")
    pieces = [body[at : at + 1] for at in range(len(body))]
    there = endpoint(lambda _: Reply(pieces, headers={"Content-Encoding": "gzip"}))

    assert ask(there.address, [there.address]).body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("coding", "reason"),
    [("gzip", "its response is not valid gzip"), ("br", "its content coding is 'br'")],
)
def test_what_is_coded_otherwise_than_asked_is_a_failure(
    endpoint: Start, coding: str, reason: str
) -> None:
    there = endpoint(lambda _: Reply([b"{}"], headers={"Content-Encoding": coding}))

    assert reason in failure(there.address, [there.address])


@pytest.mark.parametrize("is_silent", [True, False])
def test_an_endpoint_that_is_slow_is_left_in_time(endpoint: Start, is_silent: bool) -> None:
    is_left = Event()

    def answering(_: Asked) -> Reply:
        if is_silent:
            is_left.wait(60)
        return Reply(iter(lambda: b" " * (not is_left.wait(0.05)), b""))

    there = endpoint(answering)
    limits = Settings(max_service_seconds=0.3)

    with pytest.raises(EndpointTimedOut, match=r"it took more than 0\.3 s"):
        ask(there.address, [there.address], limits)
    is_left.set()


def test_where_nobody_listens_is_a_failure() -> None:
    assert "onnect" in failure("http://127.0.0.1:1/", ["http://127.0.0.1:1"])


def test_what_one_call_has_used_up_is_gone_for_the_next(endpoint: Start) -> None:
    bomb = gzip.compress(bytes(5_000_000))
    there = endpoint(lambda _: Reply([bomb], headers={"Content-Encoding": "gzip"}))
    allowed = AllowList.parse([there.address])
    caller, budget = (
        EndpointClient(allowed, AllowListBackend(allowed, resolve_name)),
        Budget(LIMITS),
    )

    for _ in range(2):
        with pytest.raises(EndpointFailed, match=r"more than 1 MiB"):
            asyncio.run(caller.post_query(there.address, QUERY, budget))

    assert budget.bytes == 0
    budget.take_bytes(there.address, 0)
    with pytest.raises(EndpointFailed):
        budget.take_bytes(there.address, 1)


def test_where_no_time_is_left_nobody_is_asked(endpoint: Start) -> None:
    there = endpoint(lambda _: Reply([b"{}"]))
    limits = Settings(max_service_seconds_per_query=1e-9)

    with pytest.raises(EndpointTimedOut, match="no time is left for the call"):
        ask(there.address, [there.address], limits)

    assert there.asked == []
