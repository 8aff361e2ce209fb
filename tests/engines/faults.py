"""A proxy in front of a real server that spoils its answers."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

import httpx2

_HTML: Final = b"<!doctype html><title>Welcome to nginx!</title>"
# What a fault does; each but `none` is one of them.
FAULTS: Final = (
    *("slow", "drip", "html", "cut", "half", "nonsense", "error", "full", "closed", "other"),
)


class FaultyProxy:
    """A proxy on a free port; `fault` is what it does to answers from now on, `none` at first."""

    def __init__(self, target: str) -> None:
        self.fault, self.seconds = "none", 3.0
        proxy, path = self, urlsplit(target).path

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                fault = proxy.fault
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if fault == "slow":
                    time.sleep(proxy.seconds)
                kept = {name: self.headers[name] for name in ("Content-Type", "Accept")}
                found = httpx2.post(target, content=body, headers=kept, timeout=60)
                self._answer(fault, found)

            def _answer(self, fault: str, found: httpx2.Response) -> None:
                content, status = found.content, found.status_code
                media_type = found.headers["Content-Type"]
                if fault == "nonsense":
                    self.wfile.write(b"\x16\x03\x01 is not HTTP\r\n\r\n")
                if fault in ("nonsense", "closed"):
                    self.close_connection = True
                    return
                if fault == "html":
                    content, media_type = _HTML, "text/html"
                if fault in ("error", "full"):
                    status = {"error": 500, "full": 503}[fault]
                    content, media_type = b"out of disk", "text/plain"
                if fault == "half":
                    content = content[: len(content) // 2]
                if fault == "other":
                    media_type = "text/csv"
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if fault == "cut":
                    self.wfile.write(content[: len(content) // 2])
                    self.close_connection = True
                elif fault == "drip":
                    self._drip(content)
                else:
                    self.wfile.write(content)

            def _drip(self, content: bytes) -> None:
                step = proxy.seconds / max(len(content), 1)
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    time.sleep(step)

            def log_message(self, format: str, *_: object) -> None:  # noqa: A002
                """Log nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Ignore clients that have gone."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.query = f"http://127.0.0.1:{self._server.server_port}{path}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
