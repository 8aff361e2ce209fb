from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.clients]

Run = Callable[..., "CompletedProcess[str]"]


def test_a_thing_comes_in_every_form_and_once_only(run: Run, service: str) -> None:
    result = run("json_ld_client.py", service, "London")

    said = [line.partition(",")[0] for line in result.stdout.splitlines()]
    assert result.stderr == ""
    assert said[:4] == ["compacted: 200", "expanded: 200", "flattened: 200", "framed: 200"]
    assert result.stdout.splitlines()[4:] == ["compacted, again: 304", "London (en), 伦敦 (zh)"]


def test_what_the_service_refuses_is_told_in_its_words(run: Run, service: str) -> None:
    result = run("json_ld_client.py", service, "Londn")

    assert result.returncode == 1
    assert result.stderr.startswith("404 Not Found: Unknown resource 'Londn'. Did you mean: London")


def test_without_a_service_it_is_said_how_to_start_one(run: Run) -> None:
    result = run("json_ld_client.py", "http://127.0.0.1:9", "London")

    assert result.returncode == 1
    assert "`make serve` starts a service." in result.stderr
