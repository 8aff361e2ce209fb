import socket
from contextlib import ExitStack

import pytest

from service.errors import CannotListen
from service.run.server import open_listening_socket, service_url
from service.settings import Settings
from tests.service.conftest import free_port


@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "http://127.0.0.1:8001/"), ("::1", "http://[::1]:8001/")],
)
def test_an_address_can_be_followed(host: str, address: str) -> None:
    assert service_url(Settings(host=host, port=8001)) == address


def test_where_nothing_can_listen_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^127\.0\.0\.1:{port}: Address already in use\. "):
            open_listening_socket(Settings(port=port))
    with pytest.raises(CannotListen, match=r"^192\.0\.2\.1:8000: [^(]+ Remedy: "):
        open_listening_socket(Settings(host="192.0.2.1"))


def test_hundreds_of_connections_wait_until_they_are_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with open_listening_socket(Settings(port=port)) as listening, ExitStack() as stack:
        for _ in range(300):
            place = listening.getsockname()
            stack.enter_context(socket.create_connection(place, timeout=10))


def test_the_kernel_ends_what_is_not_read() -> None:
    with (
        open_listening_socket(Settings(port=free_port(), max_sending_seconds=2.5)) as listening,
        socket.create_connection(listening.getsockname(), timeout=10),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2500
