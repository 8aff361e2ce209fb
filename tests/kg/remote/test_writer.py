"""The password for writes goes to the server in the way that it asks for."""

from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2
import pytest

from kg.remote.client import StoreError
from kg.remote.writer import read_auth_file


class _Guarded(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        expected = "Basic " + b64encode(b"loader:a:b").decode()
        is_right = self.headers.get("Authorization") == expected
        self.send_response(200 if is_right else 401)
        if not is_right and self.path == "/basic":
            self.send_header("WWW-Authenticate", 'Basic realm="SPARQL"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def guarded() -> Iterator[str]:
    """A server that asks for basic authentication at /basic, and for nothing known elsewhere."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Guarded) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def status(address: str, folder: Path, line: str) -> int:
    path = folder / "auth"
    path.write_text(f"{line}\n", "utf-8")
    return httpx2.get(address, auth=read_auth_file(path)).status_code


def test_a_server_that_asks_for_basic_authentication_gets_it(guarded: str, tmp_path: Path) -> None:
    assert status(f"{guarded}/basic", tmp_path, "loader:a:b") == 200
    assert status(f"{guarded}/basic", tmp_path, "loader:wrong") == 401


def test_a_server_that_asks_for_nothing_known_gets_no_password(
    guarded: str, tmp_path: Path
) -> None:
    assert status(f"{guarded}/unknown", tmp_path, "loader:a:b") == 401


@pytest.mark.parametrize("line", ["", "loader", ":password"])
def test_a_file_without_user_and_password_is_said(line: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="expected user:password in the first line"):
        status("http://127.0.0.1:9/", tmp_path, line)
