"""Measure the start of a query process: its parent's fork, and its own first query.

    .venv/bin/python benchmarks/forks.py [--release DIR] [--count 50]

Prints medians: time on the wall until the first answer, processor time of the parent and of the
child, and page faults of the child, with and without `forkable_memory`. Linux only.
"""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

from kg.paths import releases_folder
from service.queries import parent
from service.queries.messages import WARM_UP, QueryLimits
from service.queries.pool import ProcessPool
from service.queries.snapshot import ParentOptions, release_snapshot

_PLAIN: Final = "benchmarks.forks"
_SECONDS_BETWEEN: Final = 0.02
# Columns: minor faults, and ticks in user and kernel mode.
_FAULTS, _USED = 7, slice(11, 13)


def main() -> None:
    """Measure both kinds of parents, one after the other."""
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--release", type=Path, default=releases_folder() / "newest")
    arguments.add_argument("--count", type=int, default=50, help="of processes; default 50")
    options = arguments.parse_args()
    sys.stdout.write("| parent | start, ms | parent's CPU, ms | child's CPU, ms | faults |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- |\n")
    for name, program in (("plain", _PLAIN), ("prepared", "service.queries.parent")):
        figures = asyncio.run(_measure(options.release.resolve(), program, options.count))
        sys.stdout.write(f"| {name} | {figures} |\n")


async def _measure(release: Path, program: str, count: int) -> str:
    pool = ProcessPool(0)
    snapshot = release_snapshot(release, is_on_disk=False)
    await pool.open(ParentOptions(snapshot, None, QueryLimits(), program), lambda: None)
    started, used, faults = [], [], []
    parent_id = (await pool.wait_for_parent()).process_id
    before = _processor_seconds(parent_id)
    for _ in range(count):
        start = time.perf_counter()
        process = await pool.take(is_new=True)
        await process.send_job(WARM_UP)
        started.append(time.perf_counter() - start)
        used.append(process.processor_seconds())
        faults.append(int(_stat(process.process_id)[_FAULTS]))
        pool.kill(process)
        await asyncio.sleep(_SECONDS_BETWEEN)
    of_parent = (_processor_seconds(parent_id) - before) / count
    await pool.close()
    times = (f"{1000 * each:.1f}" for each in (median(started), of_parent, median(used)))
    return f"{' | '.join(times)} | {median(faults):.0f}"


def _stat(process_id: int | None) -> list[str]:
    """Return the columns of /proc/PID/stat after the name."""
    return Path(f"/proc/{process_id}/stat").read_text("ascii").rpartition(")")[2].split()


def _processor_seconds(process_id: int) -> float:
    return sum(map(int, _stat(process_id)[_USED])) / os.sysconf("SC_CLK_TCK")


def _act_as_plain_parent() -> None:
    """Act as a parent whose memory is not prepared for forks."""
    vars(parent)["make_forks_cheap"] = lambda: None
    parent.main(sys.argv[1:])


if __name__ == "__main__":
    # As a pool starts it: with the control socket and the options of a parent.
    _act_as_plain_parent() if sys.argv[1:2] and sys.argv[1].isdigit() else main()
