import subprocess
import sys
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from tests.examples.conftest import EXAMPLES

pytestmark = [pytest.mark.slow, pytest.mark.clients]

Run = Callable[..., "CompletedProcess[str]"]


@pytest.mark.parametrize("path", ["", "/", "/sparql"])
def test_a_release_and_a_service_give_the_same_table(run: Run, service: str, path: str) -> None:
    on_disk = run("sparql_to_data_frame.py")
    over_http = run("sparql_to_data_frame.py", f"{service}{path}")

    assert on_disk.stdout.splitlines()[2].split() == ["London", "1", "4"]
    assert on_disk.stdout.splitlines()[-1] == "Rank correlation of the 11 cities in both: 0.78"
    assert (on_disk.stderr, over_http.stderr) == ("", "")
    assert over_http.stdout == on_disk.stdout


def test_a_service_needs_neither_the_engine_nor_rdflib(service: str) -> None:
    code = f"""
import runpy, sys
sys.argv = ["", {service!r}]
runpy.run_path({str(EXAMPLES / "sparql_to_data_frame.py")!r}, run_name="__main__")
print([name for name in ("kg", "rdflib") if name in sys.modules])
"""
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=EXAMPLES, check=True
    )

    assert printed.stdout.splitlines()[-2:] == [
        "Rank correlation of the 11 cities in both: 0.78",
        "[]",
    ]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/id/London", "/id/London: 405 Method Not Allowed: "),
        ("/nothing/here", "/nothing/here: 404 Not Found: "),
    ],
)
def test_an_address_that_is_no_endpoint_is_told_in_the_services_words(
    run: Run, service: str, path: str, told: str
) -> None:
    result = run("sparql_to_data_frame.py", f"{service}{path}")

    assert result.returncode == 1
    assert result.stderr.startswith(f"{service}{told}")
    assert "Traceback" not in result.stderr


def test_without_a_service_it_is_said_how_to_start_one(run: Run) -> None:
    result = run("sparql_to_data_frame.py", "http://127.0.0.1:9")

    assert result.returncode == 1
    assert result.stderr.endswith("`make serve` starts a service.\n")
