"""`glocal serve --scratch` as a process of its own."""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli import app
from tests.service.conftest import children_of, first_answer, serve, start

ONE = {"update": "INSERT DATA { <a:s> <a:p> 1 }"}


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("s3cret\n", encoding="ascii")
    path.chmod(0o600)
    return path


@pytest.mark.slow
def test_what_was_written_is_not_quietly_gone(token_file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data.ttl"
    data.write_text("<a:s> <a:p> 0 .", encoding="utf-8")
    options = (str(data), "--writable", "--token-file", str(token_file))
    with serve("--scratch", *options) as running:
        process, address = running.process, running.address
        token = {"authorization": "Bearer s3cret"}
        for number in range(30):
            text = f"DELETE WHERE {{ <a:n> <a:p> ?n }}; INSERT DATA {{ <a:n> <a:p> {number} }}"
            sent = httpx2.post(f"{address}/sparql", data={"update": text}, headers=token)
            assert sent.status_code == 204
        # The one before may still be ending; only the last one has what was written.
        while process.poll() is None:
            for parent in children_of(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(parent, signal.SIGKILL)
            time.sleep(0.05)

        assert process.returncode == 1
        assert process.stderr is not None
        assert b"the written data is lost" in process.stderr.read()


@pytest.mark.slow
def test_files_come_back_where_nothing_was_written(tmp_path: Path, is_gone) -> None:
    data = tmp_path / "data.ttl"
    data.write_text("<a:s> <a:p> 0 .", encoding="utf-8")
    with serve("--scratch", str(data)) as running:
        process, address = running.process, running.address
        [parent] = children_of(process.pid)
        os.kill(parent, signal.SIGKILL)
        # Its children end a moment later; one that has taken a job by then loses it.
        assert is_gone(parent)
        answer = httpx2.get(f"{address}/graphs", timeout=60)

        assert (answer.status_code, answer.text[:11]) == (200, "<a:s> <a:p>")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in (0, -signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_still_derives_says_so_and_ends_when_told(
    tmp_path: Path, is_gone, number: signal.Signals
) -> None:
    # To derive nine million triples takes minutes.
    ring = "".join(f"<a:{n}> <a:p> <a:{(n + 1) % 3000}> .\n" for n in range(3000))
    data = tmp_path / "ring.ttl"
    data.write_text(f"<a:p> a <http://www.w3.org/2002/07/owl#TransitiveProperty> . {ring}")
    with start("--scratch", str(data), "--entailment", "owl-rl") as running:
        ready = first_answer(f"{running.address}/readyz")
        page, health = (httpx2.get(f"{running.address}{path}") for path in ("/", "/healthz"))
        parent = running.parent()
        running.process.send_signal(number)

        assert running.process.wait(60) in (0, -number)
        assert is_gone(parent)
    assert (ready.status_code, ready.headers["retry-after"]) == (503, "1")
    assert "still being loaded" in ready.json()["detail"]
    assert (page.status_code, health.status_code) == (503, 200)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "reasons"),
    [
        (
            ("--strict",),
            ["e:x rdf:type e:C  [asserted]", "Without --strict, /contradictions shows"],
        ),
        (("--max-triples", "100"), ["more than 100. With the rule prp-trp", "raise the limit"]),
        (("--max-seconds", "0"), ["max_seconds: more than 0. The running rule was"]),
    ],
)
def test_a_start_that_fails_ends_the_service_with_the_reason(
    tmp_path: Path, option: tuple[str, ...], reasons: list[str]
) -> None:
    data = tmp_path / "data.ttl"
    ring = "".join(f"<a:{n}> e:p <a:{(n + 1) % 50}> .\n" for n in range(50))
    data.write_text(
        "@prefix e: <http://e.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> ."
        f"e:C owl:disjointWith e:D . e:x a e:C, e:D . e:p a owl:TransitiveProperty . {ring}"
    )
    with start("--scratch", str(data), "--entailment", "owl-rl", *option) as running:
        assert running.process.wait(60) == 1
        assert running.process.stderr is not None
        said = running.process.stderr.read().decode()

    assert all(reason in said for reason in reasons), said
    assert "The data could not be loaded, so the service ends." in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scratch", "--writable"], "--writable needs --token-file"),
        (["--scratch", "--token-file", "x"], "--token-file needs --writable"),
        (["--scratch", "--writable", "--token-file", "nothing"], "nothing, the token file"),
        (["--scratch", "--release", "x"], "expected only one of the two"),
        (["--writable"], "require --scratch"),
        (["data.ttl"], "require --scratch"),
        (["--scratch", "no.ttl"], "no.ttl"),
        (["--scratch", "data.csv"], "not an RDF file extension"),
    ],
)
def test_what_cannot_be_served_is_refused_at_the_start(options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["serve", *options])

    assert result.exit_code == 1
    assert said in result.output


@pytest.mark.slow
def test_the_first_page_has_the_parts_of_a_scratch_store_in_the_readers_language() -> None:
    with serve("--scratch") as running:
        page = httpx2.get(
            running.address, headers={"accept": "text/html", "accept-language": "zh"}
        ).text

    assert '<html lang="zh"' in page
    assert "<h1>内存中的数据</h1>" in page
    assert re.findall(r'<nav aria-label="站点">.*?</nav>', page, re.DOTALL)[0].count("<li>") == 2
    assert 'role="search"' in page
    told = dict(re.findall(r"<code>(/\w+)</code></a></th><td>([^<]+)</td>", page))
    assert told["/sparql"].startswith("以 GET 与 POST 提交 SPARQL 1.1 查询")
    assert told["/healthz"] == "服务是否在运行，以及当前所用的发布版。"
