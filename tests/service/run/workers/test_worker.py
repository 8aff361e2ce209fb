import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WRITER = """
import sys
from pathlib import Path
from service.run.workers.worker import LockedOutput
sink = LockedOutput(1, Path(sys.argv[1]))
for _ in range(20):
    sink.write(2 * (sys.argv[2].encode() * 50_000 + b"\\n"))
"""


def test_lines_of_several_processes_stay_whole_however_long(tmp_path: Path) -> None:
    read, write = os.pipe()
    program = [sys.executable, "-c", WRITER, str(tmp_path / "lock")]
    writers = [subprocess.Popen([*program, letter], stdout=write) for letter in "ab"]
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        lines = pipe.read().splitlines()

    assert [writer.wait() for writer in writers] == [0, 0]
    assert sorted(lines) == [b"a" * 50_000] * 40 + [b"b" * 50_000] * 40
