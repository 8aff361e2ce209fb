import os
import subprocess
import sys

import pytest

from service.queries.restrictions import forbid_opening_files

pytestmark = pytest.mark.slow

JOINED = """
import threading
from pathlib import Path
from service.queries.restrictions import wait_for_one_thread
for _ in range(200):
    thread = threading.Thread(target=len, args=("",))
    thread.start()
    thread.join()
    wait_for_one_thread()
    assert len(list(Path("/proc/self/task").iterdir())) == 1
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the threads of a process")
def test_a_thread_that_was_joined_is_gone_once_it_was_waited_for() -> None:
    ended = subprocess.run([sys.executable, "-c", JOINED], capture_output=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_nothing_is_opened_while_nothing_may_be() -> None:
    with forbid_opening_files(), pytest.raises(OSError, match="Too many open files"):
        os.open(os.devnull, os.O_RDONLY)
    os.close(os.open(os.devnull, os.O_RDONLY))
