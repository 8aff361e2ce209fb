"""systemd accepts the committed unit, and its sandbox is as tight as it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operators.conftest import OPERATORS

pytestmark = pytest.mark.slow

UNIT = OPERATORS / "glocal.service"


def test_systemd_accepts_every_line_of_the_unit(tmp_path: Path) -> None:
    # It also checks that the program exists.
    program = Path(sys.executable).with_name("glocal")
    text = UNIT.read_text("utf-8").replace("/opt/glocal/bin/glocal", str(program))
    copy = tmp_path / UNIT.name
    copy.write_text(text, encoding="utf-8")

    command = ["systemd-analyze", "verify", "--recursive-errors=no", str(copy)]
    verified = subprocess.run(command, capture_output=True, text=True)

    assert (verified.returncode, verified.stderr) == (0, "")


def test_systemd_rates_the_sandbox_of_the_unit_as_good() -> None:
    # From 0, the tightest, to 10; above the given threshold (15, in tenths) the exit status is 1.
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=15", str(UNIT)]
    rated = subprocess.run(command, capture_output=True, text=True)

    assert rated.returncode == 0, rated.stdout
    assert float(re.findall(r"exposure level for glocal.service: ([\d.]+)", rated.stdout)[0]) < 1.5


@pytest.mark.parametrize(
    "call", ["prctl", "prlimit64", "sched_setscheduler", "setpriority", "seccomp", "clone", "fork"]
)
def test_the_unit_lets_the_service_limit_its_processes(call: str) -> None:
    """The two filters of the unit, by what this systemd has in its groups."""
    allowed, refused = _calls_in("@system-service"), _calls_in("@privileged")
    filters = re.findall(r"^SystemCallFilter=(.+)$", UNIT.read_text("utf-8"), re.MULTILINE)

    assert filters == ["@system-service", "~@privileged"]
    assert call in allowed - refused


def _calls_in(group: str) -> set[str]:
    command = ["systemd-analyze", "syscall-filter", group]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    names = {line.strip() for line in listed.splitlines()[1:]} - {""}
    groups = {name for name in names if name.startswith("@")}
    return (names - groups).union(*map(_calls_in, groups))
