"""The pages that a child of a prepared process copies, as the kernel counts them."""

import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="done on Linux alone"),
]

# Every other block is freed; a child then allocates, and tells how many pages it was given.
PROGRAM = """
import os, resource, sys
blocks = [bytes(600) for _ in range(200_000)]
del blocks[::2]
if sys.argv[1] == "prepared":
    from service.queries import forkable_memory
    # How much is done in the usual time depends on the machine.
    forkable_memory._MOST_SECONDS = 30
    forkable_memory.make_forks_cheap()
if os.fork() == 0:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    kept = [bytes(600) for _ in range(20_000)]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
else:
    os.wait()
"""


def count_faults(kind: str) -> int:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind], check=True, capture_output=True, text=True
    )
    return int(answer.stdout)


def test_a_child_of_a_prepared_process_copies_fewer_pages() -> None:
    # The other half are of the new blocks.
    assert count_faults("prepared") < 0.6 * count_faults("plain")
