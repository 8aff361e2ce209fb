import logging
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service import log_output
from service.log_output import STDERR, STDOUT, DroppingHandler, lost_records
from tests.service.conftest import Running, until

Serving = Callable[..., AbstractContextManager[Running]]
MALFORMED = b"GET /\x00 HTTP/1.1\r\n\r\n"
ASK = "/sparql?query=ASK%7B%7D"


@contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """A pipe that has no room left, as both of its ends."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    try:
        yield reading, writing
    finally:
        os.close(reading)
        os.close(writing)


def dropped(service: Running) -> dict[str, int]:
    """Return the number of log lines that were not written, by stream."""
    text = httpx2.get(f"{service.address}/metrics").text
    families = {one.name: one for one in text_string_to_metric_families(text)}
    samples = families["glocal_log_lines_dropped"].samples
    return {one.labels["stream"]: int(one.value) for one in samples}


def send_malformed(service: Running, number: int) -> None:
    for _ in range(number):
        with socket.create_connection(service.place, timeout=60) as connection:
            connection.sendall(MALFORMED)
            assert connection.recv(12) == b"HTTP/1.1 400"


def is_answering(service: Running) -> bool:
    """Tell whether the service answers; it would never, if it waited for its log."""
    paths = ("/healthz", ASK)
    answers = [httpx2.get(f"{service.address}{path}", timeout=60) for path in paths]
    return [one.status_code for one in answers] == [200, 200]


def end(service: Running) -> None:
    """End the service by SIGTERM; it would never end if it waited for its log."""
    service.process.terminate()
    service.process.wait(120)


@pytest.fixture
def written_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], DroppingHandler]:
    """Return a handler whose stream is this file descriptor."""

    def make(descriptor: int) -> DroppingHandler:
        monkeypatch.setattr(log_output, "_DESCRIPTORS", {STDOUT: descriptor})
        return DroppingHandler(STDOUT, logging.Formatter())

    return make


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("test", logging.WARNING, "", 0, text, None, None)


def test_records_that_do_not_fit_are_dropped_and_counted_and_the_end_does_not_wait_for_them(
    written_to: Callable[[int], DroppingHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_output, "MOST_WAITING", 10)
    before = lost_records[STDOUT]
    with full_pipe() as (reading, writing):
        handler = written_to(writing)
        for number in range(20):
            handler.handle(record(str(number)))
        handler.close()
        lost = lost_records[STDOUT] - before
        while b"9\n" not in os.read(reading, 65_536):
            pass

    # One may be with the thread that cannot write it.
    assert lost in (9, 10)


def test_records_are_written_in_order_until_the_end(
    written_to: Callable[[int], DroppingHandler],
) -> None:
    reading, writing = os.pipe()
    handler = written_to(writing)
    for number in range(1000):
        handler.handle(record(f"line {number}"))
    handler.close()
    os.close(writing)
    with os.fdopen(reading) as read:
        assert read.read().splitlines() == [f"line {number}" for number in range(1000)]


def test_records_for_a_reader_that_has_gone_are_counted(
    written_to: Callable[[int], DroppingHandler],
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    before = lost_records[STDOUT]
    handler = written_to(writing)
    for text in ("one", "two"):
        handler.handle(record(text))
    handler.close()
    os.close(writing)

    assert lost_records[STDOUT] - before == 2


@pytest.mark.slow
def test_a_log_that_nobody_reads_delays_neither_requests_nor_the_end(serving: Serving) -> None:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with serving(**pipes) as service:
        # More than the pipes hold.
        send_malformed(service, 1_500)
        with httpx2.Client() as client:
            for _ in range(1_000):
                client.get(f"{service.address}/healthz")

        assert is_answering(service)
        end(service)


@pytest.mark.slow
def test_lines_that_were_not_written_are_counted_by_stream(serving: Serving) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with serving(stderr=writing, log_requests=False) as service:
            send_malformed(service, 100)
            # A line is counted by the thread that could not write it.
            until(lambda: dropped(service)[STDERR] >= 101)
            counts = dropped(service)
    finally:
        os.close(writing)

    # With the line that tells the address.
    assert counts == {STDOUT: 0, STDERR: 101}
