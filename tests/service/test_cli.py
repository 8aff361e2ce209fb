import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli import app
from tests.service.conftest import Running, product, until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("module", ["service.cli", "service.run.first_parent"])
def test_commands_and_the_first_parent_start_without_what_they_do_not_need(module: str) -> None:
    heavy = ("rdflib", "pyshacl", "owlready2", "pyld", "opencc", "fastapi", "uvicorn", "jinja2")
    code = f"import sys, {module}; print([one for one in {heavy} if one in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert loaded.stdout == b"[]\n"


def test_serve_ends_cleanly_on_ctrl_c_and_only_then(serving) -> None:
    with serving() as service:
        # Signals to its other processes, which a terminal sends too, end none of them.
        for process in (*service.query_processes(), service.parent()):
            os.kill(process, signal.SIGTERM)
            os.kill(process, signal.SIGINT)
        health, asked = httpx2.get(f"{service.address}/healthz").text, service.ask("ASK {}")
        service.process.send_signal(signal.SIGINT)
        _, told = service.process.communicate(timeout=60)

    assert '"status": "ok"' in health
    assert asked.json()["boolean"] is True
    assert service.process.returncode == 0
    [line] = told.decode().splitlines()
    assert f"The service is at {service.address}/; Ctrl-C stops it." in line


def wait_until_running(service: Running, count: int) -> None:
    """Wait until so many queries run."""
    running = f"glocal_queries_running {count}.0"
    until(lambda: running in httpx2.get(f"{service.address}/metrics").text)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_serve_ends_though_queries_still_run_and_says_so_to_programs_and_in_browsers(
    serving, endless: str, sent: signal.Signals, code: int
) -> None:
    form, browser = {"query": endless, "format": "html"}, {"accept": "text/html"}
    limits = {"max_ending_seconds": 1, "max_query_seconds": 600}
    with serving(**limits) as service, ThreadPoolExecutor() as pool:
        address = f"{service.address}/sparql"
        asked = [
            pool.submit(service.ask, f"{endless}#", seconds=300),
            pool.submit(httpx2.get, address, params=form, headers=browser, timeout=300),
        ]
        wait_until_running(service, 2)
        service.process.send_signal(sent)
        _, told = service.process.communicate(timeout=120)
        answer, page = (one.result() for one in asked)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/service-ending")
    assert (page.status_code, answer.headers["retry-after"]) == (503, "5")
    assert page.headers["retry-after"] == "5"
    alert = page.text.partition('role="alert">')[2].partition("</div>")[0]
    assert "Not at the moment" in alert
    assert "The service is shutting down" in alert
    # The query is not lost.
    assert f"{endless}</textarea>" in page.text
    assert service.process.returncode == code
    assert "Traceback" not in told.decode()


def test_serve_finishes_a_query_that_can_be_finished_before_it_ends(serving) -> None:
    # Ten million rows: it may take a second.
    some_time = product("(COUNT(*) AS ?n)", "abc").replace("{ VALUES", "{ VALUES ?d { TEN } VALUES")
    some_time = some_time.replace("TEN", "1 " * 10, 1)
    limits = {"max_ending_seconds": 300, "max_query_seconds": 300}
    with serving(**limits) as service, ThreadPoolExecutor() as pool:
        asked = pool.submit(service.ask, some_time, seconds=300)
        wait_until_running(service, 1)
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(timeout=300)
        answer = asked.result()

    assert answer.json()["results"]["bindings"][0]["n"]["value"] == "10000000"


def test_serve_refuses_a_release_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["serve", "--release", str(tmp_path / "nowhere")])

    assert result.exit_code == 1
    assert "Unknown release" in result.output


def test_the_command_has_the_other_commands_too() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output

    assert all(name in listed for name in ("build", "check", "query", "serve", "verify"))
