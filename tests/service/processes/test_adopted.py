import os
import signal
import subprocess
import sys

import pytest

from service.processes.adopted import AdoptedProcess, reap


@pytest.fixture
def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_it_is_waited_for_and_killed(sleeper: "subprocess.Popen[bytes]") -> None:
    adopted = AdoptedProcess(sleeper.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        adopted.wait(0.01)
    adopted.kill()

    assert adopted.wait() == -signal.SIGKILL
    adopted.kill()
    sleeper.wait()


def test_one_that_is_nobodys_child_here_is_over_once_it_is_gone(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    sleeper.kill()
    sleeper.wait()

    assert AdoptedProcess(sleeper.pid).wait(1) == 0


def test_only_a_child_is_reaped(sleeper: "subprocess.Popen[bytes]") -> None:
    reap(os.getppid(), 60)
    reap(sleeper.pid, 0.01)
    assert sleeper.poll() is None

    os.kill(sleeper.pid, signal.SIGKILL)
    reap(sleeper.pid, 10)
    with pytest.raises(ChildProcessError):
        os.waitpid(sleeper.pid, os.WNOHANG)
    sleeper.wait()
