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
import os, resource, sys, time
blocks = [bytes(600) for _ in range(200_000)]
del blocks[::2]
start = time.monotonic()
if sys.argv[1] == "prepared":
    from service.queries.forkable_memory import make_forks_cheap
    make_forks_cheap()
seconds = time.monotonic() - start
if os.fork() == 0:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    kept = [bytes(600) for _ in range(20_000)]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before, seconds)
else:
    os.wait()
"""


def faults_and_seconds(kind: str) -> tuple[int, float]:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind], check=True, capture_output=True, text=True
    )
    faults, seconds = answer.stdout.split()
    return int(faults), float(seconds)


def test_a_child_of_a_prepared_process_copies_fewer_pages() -> None:
    plain, _ = faults_and_seconds("plain")
    prepared, seconds = faults_and_seconds("prepared")

    # The other half are of the new blocks.
    assert prepared < 0.6 * plain
    assert seconds < 2
