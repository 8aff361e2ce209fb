"""Background jobs take turns: as many run at once as there are processors, and the rest is stopped.

Linux lets processes of the lowest priority delay others that wake up, the more of them there are:
with 64 of them, the 99th percentile of a bare server's answers was 20 ms, and 5 ms when they took
turns (`benchmarks/idlers.py`).
"""

import asyncio
from asyncio import TimerHandle
from dataclasses import dataclass
from typing import Final

from service.queries.child_process import QueryProcess

_TURN_SECONDS: Final = 0.05
# A process that used less than this waits for something else, such as a slow reader.
_BUSY_SECONDS: Final = 0.001


@dataclass
class _Use:
    """The processor time of a process when it was added, and when it was last found busy."""

    first_seconds: float
    last_seconds: float
    is_busy: bool = True


class Rotation:
    """Stops processes and lets them go on, so that `at_once` of them use the processors.

    Their turns go to the process that has waited longest, and every other time to the one that has
    used the least so far: a job of middle length need not wait for many that never end.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._uses: dict[QueryProcess, _Use] = {}
        # In the order in which they were stopped.
        self._stopped: list[QueryProcess] = []
        self._prefers_short = False
        self._timer: TimerHandle | None = None

    @property
    def stopped(self) -> int:
        """The number of processes that wait for a turn."""
        return len(self._stopped)

    def add(self, process: QueryProcess) -> None:
        """Let a process take turns; its first one begins now."""
        seconds = process.processor_seconds()
        self._uses[process] = _Use(seconds, seconds)
        self._schedule_check()

    def discard(self, process: QueryProcess) -> None:
        """Let a process run if it was stopped, and no longer take turns."""
        if self._uses.pop(process, None) is None:
            return
        if process in self._stopped:
            self._stopped.remove(process)
            process.go_on()
        running = [one for one in self._uses if one not in self._stopped]
        busy = [one for one in running if self._uses[one].is_busy]
        self._choose_among(self._stopped, self._at_once - len(busy))

    def _schedule_check(self) -> None:
        if self._timer is None and len(self._uses) > self._at_once:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_TURN_SECONDS, self._end_turns)

    def _end_turns(self) -> None:
        self._timer = None
        busy = [each for each in self._uses if each not in self._stopped and self._was_busy(each)]
        chosen = self._choose_among([*self._stopped, *busy], self._at_once)
        for process in busy:
            if process not in chosen:
                process.stop()
                self._stopped.append(process)
        self._schedule_check()

    def _choose_among(self, candidates: list[QueryProcess], number: int) -> list[QueryProcess]:
        """Let this number of them go on, and return them."""
        self._prefers_short = not self._prefers_short
        if self._prefers_short:
            candidates = sorted(candidates, key=self._used_seconds)[:1] + candidates
        chosen = list(dict.fromkeys(candidates))[: max(number, 0)]
        for process in chosen:
            if process in self._stopped:
                self._stopped.remove(process)
                process.go_on()
        return chosen

    def _was_busy(self, process: QueryProcess) -> bool:
        use, now_seconds = self._uses[process], process.processor_seconds()
        use.is_busy = now_seconds - use.last_seconds > _BUSY_SECONDS
        # Among many, each has little at a time.
        if use.is_busy:
            use.last_seconds = now_seconds
        return use.is_busy

    def _used_seconds(self, process: QueryProcess) -> float:
        return self._uses[process].last_seconds - self._uses[process].first_seconds
