"""The committed configuration of nginx keeps what the service promises, and adds its limits."""

import json
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from kg.namespaces import GLOCAL, ID
from tests.operators.conftest import HOST, Proxied
from tests.service.conftest import Running, product

pytestmark = pytest.mark.slow

FOUNDED_AT = GLOCAL["foundedAt"].value

# About 30 MB as CSV.
LARGE = product("?a ?b ?c", "abc").replace("1 ", '"a literal" ')
ENDLESS = product("(COUNT(*) AS ?n)", "abcde")
# Ten million rows to count, for less than a second of processor time.
COSTLY = product("(COUNT(*) AS ?n)", "abc").replace("{", "{ VALUES ?d { 1 2 3 4 5 6 7 8 9 0 }", 1)


def problem(response: httpx2.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json().get("type", "")


def eventually(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_is_answered(proxied: Proxied, method: str) -> None:
    query = {"query": f"SELECT ?network {{ ?network <{FOUNDED_AT}> ?city }}"}
    with proxied.client() as client:
        if method == "GET":
            response = client.get("/sparql", params=query)
        else:
            response = client.post("/sparql", data=query)

    rows = response.json()["results"]["bindings"]
    assert rows == [{"network": {"type": "uri", "value": ID["C40"].value}}]


def test_a_conditional_request_gets_304_with_the_same_strong_tag(proxied: Proxied) -> None:
    with proxied.client() as client:
        first = client.get("/sparql", params={"query": "ASK { }"})
        tag = first.headers["etag"]
        second = client.get("/sparql", params={"query": "ASK { }"}, headers={"If-None-Match": tag})

    assert tag.startswith('"')
    assert first.headers["vary"] == second.headers["vary"]
    assert (second.status_code, second.content, second.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "identity"])
def test_answers_are_those_of_the_service_byte_by_byte(proxied: Proxied, coding: str) -> None:
    query = {"query": product("?a ?b", "ab")}
    headers = {"Accept-Encoding": coding}
    # The service then sees the same URL and client.
    as_nginx = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.2"}
    url = f"{proxied.service.address}/sparql"
    with httpx2.stream("GET", url, params=query, headers={**headers, **as_nginx}) as direct:
        expected = b"".join(direct.iter_raw())

    with (
        proxied.client() as client,
        client.stream("GET", "/sparql", params=query, headers=headers) as response,
    ):
        found = b"".join(response.iter_raw())

    assert found == expected
    for name in ("content-type", "content-encoding", "etag", "vary", "cache-control"):
        assert response.headers.get_list(name) == direct.headers.get_list(name)
    assert response.headers.get("content-encoding", "identity") == coding


def test_a_large_streamed_answer_arrives_whole(proxied: Proxied) -> None:
    headers = {"Accept": "text/csv", "Accept-Encoding": "identity"}
    with proxied.client("127.0.0.20") as client:
        response = client.post("/sparql", data={"query": LARGE}, headers=headers)

    row = b"a literal,a literal,a literal\r\n"
    assert response.content == b"a,b,c\r\n" + 1_000_000 * row


def test_a_slow_reader_of_a_large_answer_holds_no_query(proxied: Proxied) -> None:
    headers = {"Accept": "text/csv", "Accept-Encoding": "identity"}
    with (
        proxied.client("127.0.0.21") as client,
        client.stream("POST", "/sparql", data={"query": LARGE}, headers=headers) as response,
    ):
        # The buffers of four sockets may take 20 MB of it.
        pieces = response.iter_raw()
        length = len(next(pieces))
        ends = eventually(lambda: metric(proxied, "glocal_queries_running") == 0)
        length += sum(map(len, pieces))

    assert ends
    assert length == 7 + 1_000_000 * 31


def test_an_answer_that_breaks_off_is_not_taken_for_the_whole(proxied: Proxied) -> None:
    # Beyond max_result_mebibytes.
    query = LARGE.replace("a literal", "a rather long literal")
    with (
        proxied.client("127.0.0.22") as client,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        client.post("/sparql", data={"query": query}, headers={"Accept": "text/csv"})


def test_the_query_of_a_client_that_has_gone_is_ended(proxied: Proxied) -> None:
    with proxied.client("127.0.0.23") as client, pytest.raises(httpx2.ReadTimeout):
        client.post("/sparql", data={"query": ENDLESS}, timeout=0.5)

    started = time.monotonic()
    assert eventually(lambda: metric(proxied, "glocal_queries_running") == 0)
    assert time.monotonic() - started < 3


def test_an_upload_over_the_limit_gets_413(proxied: Proxied) -> None:
    comment = "#" * 4_194_304
    with proxied.client("127.0.0.24") as client:
        headers = {"Content-Type": "application/sparql-update"}
        largest = client.post("/whatif", content=comment, headers=headers)
        larger = client.post("/whatif", content=f"{comment}#", headers=headers)

    # A patch without a change is refused by the service, and so has arrived there.
    assert problem(largest) == (422, "/problems/refused-patch")
    assert larger.status_code == 413
    assert "x-request-id" not in larger.headers


def test_an_address_as_long_as_the_service_allows_passes(proxied: Proxied) -> None:
    query = f"ASK {{ ?{'a' * 32_000} <{FOUNDED_AT}> ?city }}"
    with proxied.client() as client:
        response = client.get("/sparql", params={"query": query})

    assert response.json()["boolean"] is True


def test_the_service_sees_the_public_address_whatever_the_client_says(proxied: Proxied) -> None:
    forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    with proxied.client() as client:
        query = {"query": "SELECT ?x { BIND(<x> AS ?x) }"}
        response = client.get("/sparql", params=query, headers=forged)

    [row] = response.json()["results"]["bindings"]
    assert row["x"]["value"] == f"https://{HOST}/x"


def test_connections_to_the_service_are_kept(proxied: Proxied) -> None:
    with proxied.client() as client:
        client.get("/healthz")

    assert connections_to(proxied.service) >= 1


def test_plain_http_leads_to_https(proxied: Proxied) -> None:
    url = f"http://127.0.0.1:{proxied.plain_port}/sparql?query=ASK%7B%7D"
    response = httpx2.get(url, headers={"Host": HOST})

    assert response.status_code == 301
    assert response.headers["location"] == f"https://{HOST}/sparql?query=ASK%7B%7D"


def test_other_hosts_get_421(proxied: Proxied) -> None:
    with proxied.client() as client:
        response = client.get("/", headers={"Host": "evil.example"})

    assert problem(response) == (421, "/problems/misdirected-request")


# The service believes the proxy, so a client at the proxy's own address is a case of its own.
@pytest.mark.parametrize("spender", ["127.0.0.31", "127.0.0.1"])
def test_each_client_has_its_own_budget_whatever_it_says_of_its_address(
    proxied: Proxied, spender: str
) -> None:
    with proxied.client(spender) as client, proxied.client("127.0.0.32") as other:
        # The budget is one second.
        for number in range(12):
            forged = {"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.0.0.{number}"}
            query = COSTLY.replace("?n", f"?n{number}")
            spent = client.post("/sparql", data={"query": query}, headers=forged)
            if spent.status_code == 429:
                break
        answer = other.post("/sparql", data={"query": f"ASK {{ ?s ?p '{spender}' }}"})

    assert problem(spent) == (429, "/problems/budget-spent")
    assert int(spent.headers["retry-after"]) >= 1
    assert answer.json()["boolean"] is False


def test_requests_beyond_the_rate_get_429_and_others_are_answered(proxied: Proxied) -> None:
    request = f"GET /healthz?private HTTP/1.1\r\nHost: {HOST}\r\n".encode()
    with proxied.connect("127.0.0.41") as connection:
        connection.sendall(399 * (request + b"\r\n") + request + b"Connection: close\r\n\r\n")
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    with proxied.client("127.0.0.42") as client:
        other = client.get("/healthz")

    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)]
    head, _, body = answers[answers.index(b"HTTP/1.1 429") :].partition(b"\r\n\r\n")
    assert len(statuses) == 400
    assert set(statuses) == {200, 429}
    assert statuses[:101] == 101 * [200]
    assert b"content-type: application/problem+json" in head.lower()
    assert b"retry-after: 1" in head.lower()
    assert json.loads(body[: body.index(b"}") + 1])["status"] == 429
    assert other.status_code == 200
    assert "private" not in (proxied.folder / "error.log").read_text("utf-8")


