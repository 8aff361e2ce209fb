import signal
import sys

import pytest

from benchmarks.processes import run

pytestmark = pytest.mark.slow


def test_output_errors_and_exit_code_of_the_command_come_back() -> None:
    script = "import sys; print('out'); print('wrong', file=sys.stderr); sys.exit(3)"

    done = run([sys.executable, "-c", script])

    assert (done.output, done.errors, done.code) == ("out\n", "wrong\n", 3)
    assert not done.was_stopped


def test_the_peak_is_that_of_the_command_and_not_of_who_measures_it() -> None:
    held = bytearray(300_000_000)

    small = run([sys.executable, "-S", "-c", "pass"])
    large = run([sys.executable, "-S", "-c", "x = bytearray(200_000_000)"])

    assert len(held) == 300_000_000
    assert small.peak_mb < 100
    assert 200 < large.peak_mb < 300


def test_a_command_past_its_limit_is_stopped() -> None:
    endless = "while True: pass"

    done = run([sys.executable, "-c", endless], limit_seconds=1)

    assert done.was_stopped
    assert done.code == -signal.SIGKILL
