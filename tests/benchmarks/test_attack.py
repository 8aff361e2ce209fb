import json
import subprocess
import sys
from pathlib import Path

import pytest

ATTACK = "benchmarks/attack.py"
PROJECT = Path(__file__).parents[2]


def _run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, ATTACK, *arguments], capture_output=True, text=True, cwd=PROJECT
    )


def test_a_measured_attack_gives_a_line_and_its_figures(
    newest_release: Path, tmp_path: Path
) -> None:
    figures = tmp_path / "figures.json"

    done = _run(
        *("--only", "flood-lookup", "--seconds", "1", "--idle", "1"),
        *("--release", newest_release, "--json", figures),
    )

    head, _, row = done.stdout.splitlines()
    [measured] = json.loads(figures.read_text())
    assert head.startswith("| attack | load held |")
    assert row.startswith("| flood-lookup | ")
    assert measured["idle"]["p50"] > 0
    assert measured["attacked"]["p99"] >= measured["attacked"]["p50"] > 0
    assert measured["peak"]["all"] >= measured["before"]["all"] > 50
    assert measured["answers"]["404"] > 0
    assert done.returncode == (1 if measured["failures"] else 0)


@pytest.mark.slow
def test_help_names_every_attack_and_an_unknown_one_is_refused() -> None:
    done, refused = _run("--help"), _run("--only", "nothing")

    assert "\n  b4-slow-readers        4 addresses x 16 readers" in done.stdout
    assert refused.returncode == 2
    assert "invalid choice: 'nothing'" in refused.stderr
