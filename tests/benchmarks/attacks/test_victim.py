import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks.attacks.victim import MARK, ProcessTree

pytestmark = pytest.mark.slow

# Starts a process that sleeps, says so, and waits.
_PARENT = (
    "import subprocess, sys; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; x = bytearray(50_000_000); "
    "print(flush=True); time.sleep(60)']); child.wait()"
)


def test_a_process_whose_parent_was_killed_is_still_found_and_measured() -> None:
    environment = {**os.environ, MARK: "of-this-test"}
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], env=environment, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        tree = ProcessTree(parent.pid, "of-this-test")
        both, before = tree.processes(), tree.memory()
        parents = tree.parents()
        parent.kill()
        parent.wait()
        [child] = left = tree.processes()
        after = tree.memory()
        os.kill(child, signal.SIGKILL)
        ended = tree.wait_until_ended(10)

    assert both == [parent.pid, child]
    assert parents[child] == parent.pid
    assert before.all > before.outermost > 0
    assert left == [child]
    assert after.all > 45
    assert after.outermost == 0
    assert ended == []


def test_processes_with_another_mark_are_not_found() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        env={**os.environ, MARK: "of-another-test"},
    ) as process:
        # The environment is that of this process until the program is started.
        time.sleep(0.2)
        try:
            assert ProcessTree(process.pid, "of-this-test").processes() == []
            assert ProcessTree(process.pid, "of-another-test").processes() == [process.pid]
        finally:
            process.kill()