def test_connections_beyond_the_limit_get_429_and_others_are_answered(proxied: Proxied) -> None:
    head = f"POST /sparql HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n\r\nq"
    with ExitStack() as stack:
        held = [stack.enter_context(proxied.connect("127.0.0.51")) for _ in range(32)]
        for connection in held:
            connection.sendall(head.encode())
        with proxied.client("127.0.0.51") as client:
            refused = eventually(lambda: client.get("/healthz").status_code == 429)
        with proxied.client("127.0.0.52") as client:
            other = client.get("/healthz")
        reached = connections_to(proxied.service)
    with proxied.client("127.0.0.51") as client:
        served = eventually(lambda: client.get("/healthz").status_code == 200)

    assert (refused, other.status_code, served) == (True, 200, True)
    # Their requests are not complete, so the service does not know of them.
    assert reached < 32


@pytest.mark.parametrize(
    "path", ["/metrics", "/readyz", "//metrics", "/%6Detrics", "/x/../metrics", "/metrics?x"]
)
def test_what_is_for_the_operator_is_refused_to_others(proxied: Proxied, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
    with proxied.connect("127.0.0.61") as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answer.startswith(b"HTTP/1.1 403 ")


def test_the_operator_reads_metrics_and_readiness(proxied: Proxied) -> None:
    with proxied.client("127.0.0.1") as client:
        assert "glocal_memory_bytes" in client.get("/metrics").text
        assert client.get("/readyz").status_code == 200


def test_the_log_has_the_request_id_and_not_the_query(proxied: Proxied) -> None:
    log = proxied.folder / "access.log"
    with proxied.client("127.0.0.71") as client:
        answer = client.get("/sparql", params={"query": 'ASK { ?s ?p "secret" }'})
    name = answer.headers["x-request-id"]

    assert eventually(lambda: name in log.read_text("utf-8"))
    assert "secret" not in log.read_text("utf-8")
    assert "secret" not in (proxied.folder / "error.log").read_text("utf-8")
    line = next(line for line in log.read_text("utf-8").splitlines() if name in line)
    assert line.startswith("127.0.0.71 [")


def connections_to(service: Running) -> int:
    """Return how many connections to the service are open; Linux only."""
    port = f":{service.place[1]:04X}"
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    pairs = ((remote, state) for _, _, remote, state, *_ in map(str.split, lines))
    return sum(remote.endswith(port) and state == "01" for remote, state in pairs)


def metric(proxied: Proxied, name: str) -> float:
    """Return a value of the service, asked without nginx."""
    url = f"{proxied.service.address}/metrics"
    lines = httpx2.get(url, headers={"Host": HOST}).text.splitlines()
    [value] = [line.split()[1] for line in lines if line.startswith(f"{name} ")]
    return float(value)
