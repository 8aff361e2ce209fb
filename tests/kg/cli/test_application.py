"""How commands end and what a terminal gets, in processes of their own."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

GLOCAL = (sys.executable, "-c", "from kg.cli import app; app()")
TURTLE = '<e:a> <e:b> "one [bold] two [/] three \\u001B[31mred\\u009B0m" .\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    premise, conclusion = tmp_path / "premise.ttl", tmp_path / "conclusion.ttl"
    premise.write_text(TURTLE, encoding="utf-8")
    conclusion.write_text(TURTLE.replace("e:a", "e:other"), encoding="utf-8")
    return str(premise), str(conclusion)


def on_terminal(*arguments: str) -> str:
    """Return what a command prints on a terminal."""
    ours, its = pty.openpty()
    with subprocess.Popen([*GLOCAL, *arguments], stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        printed = b""
        try:
            while piece := os.read(ours, 65_536):
                printed += piece
        except OSError:
            # The other end is closed.
            os.close(ours)
        assert process.wait() in {0, 1}
    return printed.decode()


def test_a_command_whose_output_cannot_be_written_has_the_code_of_no_answer(
    files: tuple[str, str],
) -> None:
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run([*GLOCAL, "entails", *files], stdout=full, stderr=subprocess.PIPE)

    assert run.returncode == 74
    assert b"The output could not be written" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_crash_has_the_code_of_no_answer() -> None:
    crash = "from kg.cli import app; app.command()(lambda: {}['gone']); app(['<lambda>'])"
    program = crash.replace("app.command()", "app.command('crash')").replace("<lambda>", "crash")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True)

    assert run.returncode == 70
    assert b"KeyError: 'gone'" in run.stderr
    assert run.stderr.decode().endswith("a fault of glocal, not of your input: KeyError('gone')\n")


def test_a_terminal_gets_the_characters_of_the_data_and_obeys_none(files: tuple[str, str]) -> None:
    printed = on_terminal("entails", *files)

    assert "one [bold] two [/] three" in printed
    assert "\x9b" not in printed


@pytest.mark.parametrize("options", [(), ("--format", "csv")])
def test_a_cell_is_no_markup(newest_release: Path, options: tuple[str, ...]) -> None:
    text = '"a [bold] b [/] c \\u001B[31md\\u009B0m"'
    query = f"SELECT ({text} AS ?x) {{}}"

    printed = on_terminal("query", query, *options, "--release", str(newest_release))

    assert "a [bold] b [/] c \u241b[31md\ufffd0m" in printed
