"""The memory that all processes of clients' jobs take together, and its bound.

Counted are the pages that a process does not share with its parent. The kernel counts the page
faults of each process: every such page was one, so they are an upper bound that costs little to
read. Only when these exceed the bound, the pages themselves are counted, which takes about 5 ms for
200 MB.
"""

import asyncio
import os
import resource
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from service.errors import MemoryShort
from service.queries.admission import Admission, Place
from service.queries.restrictions import IS_LINUX

_SECONDS_BETWEEN_CHECKS: Final = 0.1
_RETRY_SECONDS: Final = 5
_PAGE_BYTES: Final = resource.getpagesize()
# Columns of /proc/PID/stat after the name in parentheses: minor faults, and resident pages.
_FAULTS, _RESIDENT = 7, 21
# Of the memory of the machine or container: the default of the bound, and the most it may be.
_DEFAULT_PART: Final = 0.5
_LARGEST_PART: Final = 0.9
_CGROUPS: Final = Path("/sys/fs/cgroup")


def memory_bound(wanted_mebibytes: int | None) -> int:
    """Return what is wanted, in bytes, by default half of the machine; at most nine tenths."""
    has_bytes = machine_bytes()
    wanted_bytes = (wanted_mebibytes or 0) * 2**20 or int(_DEFAULT_PART * has_bytes)
    return min(wanted_bytes, int(_LARGEST_PART * has_bytes))


def machine_bytes() -> int:
    """Return the memory of this machine in bytes; the limit of a container counts as its memory."""
    return min([os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES, *_container_limits()])


def _container_limits() -> Iterable[int]:
    """Yield the limits in bytes that control groups (versions 2 and 1) set for this process."""
    with suppress(OSError):
        lines = Path("/proc/self/cgroup").read_text("utf-8").splitlines()
        for _, controllers, path in (line.split(":", 2) for line in lines):
            is_first_version = "memory" in controllers.split(",")
            name = "memory.limit_in_bytes" if is_first_version else "memory.max"
            folder = _CGROUPS / "memory" if is_first_version else _CGROUPS
            # In a container the path may be that of the host, and the limit at the top.
            for place in (folder / path.lstrip("/"), folder):
                with suppress(OSError, ValueError):
                    yield int((place / name).read_text("ascii"))


def private_bytes(process_id: int, *, exactly: bool = False) -> int:
    """Return how many bytes a process shares with no other, or an upper bound; 0 if it has gone."""
    if not IS_LINUX:
        return 0
    folder = Path(f"/proc/{process_id}")
    with suppress(OSError, IndexError):
        if exactly:
            lines = (folder / "smaps_rollup").read_text("ascii").splitlines()
            return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))
        columns = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return min(int(columns[_FAULTS]), int(columns[_RESIDENT])) * _PAGE_BYTES
    return 0


class MemoryGuard:
    """Ends the largest jobs whenever all together take more than the bound.

    `idle` returns the process ids of processes that have no job, which count as well. `used_bytes`
    is the sum at the last check, or an upper bound.
    """

    def __init__(
        self, admission: Admission, bound_bytes: int, idle: Callable[[], Iterable[int]]
    ) -> None:
        self.bound_bytes, self.used_bytes = bound_bytes, 0
        self._admission, self._idle = admission, idle

    async def watch(self) -> NoReturn:
        """Check regularly until this is cancelled."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)
            await self.check()

    async def check(self) -> None:
        """End the largest jobs if all together take too much, until the others fit."""
        # In a thread, since each file that is read there lets others have the interpreter.
        jobs = {place: place.process_id() for place in self._admission.places}
        idle = list(self._idle())
        self.used_bytes = sum((await asyncio.to_thread(_measure, jobs, idle)).values())
        if self.used_bytes > self.bound_bytes:
            sizes = await asyncio.to_thread(_measure, jobs, idle, exactly=True)
            self.used_bytes = sum(sizes.values())
            left_bytes = self.used_bytes
            for place in sorted(jobs, key=lambda one: sizes.get(jobs[one] or 0, 0), reverse=True):
                if left_bytes > self.bound_bytes and place.end:
                    left_bytes -= sizes.get(jobs[place] or 0, 0)
                    place.end(MemoryShort(self.bound_bytes, _RETRY_SECONDS))


def _measure(
    jobs: Mapping[Place, int | None], idle: Sequence[int], *, exactly: bool = False
) -> dict[int, int]:
    """Return the private bytes of each process by its id; those of idle ones never exactly."""
    busy = [process_id for process_id in jobs.values() if process_id is not None]
    sizes = {process_id: private_bytes(process_id) for process_id in idle}
    return sizes | {each: private_bytes(each, exactly=exactly) for each in busy}
