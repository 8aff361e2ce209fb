"""nginx with the committed configuration in front of `glocal serve`, both on 127.0.0.1.

Only listening ports, certificate and log paths differ from docs/operators/nginx.conf; what Debian
sets outside of it is set here for a user without rights.
"""

import os
import re
import shlex
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
import pytest

from kg.store.release_folder import write_release
from tests.service.conftest import TRIG, Running, free_port, serve, store_of

OPERATORS: Final = Path(__file__).parents[2] / "docs" / "operators"
HOST: Final = "glocal.example.org"
_MAIN: Final = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    # As in Debian's configuration, so that the committed one has to turn it off.
    gzip on;
    gzip_proxied any;
    gzip_types *;
    include {folder}/glocal.conf;
}}
"""


@dataclass(frozen=True)
class Proxied:
    """nginx and the service behind it."""

    service: Running
    port: int
    plain_port: int
    folder: Path
    context: ssl.SSLContext

    def client(self, address: str = "127.0.0.2") -> httpx2.Client:
        """Return a client whose connections come from this address of the loopback network."""
        transport = httpx2.HTTPTransport(local_address=address, verify=self.context)
        # The certificate is that of the host, whose name no resolver knows here.
        return httpx2.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": HOST},
            transport=transport,
            timeout=30,
        )

    def connect(self, address: str = "127.0.0.2") -> ssl.SSLSocket:
        """Return a TLS connection from this address."""
        place = ("127.0.0.1", self.port)
        plain = socket.create_connection(place, timeout=30, source_address=(address, 0))
        return self.context.wrap_socket(plain, server_hostname=HOST)


def unit_environment() -> dict[str, str]:
    """Return the environment that the committed systemd unit sets."""
    text = (OPERATORS / "glocal.service").read_text("utf-8")
    lines = re.findall(r"^Environment=(.+)$", text, re.MULTILINE)
    return dict(entry.split("=", 1) for line in lines for entry in shlex.split(line))


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    """The service with the public names of the systemd unit, behind nginx."""
    folder = tmp_path_factory.mktemp("proxied")
    release = write_release(store_of(TRIG).quads(), {"version": "1.0.0"}, folder / "release")
    settings: dict[str, object] = {
        "public_url": unit_environment()["GLOCAL_PUBLIC_URL"],
        "allowed_hosts": unit_environment()["GLOCAL_ALLOWED_HOSTS"],
        "strict_client_budgets": True,
        "max_client_processor_seconds": 1,
        "client_processor_seconds_per_minute": 1,
        "max_result_mebibytes": 40,
        "max_query_seconds": 50,
    }
    with serve("--release", str(release), **settings) as service:
        _make_certificate(folder)
        port, plain_port = free_port(), free_port()
        _write_configuration(folder, service, port, plain_port)
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        command += ["-e", str(folder / "error.log")]
        with subprocess.Popen(command) as process:
            try:
                context = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
                context.check_hostname = False
                running = Proxied(service, port, plain_port, folder, context)
                _wait_for(process, running)
                yield running
            finally:
                process.terminate()


def _make_certificate(folder: Path) -> None:
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={HOST}"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)


def _write_configuration(folder: Path, service: Running, port: int, plain_port: int) -> None:
    text = (OPERATORS / "nginx.conf").read_text("utf-8")
    certificates = f"/etc/letsencrypt/live/{HOST}"
    for committed, here in {
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{service.place[1]};",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl;\n": "",
        f"{certificates}/fullchain.pem": f"{folder}/certificate.pem",
        f"{certificates}/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx/glocal.log": f"{folder}/access.log",
    }.items():
        assert text.count(committed) == 1, committed
        text = text.replace(committed, here)
    (folder / "glocal.conf").write_text(text, encoding="utf-8")
    # Started by root, the workers of nginx would otherwise have another user.
    user = "user root;" if os.geteuid() == 0 else ""
    text = _MAIN.format(folder=folder, user=user)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")


def _wait_for(process: "subprocess.Popen[bytes]", running: Proxied) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and process.poll() is None:
        try:
            running.connect().close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError((running.folder / "error.log").read_text("utf-8"))
