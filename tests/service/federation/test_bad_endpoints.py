"""`glocal serve` calls hostile endpoints: each call ends in a problem, and nothing is left over."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from tests.service.conftest import Running, serve
from tests.service.federation.conftest import Answering, Asked, Endpoint, Reply

pytestmark = pytest.mark.slow

Start = Callable[[Answering], Endpoint]
HEAD = b'{"head": {"vars": ["x"]}, "results": {"bindings": ['
ROW = b'{"x": {"type": "literal", "value": "x"}}'


def endless(piece: bytes, seconds: float) -> Iterator[bytes]:
    yield HEAD + ROW
    end = time.monotonic() + 30
    while time.monotonic() < end:
        yield piece
        time.sleep(seconds)


class Left:
    """An answer that is sent byte by byte until the other side has gone."""

    def __init__(self) -> None:
        self.is_asked, self.is_left = threading.Event(), threading.Event()

    def __call__(self, _: Asked) -> Reply:
        self.is_asked.set()
        return Reply(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        try:
            yield from endless(b" ", 0.02)
        finally:
            self.is_left.set()


REPLIES: dict[str, Callable[[], Reply]] = {
    "slow": lambda: Reply(endless(b" ", 0.1)),
    "silent": lambda: Reply(iter(lambda: time.sleep(0.5) or b"", None)),
    "endless": lambda: Reply(endless(b"," + ROW * 1_000, 0)),
    "huge": lambda: Reply([HEAD + b",".join([ROW] * 11_000) + b"]}}"]),
    "bomb": lambda: Reply(
        [gzip.compress(HEAD + b" " * 40_000_000)], headers={"Content-Encoding": "gzip"}
    ),
    "broken": lambda: Reply([HEAD + ROW]),
    "short": lambda: Reply([HEAD], headers={"Content-Length": "1000"}),
    "deep": lambda: Reply([HEAD + b'{"x":{"type":"triple","value":{"object":' * 100_000]),
    "page": lambda: Reply([b"<html>"], "text/html"),
    "away": lambda: Reply(status=302, headers={"Location": "http://169.254.169.254/"}),
}


@pytest.fixture(scope="module")
def there(endpoint: Start) -> Endpoint:
    return endpoint(lambda asked: REPLIES[asked.path[1:]]())


@pytest.fixture(scope="module")
def left() -> Left:
    return Left()


@pytest.fixture(scope="module")
def trickling(endpoint: Start, left: Left) -> Endpoint:
    return endpoint(left)


@pytest.fixture(scope="module")
def release(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "release"
    return write_release(store.quads(), {"version": "1.0.0"}, folder)


@pytest.fixture(scope="module")
def running(release: Path, there: Endpoint, trickling: Endpoint) -> Iterator[Running]:
    """A service whose limit of time no answer reaches that comes without pauses."""
    with serve(
        *("--release", str(release)),
        services=f"{there.address} {trickling.address}",
        max_query_seconds=300,
        max_service_seconds=120,
        max_service_seconds_per_query=240,
        max_service_mebibytes=2,
        max_running_queries=1,
    ) as found:
        yield found


@pytest.fixture(scope="module")
def impatient(release: Path, there: Endpoint) -> Iterator[Running]:
    with serve(
        *("--release", str(release)),
        services=there.address,
        max_service_seconds=1,
        max_running_queries=1,
    ) as found:
        yield found


@pytest.mark.parametrize("path", ["slow", "silent"])
def test_an_endpoint_that_takes_too_long_ends_in_a_problem_and_leaves_its_place(
    impatient: Running, there: Endpoint, path: str
) -> None:
    ends_in_a_problem(impatient, there, path, 504, "it took more than 1 s")


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("endless", 502, "more than 2 MiB (max_service_mebibytes)"),
        ("huge", 502, "more than 10,000 rows in all (max_service_rows)"),
        ("bomb", 502, "more than 2 MiB (max_service_mebibytes)"),
        ("broken", 502, "its results are broken"),
        ("short", 502, "without sending complete message body"),
        ("deep", 502, "more than 2 MiB"),
        ("page", 502, "its response has media type 'text/html'"),
        ("away", 502, "it redirects to http://169.254.169.254, which is not on the list"),
    ],
)
def test_a_bad_endpoint_ends_in_a_problem_and_leaves_its_place(
    running: Running, there: Endpoint, path: str, status: int, reason: str
) -> None:
    ends_in_a_problem(running, there, path, status, reason)


def ends_in_a_problem(
    running: Running, there: Endpoint, path: str, status: int, reason: str
) -> None:
    block = f"SERVICE <{there.address}/{path}> {{ ?s ?p ?x }}"
    answer = running.ask(f"SELECT * {{ {block} }}")

    assert (answer.status_code, answer.json()["status"]) == (status, status), answer.text
    assert reason in answer.json()["detail"]
    # There is one place alone, so that one which was not given back would be missed.
    assert running.ask("ASK {}").json()["boolean"] is True
    silent = running.ask(f"SELECT ?x {{ {block.replace('SERVICE', 'SERVICE SILENT')} }}")
    assert silent.json()["results"]["bindings"] == [{}]


def test_a_client_that_goes_away_is_no_longer_asked_for(
    running: Running, trickling: Endpoint, left: Left
) -> None:
    query = f"ASK {{ SERVICE <{trickling.address}> {{ ?s ?p ?x }} }}"
    before = counted(running)

    with suppress(httpx2.ReadTimeout):
        running.ask(query, seconds=0.3)

    assert left.is_asked.is_set()
    assert left.is_left.wait(timeout=10)
    assert running.ask("ASK {}").json()["boolean"] is True
    # It was left before its own time was over, which would have been counted.
    assert counted(running) == before
    assert "glocal_queries_running 0.0" in before


def counted(running: Running) -> list[str]:
    """Return the metrics of calls to endpoints and of running queries."""
    lines = httpx2.get(f"{running.address}/metrics").text.splitlines()
    names = ("glocal_service_calls_total", "glocal_queries_running")
    return [line for line in lines if line.startswith(names)]
