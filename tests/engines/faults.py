"""A proxy in front of a real server that spoils its answers."""

import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

import httpx2

_HTML: Final = b"<!doctype html><title>Welcome to nginx!</title>"
# The faults, with the status of the answers of a service whose store has them.
FAULTS: Final[Mapping[str, int]] = {
    "slow": 504,
    "drip": 504,
    "html": 502,
    "cut": 503,
    "half": 502,
    "nonsense": 502,
    "error": 502,
    "full": 502,
    "closed": 503,
    "other": 502,
}
# What they change: status, media type and body.
_REPLACED: Final[Mapping[str, tuple[int, str, bytes]]] = {
    "html": (200, "text/html", _HTML),
    "error": (500, "text/plain", b"out of disk"),
    "full": (503, "text/plain", b"too many requests"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        """Pass a query on, and spoil its answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        proxy = self.server.proxy
        fault = proxy.fault
        if fault == "slow":
            time.sleep(proxy.seconds)
        kept = {name: self.headers[name] for name in ("Content-Type", "Accept")}
        target = f"{proxy.target}?{urlsplit(self.path).query}"
        found = httpx2.post(target, content=body, headers=kept, timeout=60)
        if fault == "nonsense":
            self.wfile.write(b"\x16\x03\x01 is not HTTP\r\n\r\n")
        if fault in ("nonsense", "closed"):
            self.close_connection = True
            return
        usual = found.status_code, found.headers["Content-Type"], found.content
        status, media_type, content = _REPLACED.get(fault, usual)
        if fault == "half":
            content = content[: len(content) // 2]
        self.send_response(status)
        self.send_header("Content-Type", "text/csv" if fault == "other" else media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self._send(fault, content)

    def _send(self, fault: str, content: bytes) -> None:
        if fault == "cut":
            self.wfile.write(content[: len(content) // 2])
            self.close_connection = True
        elif fault == "drip":
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.proxy.seconds / len(content))
        else:
            self.wfile.write(content)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: "FaultyProxy"

    def handle_error(self, *_: object) -> None:
        """Ignore clients that have gone."""


class FaultyProxy:
    """A proxy on a free port; `fault` is what it does to answers from now on, `none` at first."""

    def __init__(self, target: str) -> None:
        self.target, self.fault, self.seconds = target, "none", 3.0
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.query = f"http://127.0.0.1:{self._server.server_port}{urlsplit(target).path}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
