"""`glocal check`: the options of `--dl`, no process that stays behind, and `--release`."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import kg
from kg.cli import app
from kg.errors import BrokenRelease
from kg.store.release_checks import hash_of_checksums
from kg.store.release_folder import read_manifest

pytestmark = pytest.mark.slow


def test_the_real_files_have_no_finding_and_a_verdict_that_takes_too_long_names_its_option() -> (
    None
):
    result = CliRunner().invoke(app, ["check", "--dl", "--dl-seconds", "0.01"])

    assert result.exit_code == 2
    # HermiT is asked only where nothing else is wrong.
    assert "HermiT checks the consistency of" in result.stderr
    assert "HermiT was stopped; set a higher limit with --dl-seconds." in result.stderr


def test_the_help_tells_what_happens_where_nothing_is_wrong() -> None:
    text = " ".join(CliRunner().invoke(app, ["check", "--help"]).stdout.split())

    assert "lists what HermiT derives but the rules do not" in text
    assert "glocal check --dl --dl-seconds 60" in text


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the process in /proc")
def test_ctrl_c_ends_java_too() -> None:
    command = [sys.executable, "-c", "from service.cli import app; app()", "check", "--dl"]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell's background processes ignore Ctrl-C, and so do their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not (java := javas(process.pid)):
        assert process.poll() is None
        time.sleep(0.02)
    # Once Java runs, this process sleeps only to wait for Java's answer.
    while not sleeps(process.pid):
        assert process.poll() is None
        time.sleep(0.02)
    # Java must still be running when the signal comes, however slow this machine is.
    for path in java:
        os.kill(int(path.name), signal.SIGSTOP)

    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=300)[1]

    assert b"HermiT checks the consistency" in told
    assert b"Traceback" not in told
    assert process.returncode == 130
    assert not any(runs(path) for path in java)


def javas(pid: int) -> list[Path]:
    """The Java processes that this process has started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [path for child in children if runs(path := Path("/proc") / child)]


def sleeps(pid: int) -> bool:
    """Whether the first thread of this process waits for something."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "S"


def runs(path: Path) -> bool:
    """Whether HermiT runs there; a process that was killed has no command line."""
    try:
        return b"HermiT" in (path / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_release_is_checked_with_its_quads_and_its_hashes_are_told(release: Path) -> None:
    pin = hash_of_checksums(release)

    whole = CliRunner().invoke(app, ["check", "--release", str(release)])
    newest = CliRunner().invoke(app, ["check", "--expect", pin])
    other = CliRunner().invoke(app, ["check", "--release", str(release), "--expect", "0" * 64])

    assert (whole.exit_code, newest.stdout) == (0, whole.stdout)
    assert whole.stdout.splitlines() == [
        f"{release.resolve()}: every file is as it was built.",
        f"content hash: {read_manifest(release)['hash']}",
        f"SHA-256 of SHA256SUMS: {pin}",
    ]
    assert (other.exit_code, pin in other.stderr) == (1, True)


def test_a_release_whose_store_was_changed_is_named_with_the_remedy(
    release: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(release, tmp_path / "copy")
    (copy / "store" / "CURRENT").write_bytes(b"")

    result = CliRunner().invoke(app, ["check", "--release", str(copy)])

    assert result.exit_code == 1
    assert "store/CURRENT was changed" in result.stderr
    assert "Remedy: copy the release again" in result.stderr
    with pytest.raises(BrokenRelease, match="store/CURRENT was changed"):
        kg.verify_release(copy)
    assert kg.verify_release(release, expected=hash_of_checksums(release)) == release.resolve()
