import json
import logging
from typing import Literal

import pytest
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.http.observation import configure_logging
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

PRIVATE = "SELECT ('confidential' AS ?x) { }"


@pytest.fixture
def logged(store: Store, capfd: pytest.CaptureFixture[str]):
    """Request these paths; return the lines of the log, and the headers of the answers."""
    root, requests = logging.getLogger(), logging.getLogger("glocal.requests")
    handlers, level = root.handlers, root.level

    def run(*paths: str, log_format: Literal["json", "text"] = "json", log_queries: bool = False):
        settings = Settings(log_format=log_format, log_queries=log_queries)
        configure_logging(settings)
        with TestClient(create_app(settings, store=store)) as client:
            headers = [client.get(path, follow_redirects=False).headers for path in paths]
            client.post("/sparql", data={"query": PRIVATE})
        for handler in requests.handlers:
            handler.close()
        return capfd.readouterr().out.splitlines(), headers

    yield run
    requests.handlers = []
    requests.propagate = True
    for log, before in ((requests, logging.NOTSET), (root, level)):
        log.setLevel(before)
    root.handlers = handlers


def test_each_request_leaves_a_line_with_the_id_that_its_client_got(logged) -> None:
    lines, headers = logged("/sparql?query=ASK%7B%7D", "/sparql?query=ASK%7B%7D", "/nowhere")

    first, again, unknown, _ = map(json.loads, lines)
    assert [first["request"], again["request"]] == [one["x-request-id"] for one in headers[:2]]
    assert (first["kind"], first["status"], first["bytes"]) == ("sparql", 200, 26)
    assert ("cache" in first, again["cache"]) == (False, "hit")
    assert (unknown["path"], unknown["kind"], unknown["status"]) == ("/nowhere", "other", 404)
    assert set(first) == {
        "time", "level", "request", "method", "path", "kind", "status", "ms", "bytes",
    }  # fmt: skip


def test_what_was_asked_is_logged_only_where_the_settings_say_so(logged) -> None:
    silent, _ = logged("/sparql?query=ASK%7B%7D%23confidential")
    open_, _ = logged(log_queries=True)

    assert "confidential" not in "".join(silent)
    assert json.loads(open_[0])["query"] == PRIVATE


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_path_breaks_a_line_or_moves_a_cursor(logged, log_format: str) -> None:
    lines, _ = logged("/a%0Ab%1B%5B2J%22", log_format=log_format)

    assert len(lines) == 2
    assert r"/a\nb\u001b[2J\"" in lines[0]
