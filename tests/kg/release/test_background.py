import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kg.errors import MalformedParameter
from kg.release.background import BackgroundCall

where_it_forks = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere, forking is not safe"
)
IMPORTS = "import os, signal\nfrom kg.release.background import BackgroundCall\n"


def run_alone(code: str) -> str:
    """The output of code that runs in a process of its own, which has one thread."""
    command = [sys.executable, "-c", IMPORTS + code]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.mark.slow
@where_it_forks
def test_a_function_runs_in_another_process() -> None:
    code = "with BackgroundCall(os.getpid) as call: print(call.result != os.getpid())"

    assert run_alone(code) == "True\n"


@pytest.mark.slow
def test_a_function_whose_process_is_killed_is_called_again() -> None:
    code = (
        "first = os.getpid()\n"
        "def die() -> int:\n"
        "    if os.getpid() != first: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return 5\n"
        "with BackgroundCall(die) as call: print(call.result)"
    )

    assert run_alone(code) == "5\n"


@pytest.mark.slow
def test_the_process_ends_with_the_context() -> None:
    code = (
        "with BackgroundCall(signal.pause): pass\n"
        "try: print(os.waitpid(-1, os.WNOHANG))\n"
        "except ChildProcessError: print('no child')"
    )

    assert run_alone(code) == "no child\n"


@pytest.mark.slow
@where_it_forks
def test_the_process_ends_when_the_first_one_is_killed_before_it_has_the_result() -> None:
    code = (
        "def compute() -> bytes:\n"
        "    print('computed', flush=True)\n"
        "    return bytes(2**20)\n"
        "with BackgroundCall(compute): signal.pause()"
    )
    command = [sys.executable, "-c", IMPORTS + code]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    first.kill()

    # The pipe has an end once both processes have closed it.
    assert first.communicate(timeout=300) == ("", None)


def test_a_process_with_several_threads_calls_the_function_itself() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with BackgroundCall(os.getpid) as call:
            assert call.result == os.getpid()
    finally:
        stop.set()
        thread.join()


@pytest.mark.slow
def test_an_error_of_the_function_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> int:
        raise MalformedParameter("page", "expected a number")

    with (
        BackgroundCall(fail) as call,
        pytest.raises(MalformedParameter, match="page: expected a number"),
    ):
        assert call.result


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["validating", "deriving", "writing"])
def test_ctrl_c_ends_all_processes_of_a_build_and_leaves_nothing(
    tmp_path: Path, stage: str
) -> None:
    command = [str(Path(sys.executable).with_name("glocal")), "build", "--out", "out"]
    build = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background processes ignore Ctrl-C, and so do their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert build.stderr is not None
    while stage not in build.stderr.readline():
        assert build.poll() is None
    os.killpg(build.pid, signal.SIGINT)

    # The pipe is read to its end, which it has when the last process has closed it.
    _, errors = build.communicate(timeout=300)

    assert build.returncode != 0
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(build.pid, 0)
