import os
import signal
import subprocess
import sys

import pytest

from benchmarks.attacks.victim import MARK, ProcessTree

pytestmark = pytest.mark.slow

# Says that it runs, and waits for a line.
_CHILD = "x = bytearray(50_000_000); print(flush=True); input()"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{_CHILD}'])"
_PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}


def test_a_process_whose_parent_was_killed_is_still_found_and_measured() -> None:
    environment = {**os.environ, MARK: "of-this-test"}
    with subprocess.Popen([sys.executable, "-c", _PARENT], env=environment, **_PIPES) as parent:
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
    environment = {**os.environ, MARK: "of-another-test"}
    with subprocess.Popen([sys.executable, "-c", _CHILD], env=environment, **_PIPES) as process:
        # The environment is that of this process until the program is started.
        assert process.stdout is not None
        process.stdout.readline()
        try:
            assert ProcessTree(process.pid, "of-this-test").processes() == []
            assert ProcessTree(process.pid, "of-another-test").processes() == [process.pid]
        finally:
            process.kill()
