"""No body is lost: not by an offer of another protocol, nor by how its bytes arrive.

Each test talks to a writable `glocal serve` through raw sockets, or by curl.
"""

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.service.conftest import Running, serve
from tests.service.run.test_connections import connect, exchange, rest_of, told

pytestmark = pytest.mark.slow

HOST = b"Host: localhost\r\nAuthorization: Bearer secret\r\n"
# As Java's client and `curl --http2` send it with each request.
HTTP2 = (
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
)
WEBSOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
TRIPLE = "<http://e/c> <http://e/p> {} ."
READ = (
    b"GET /graphs?default HTTP/1.1\r\nConnection: close\r\n%bAccept: application/n-triples\r\n\r\n"
    % HOST
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A writable scratch store; its token is `secret`."""
    token = tmp_path_factory.mktemp("token") / "token.txt"
    token.write_text("secret\n", encoding="ascii")
    with serve("--scratch", "--writable", "--token-file", str(token)) as found:
        yield found


def request(line: bytes, media_type: bytes, body: str, offer: bytes, *, is_chunked: bool) -> bytes:
    """Return the bytes of a request; a chunked body has a chunk for each half."""
    head = b"%b HTTP/1.1\r\n%b%bContent-Type: %b\r\n" % (line, HOST, offer, media_type)
    octets, half = body.encode(), len(body) // 2
    if not is_chunked:
        return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(octets), octets)
    chunks = [b"%x\r\n%b\r\n" % (len(part), part) for part in (octets[:half], octets[half:])]
    return b"%bTransfer-Encoding: chunked\r\n\r\n%b0\r\n\r\n" % (head, b"".join(chunks))


def exchange_parts(service: Running, *parts: bytes) -> tuple[list[bytes], str]:
    """Send bytes in these parts; return the statuses of all answers, and the last body."""
    with connect(service) as connection:
        for part in parts:
            connection.sendall(part)
        answers = rest_of(connection)
    return re.findall(rb"HTTP/1\.1 (\d+)", answers), answers.rpartition(b"\r\n\r\n")[2].decode()


def put(number: int, offer: bytes, *, is_chunked: bool) -> bytes:
    turtle = TRIPLE.format(f"<http://e/{number}>")
    line = b"PUT /graphs?default"
    return request(line, b"text/turtle", turtle, offer, is_chunked=is_chunked)


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("offer", [HTTP2, WEBSOCKET])
def test_a_put_that_offers_another_protocol_keeps_its_body(
    scratch: Running, offer: bytes, *, is_chunked: bool
) -> None:
    octets = put(1, offer, is_chunked=is_chunked)
    last = octets.index(b"\r\n\r\n") + 4

    for number, middle in enumerate((0, last - 2, last, last + 5, len(octets) - 1)):
        octets = put(number, offer, is_chunked=is_chunked)
        statuses, stored = exchange_parts(scratch, octets[:middle], octets[middle:] + READ)

        assert statuses == [b"204", b"200"]
        assert stored == TRIPLE.format(f"<http://e/{number}>") + "\n"


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("offer", [HTTP2, WEBSOCKET])
def test_an_update_and_a_query_that_offer_another_protocol_keep_their_bodies(
    scratch: Running, offer: bytes, *, is_chunked: bool
) -> None:
    post = partial(request, b"POST /sparql", offer=offer, is_chunked=is_chunked)
    update = post(b"application/sparql-update", "CLEAR ALL; INSERT DATA { <e:a> <e:b> <e:c> }")
    query = post(b"application/sparql-query", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")

    assert exchange_parts(scratch, update + READ) == ([b"204", b"200"], "<e:a> <e:b> <e:c> .\n")
    assert exchange_parts(scratch, query + READ) == ([b"200", b"200"], "<e:a> <e:b> <e:c> .\n")


def test_a_request_without_body_may_offer_another_protocol(scratch: Running) -> None:
    asked = b"GET /healthz HTTP/1.1\r\n" + HOST + HTTP2 + b"\r\n"

    statuses, _ = exchange_parts(scratch, asked + READ)

    assert statuses == [b"200", b"200"]


def test_curl_may_offer_http_2_with_what_it_puts(scratch: Running, tmp_path: Path) -> None:
    body = tmp_path / "data.ttl"
    body.write_text(TRIPLE.format("<http://e/d>") * 3000, encoding="utf-8")
    graph = f"{scratch.address}/graphs?default"
    bearer = ["--header", "Authorization: Bearer secret"]
    send = ["--http2", *bearer, "--header", "Content-Type: text/turtle", "--upload-file", str(body)]
    ask = ["--header", "Accept: application/n-triples", graph]

    run = ["curl", "--silent", "--fail", *send, graph, "--next", "--silent", "--http2", *ask]
    found = subprocess.run(run, capture_output=True, timeout=60, check=True)

    assert found.stdout.decode().split() == TRIPLE.format("<http://e/d>").split()


def test_no_other_protocol_is_tunnelled(scratch: Running) -> None:
    answer = exchange(scratch, b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n")

    assert told(answer) == (400, "unreadable-request")
