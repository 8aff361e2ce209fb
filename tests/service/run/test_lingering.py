import socket
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import pytest

from tests.service.conftest import Running

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractContextManager[Running]]


def seconds_until_cut_off(connection: socket.socket) -> float:
    """Send until the connection is reset."""
    started = time.monotonic()
    with suppress(ConnectionError):
        while time.monotonic() - started < 10:
            connection.sendall(b"x")
            time.sleep(0.02)
    return time.monotonic() - started


def test_a_refused_client_that_sends_on_reads_the_refusal_and_is_cut_off_after_a_time(
    serving: Serving,
) -> None:
    with (
        serving(max_receiving_seconds=1, log_requests=False) as service,
        socket.create_connection(service.place, timeout=10) as connection,
    ):
        connection.sendall(b"GET /\x00 HTTP/1.1\r\n\r\n")
        answer = connection.recv(65_536)
        end_of_answer = connection.recv(65_536)
        seconds = seconds_until_cut_off(connection)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert end_of_answer == b""
    assert 0.5 < seconds < 3


def test_a_client_that_closes_after_the_refusal_leaves_no_connection(serving: Serving) -> None:
    with serving(max_connections=3, log_requests=False) as service:
        for _ in range(10):
            with socket.create_connection(service.place, timeout=10) as connection:
                connection.sendall(b"GET /\x00 HTTP/1.1\r\n\r\n")
                assert connection.recv(13) == b"HTTP/1.1 400 "


def test_the_end_of_the_service_does_not_wait_for_clients_that_send_on(serving: Serving) -> None:
    with (
        serving(log_requests=False, max_ending_seconds=20) as service,
        socket.create_connection(service.place, timeout=10) as connection,
    ):
        connection.sendall(b"GET /\x00 HTTP/1.1\r\n\r\n")
        assert connection.recv(13) == b"HTTP/1.1 400 "
        service.process.terminate()

        assert service.process.wait(10) < 0
