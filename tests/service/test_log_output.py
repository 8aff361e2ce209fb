import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Event

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.log_output import (
    MAX_REPETITIONS,
    REPEATED,
    STDERR,
    STDOUT,
    UNREAD,
    DescriptorSink,
    LogOutput,
    RepetitionFilter,
    lost_lines,
)
from tests.service.conftest import Running, until

Serving = Callable[..., AbstractContextManager[Running]]
MALFORMED = b"GET /\x00 HTTP/1.1\r\n\r\n"
ASK = "/sparql?query=ASK%7B%7D"
CHATTERING_CHILD = """
import subprocess, sys, time
from service.log_output import QueuedStderr
with QueuedStderr():
    child = "import sys; sys.stderr.write('x' * 99 + chr(10)); sys.stderr.write('y\\\\n' * 500_000)"
    subprocess.run([sys.executable, "-c", child], check=True)
    sys.stderr.write("last\\n")
"""


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


def dropped(service: Running) -> dict[tuple[str, str], int]:
    """Return the number of log lines that were not written, by stream and reason."""
    text = httpx2.get(f"{service.address}/metrics").text
    families = {one.name: one for one in text_string_to_metric_families(text)}
    samples = families["glocal_log_lines_dropped"].samples
    return {(one.labels["stream"], one.labels["reason"]): int(one.value) for one in samples}


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


class BlockingSink:
    """A sink that takes nothing until it is opened."""

    def __init__(self) -> None:
        self.opened, self.pieces = Event(), list[bytes]()

    def write(self, piece: bytes) -> None:
        self.opened.wait(60)
        self.pieces.append(piece)


def put(output: LogOutput, text: bytes) -> bool:
    has_room = output.reserve(len(text))
    if has_room:
        output.put(lambda: text, len(text))
    return has_room


def test_lines_that_do_not_fit_are_dropped_and_counted_and_later_ones_written() -> None:
    sink = BlockingSink()
    output = LogOutput("slow", sink, max_waiting_bytes=10)
    output.start()

    fit = [put(output, line) for line in (b"one\n", b"two\n", b"three\n", b"x\n")]
    sink.opened.set()
    output.close()

    assert fit == [True, True, False, True]
    assert b"".join(sink.pieces) == b"one\ntwo\nx\n"
    assert lost_lines()["slow", UNREAD] == 1


def test_long_texts_are_written_in_pieces_of_whole_lines() -> None:
    sink = BlockingSink()
    sink.opened.set()
    output = LogOutput(STDOUT, sink)
    output.start()
    text = (b"a" * 9_000 + b"\n") * 3 + b"b" * 40_000 + b"\nend"

    put(output, text)
    output.close()

    assert b"".join(sink.pieces) == text
    assert [len(piece) for piece in sink.pieces] == [9_001] * 3 + [40_001, 3]


def test_the_end_does_not_wait_for_a_reader_that_does_not_read() -> None:
    with full_pipe() as (_, writing):
        output = LogOutput(STDOUT, DescriptorSink(writing))
        output.start()
        assert put(output, b"never read\n")
        # It would be waited for in vain.
        output.close()


def test_lines_for_a_reader_that_has_gone_are_counted() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    # A stream of its own: the thread of an earlier test may count at the same time.
    output = LogOutput("gone", DescriptorSink(writing))
    output.start()
    put(output, b"one\ntwo\n")
    output.close()
    os.close(writing)

    assert lost_lines()["gone", UNREAD] == 2


def test_a_stream_that_does_not_block_loses_nothing() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    output = LogOutput(STDOUT, DescriptorSink(writing))
    output.start()
    text = b"line\n" * 50_000
    put(output, text)
    found = b""
    while len(found) < len(text):
        found += os.read(reading, 65_536)
    output.close()
    os.close(reading)
    os.close(writing)

    assert found == text


def test_records_beyond_a_number_from_one_place_are_left_out_and_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log, before, reported = logging.getLogger("repeating"), lost_lines(), Event()

    class Noticing(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if "left out" in record.msg:
                reported.set()
            return True

    caplog.handler.addFilter(limit := RepetitionFilter(3, 0.2))
    caplog.handler.addFilter(notice := Noticing())
    for number in range(10):
        log.warning("again %d", number)
    log.warning("from elsewhere")
    assert reported.wait(60)
    caplog.handler.removeFilter(limit)
    caplog.handler.removeFilter(notice)

    assert caplog.messages == [
        *(f"again {number}" for number in range(3)),
        "from elsewhere",
        "7 more such records within 0.2 s were left out: again 3",
    ]
    assert lost_lines() - before == {(STDERR, REPEATED): 7}


@pytest.mark.slow
def test_a_child_whose_messages_nobody_reads_holds_up_nothing() -> None:
    with full_pipe() as (_, writing):
        command = [sys.executable, "-c", CHATTERING_CHILD]
        subprocess.run(command, stderr=writing, timeout=120, check=True)


@pytest.mark.slow
def test_all_that_is_written_to_standard_error_is_in_it_at_the_end() -> None:
    command = [sys.executable, "-c", CHATTERING_CHILD]
    run = subprocess.run(command, stderr=subprocess.PIPE, timeout=120, check=True)

    assert run.stderr == b"x" * 99 + b"\n" + b"y\n" * 500_000 + b"last\n"


@pytest.mark.slow
def test_malformed_requests_freeze_nothing_although_nobody_reads_the_log(serving: Serving) -> None:
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "workers": 2}
    with serving(**options) as service:
        # More than two pipes would hold, if each left a line.
        send_malformed(service, 1_500)

        assert is_answering(service)
        end(service)
        assert service.process.stderr is not None
        written = service.process.stderr.read().count(b"A request was refused")
    # Each HTTP process has a limit of its own.
    assert MAX_REPETITIONS <= written <= 2 * MAX_REPETITIONS


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_without_any_room_delays_neither_start_nor_requests_nor_end(
    serving: Serving, workers: int
) -> None:
    with full_pipe() as (_, writing):
        options = {"stdout": writing, "stderr": writing, "workers": workers}
        with serving(**options) as service:
            # More than a pipe would hold, if each left a line.
            send_malformed(service, 600)
            with httpx2.Client() as client:
                for _ in range(1_000):
                    client.get(f"{service.address}/healthz")

            assert is_answering(service)
            end(service)


@pytest.mark.slow
def test_lines_that_were_not_written_are_counted_by_stream_and_reason(serving: Serving) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with serving(stderr=writing, log_requests=False) as service:
            send_malformed(service, 100)
            # A line is counted by the thread that could not write it.
            until(lambda: sum(dropped(service).values()) >= 101)
            counts = dropped(service)
    finally:
        os.close(writing)

    # The line with the address, and those that do not repeat too often.
    assert counts == {
        (STDOUT, UNREAD): 0,
        (STDERR, UNREAD): 1 + MAX_REPETITIONS,
        (STDERR, REPEATED): 100 - MAX_REPETITIONS,
    }
