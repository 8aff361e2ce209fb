import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli import app

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("module", ["service.cli", "service.run.first_parent"])
def test_commands_and_the_first_parent_start_without_what_they_do_not_need(module: str) -> None:
    heavy = ("rdflib", "pyshacl", "owlready2", "pyld", "opencc", "fastapi", "uvicorn", "jinja2")
    code = f"import sys, {module}; print([one for one in {heavy} if one in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert loaded.stdout == b"[]\n"


def test_serve_answers_from_a_release_and_ends_cleanly_on_ctrl_c(serving) -> None:
    with serving() as service:
        health = httpx2.get(f"{service.address}/healthz").text
        service.process.send_signal(signal.SIGINT)
        _, told = service.process.communicate(timeout=20)

    assert '"status": "ok"' in health
    assert service.process.returncode == 0
    assert told.decode() == f"{service.address}/  (Ctrl-C stops it)\n"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_serve_ends_soon_though_a_query_still_runs(
    serving, endless: str, sent: signal.Signals, code: int
) -> None:
    with serving() as service, ThreadPoolExecutor() as pool:
        asked = pool.submit(service.ask, endless)
        time.sleep(0.5)
        service.process.send_signal(sent)
        _, told = service.process.communicate(timeout=20)
        answer = asked.result()

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/service-ending")
    assert answer.headers["retry-after"] == "5"
    assert service.process.returncode == code
    assert "Traceback" not in told.decode()


def test_a_browser_that_still_waits_at_the_end_gets_a_page(serving, endless: str) -> None:
    with serving() as service, ThreadPoolExecutor() as pool:
        form, browser = {"query": endless, "format": "html"}, {"accept": "text/html"}
        address = f"{service.address}/sparql"
        asked = pool.submit(httpx2.get, address, params=form, headers=browser, timeout=30)
        time.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        _, told = service.process.communicate(timeout=20)
        answer = asked.result()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    alert = answer.text.partition('role="alert">')[2].partition("</div>")[0]
    assert "Not at the moment" in alert
    assert "The service is shutting down" in alert
    # The query is not lost.
    assert f"{endless}</textarea>" in answer.text
    assert "Traceback" not in told.decode()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serve_finishes_a_query_that_can_be_finished_before_it_ends(
    serving, sent: signal.Signals
) -> None:
    ones = "1 " * 100
    some_time = (
        f"SELECT (COUNT(*) AS ?n) {{{''.join(f' VALUES ?{v} {{ {ones} }}' for v in 'abc')}"
        f" VALUES ?d {{ {'1 ' * 10} }} }}"
    )
    with (
        serving(max_ending_seconds=30, max_query_seconds=30) as service,
        ThreadPoolExecutor() as pool,
    ):
        asked = pool.submit(service.ask, some_time)
        time.sleep(0.1)
        was_running = not asked.done()
        service.process.send_signal(sent)
        service.process.wait(timeout=40)
        answer = asked.result()

    assert was_running
    assert answer.json()["results"]["bindings"][0]["n"]["value"] == "10000000"


def test_an_address_that_is_too_long_is_told_so_by_a_problem_document(serving) -> None:
    query = "/sparql?query=ASK%7B%7D%23"
    with serving() as service:
        longest, too_long, far_too_long = (
            httpx2.get(service.address + query.ljust(characters, "x"), timeout=60)
            for characters in (32_768, 32_769, 65_000)
        )

    assert longest.json()["boolean"] is True
    for answer in (too_long, far_too_long):
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["type"]) == (414, "/problems/address-too-long")


def test_serve_refuses_a_release_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["serve", "--release", str(tmp_path / "nowhere")])

    assert result.exit_code == 1
    assert "Unknown release" in result.output


def test_the_command_has_the_other_commands_too() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output

    assert all(name in listed for name in ("build", "check", "query", "serve", "verify"))
