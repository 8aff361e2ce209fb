"""SIGKILL for any process of the service under a siege, at last for the outermost one."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from benchmarks.attacks.bout import Watch, log_failures
from benchmarks.attacks.clients import CLOSED, Tally, Target
from benchmarks.attacks.companions import (
    Companion,
    ask,
    newcomer_address,
    run_niced,
    verdict_on_ask,
)
from benchmarks.attacks.report import Line
from benchmarks.attacks.siege import besiege
from benchmarks.attacks.verdict import honest_failures, is_unclean, line_of
from benchmarks.attacks.victim import ProcessTree, Victim, serving
from benchmarks.attacks.warming import warm_up

NAME: Final = "kills"
_RECOVERY_SECONDS: Final = 5.0
_SECONDS_BETWEEN: Final = (0.05, 0.3)
_MAX_SECONDS: Final = 120.0
# Requests that run may take five seconds to end.
_ENDING_SECONDS: Final = 10.0
_SIEGE_BEFORE_SECONDS: Final = 3.0
_TOLERATED: Final = frozenset({"503", CLOSED})
_EXPECTED: Final = frozenset({"504"})


def kill_under_siege(release: Path, folder: Path, *, kills: int, idle: float) -> Line:
    """Kill that many processes, one after another, then the outermost; return the line.

    After each kill a newcomer's ASK must be answered within five seconds; an ASK in the meantime
    may be refused or cut off, but never wrong. No process may survive the outermost.
    """
    with serving(["--release", str(release)], folder) as victim:
        warm_up(victim.port)
        watch = Watch(victim, is_newcomer=True)
        watch.idle(idle)
        target = Target(victim.port, _MAX_SECONDS + 2 * _RECOVERY_SECONDS)
        sieging = Companion(run_niced, besiege, target)
        time.sleep(_SIEGE_BEFORE_SECONDS)
        recoveries = _kill_at_random(victim, kills)
        code = victim.process.poll()
        watch.end_attack()
        seen = watch.finish()
        victim.process.kill()
        victim.process.wait()
        survivors = victim.tree.wait_until_ended(_ENDING_SECONDS)
        sieging.kill()
        failures = [*_failures_of(recoveries, kills), *log_failures(victim)]
        if survivors:
            names = victim.tree.describe(survivors)
            failures.append(f"{len(survivors)} processes survived the outermost: {names}")
        if code is not None:
            failures.append(f"the outermost process ended by itself, with exit code {code}")
    tally = Tally(held=_in_words(recoveries))
    for one in seen.asks:
        tally.answers[one.kind] += 1
    failures += honest_failures(seen.asks, _TOLERATED)
    failures += [
        f"{count} × {kind}"
        for kind, count in sorted(tally.answers.items())
        if is_unclean(kind, _EXPECTED)
    ]
    return line_of(NAME, seen, tally, failures)


def _kill_at_random(victim: Victim, kills: int) -> list[float]:
    """Kill processes until so many are killed; return the seconds of each recovery."""
    generator = random.Random(0)  # noqa: S311 (not used for security)
    end = time.monotonic() + _MAX_SECONDS
    recoveries: list[float] = []
    while len(recoveries) < kills and time.monotonic() < end and victim.process.poll() is None:
        time.sleep(generator.uniform(*_SECONDS_BETWEEN))
        process = _choose(generator, victim.tree)
        if process is None:
            continue
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
            recoveries.append(_recover(victim.port, generator))
    return recoveries


def _choose(generator: random.Random, tree: ProcessTree) -> int | None:
    """Choose a process but the outermost: half of the time one that has children itself."""
    parents = tree.parents()
    inner = sorted(set(parents.values()) & parents.keys() - {tree.outermost})
    leaves = sorted(parents.keys() - set(inner) - {tree.outermost})
    chosen = inner if inner and generator.random() < 1 / 2 else leaves or inner
    return generator.choice(chosen) if chosen else None


def _recover(port: int, generator: random.Random) -> float:
    """Ask as newcomers do until the answer is right; return the seconds that this took."""
    start = time.monotonic()
    while (seconds := time.monotonic() - start) < 2 * _RECOVERY_SECONDS:
        number = generator.getrandbits(40)
        answer = asyncio.run(ask(port, number, newcomer_address(number)))
        if verdict_on_ask(number, answer) == "200":
            return time.monotonic() - start
        time.sleep(_SECONDS_BETWEEN[0])
    return seconds


def _failures_of(recoveries: Sequence[float], kills: int) -> list[str]:
    late = [seconds for seconds in recoveries if seconds > _RECOVERY_SECONDS]
    failures = {
        f"{len(recoveries)} kills in {_MAX_SECONDS:.0f} s, expected {kills}": len(recoveries)
        < kills,
        f"{len(late)} recoveries took longer than {_RECOVERY_SECONDS:.0f} s": bool(late),
    }
    return [failure for failure, has_happened in failures.items() if has_happened]


def _in_words(recoveries: Sequence[float]) -> str:
    slowest = max(recoveries, default=0.0)
    return f"{len(recoveries)} kills, slowest recovery {slowest:.2f} s"
