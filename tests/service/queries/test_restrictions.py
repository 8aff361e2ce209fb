import os
import subprocess
import sys

import pytest

from service.queries.restrictions import forbid_opening_files, set_turns

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


LOWER = """
import os
from pathlib import Path
from service.queries.restrictions import have_lower_session
have_lower_session()
have_lower_session()  # who leads a session already has it
group = Path("/proc/self/autogroup")
text = group.read_text() if group.exists() else ""
print(os.getsid(0) == os.getpid(), text.rpartition(" ")[2].strip() in ("19", ""))
"""


def test_a_process_gets_a_session_of_its_own_with_a_lower_priority() -> None:
    ended = subprocess.run([sys.executable, "-c", LOWER], capture_output=True, text=True)

    assert (ended.stdout, ended.stderr) == ("True True\n", "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the threads of a process")
def test_a_thread_that_was_joined_is_gone_once_it_was_waited_for() -> None:
    ended = subprocess.run([sys.executable, "-c", JOINED], capture_output=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_nothing_is_opened_while_nothing_may_be() -> None:
    with forbid_opening_files(), pytest.raises(OSError, match="Too many open files"):
        os.open(os.devnull, os.O_RDONLY)
    os.close(os.open(os.devnull, os.O_RDONLY))


def test_turns_change_neither_the_policy_nor_the_priority_of_a_process() -> None:
    before = os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)

    set_turns(are_short=True)
    set_turns(are_short=False)

    assert (os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, 0)) == before
