"""The sessions in README.md and docs/: each command is run, and answers what stands below it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.content import own_content

pytestmark = [pytest.mark.slow, pytest.mark.clients]

ROOT = own_content().ontology.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ADDRESS = "http://127.0.0.1:8000"
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Session:
    """Commands that share a shell, and the lines that they print; … stands for anything."""

    place: str
    script: str
    lines: list[str]


def sessions() -> Iterator[Session]:
    """The blocks of all pages."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in _BLOCK.finditer(text):
            lines = block[1].splitlines()
            # As in a terminal, each command begins on a line of its own.
            commands = [
                f"echo\n{line[2:]}" if line.startswith("$ ") else line[2:]
                for line in lines
                if line.startswith(("$ ", "> "))
            ]
            said = [line for line in lines if line and not line.startswith(("$ ", "> "))]
            place = f"{page.name}:{text.count(chr(10), 0, block.start()) + 2}"
            yield Session(place, "\n".join(commands), said)


def pattern_of(lines: list[str]) -> str:
    """A pattern of the output: a line of … is any number of lines, … in a line any text."""
    pieces = [
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + "\n"
        for line in lines
    ]
    return "".join(pieces)


@pytest.mark.skipif(not shutil.which("curl"), reason="the sessions are curl's")
@pytest.mark.parametrize("session", list(sessions()), ids=lambda session: session.place)
def test_a_session_answers_what_stands_below_it(
    session: Session, service: str, newest_release: Path, tmp_path: Path
) -> None:
    script = session.script.replace(ADDRESS, service)
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-eu", "-c", script],
        capture_output=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "GLOCAL_RELEASES": str(newest_release.parent),
            "LC_ALL": "C.UTF-8",
            "PATH": commands,
        },
        check=False,
    )

    said = done.stdout.decode().replace("\r", "").replace(service, ADDRESS)
    said = "".join(f"{line}\n" for line in said.splitlines() if line)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert re.fullmatch(pattern_of(session.lines), said), said


def test_there_is_a_session_for_every_kind_of_answer() -> None:
    answers = "\n".join(line for session in sessions() for line in session.lines)
    asked = "\n".join(session.script for session in sessions())

    assert {"200", "303", "304", "404", "406"} <= set(re.findall(r"\b[2-4]\d\d\b", answers))
    assert [one for one in ("profile=", "frame=", "evidence=1", "void") if one not in asked] == []
