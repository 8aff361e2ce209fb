"""Scratch stores: one that can be written to and one that cannot, each in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.scratch.start import create_scratch_app, snapshot_files
from service.scratch.token import WriteToken
from service.settings import Settings
from tests.service.conftest import get_ready

TOKEN = {"authorization": "Bearer s3cret"}
UPDATE = "application/sparql-update"
G = "http://example.org/g"


class Client(TestClient):
    """A client that has the token, and asks for lines of N-Triples or N-Quads."""

    def update(self, text: str, **parameters: str) -> int:
        """The status of an update."""
        headers = {**TOKEN, "content-type": UPDATE}
        return self.post("/sparql", content=text, headers=headers, params=parameters).status_code

    def put(self, path: str, text: str, media_type: str = "text/turtle", **headers: str) -> int:
        """The status of a PUT."""
        said = {**TOKEN, "content-type": media_type, **headers}
        return super().put(path, content=text, headers=said).status_code

    def lines(self, path: str = "/graphs") -> list[str]:
        """The sorted lines of a graph, or of all of them."""
        answer = self.get(path, headers={"accept": "application/n-quads"})
        return sorted(answer.text.splitlines())


@contextmanager
def scratch(*files: Path, is_writable: bool = True, **settings: object) -> Iterator[Client]:
    """A client of a scratch store."""
    prefixes: dict[str, str] = {}
    with snapshot_files(files, is_writable=is_writable, prefixes=prefixes) as snapshot:
        token = WriteToken(b"s3cret") if is_writable else None
        chosen = Settings(**{"allowed_hosts": ("e.org",), **settings})
        app = create_scratch_app(chosen, snapshot, token=token, prefixes=prefixes)
        with Client(app, base_url="http://e.org", raise_server_exceptions=False) as client:
            get_ready(client)
            yield client


@pytest.fixture(scope="module")
def written() -> Iterator[Client]:
    with scratch(
        max_query_seconds=60, max_update_bytes=2000, max_upload_bytes=5000, max_query_characters=400
    ) as client:
        yield client


@pytest.fixture
def client(written: Client) -> Client:
    """The same store for all tests of a module, but empty for each."""
    assert written.delete("/graphs", headers=TOKEN).status_code == 204
    return written


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("files") / "one.ttl"
    path.write_text("<http://e.org/s> <http://e.org/p> 1 .", encoding="utf-8")
    with scratch(path, is_writable=False) as found:
        yield found
