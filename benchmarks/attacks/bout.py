"""One attack on a service of its own: idle, attacked and at rest.

An honest client sends a cheap ASK every 20 ms all the while.
"""

import os
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.attacks.clients import BOUND_SECONDS, Tally, Target
from benchmarks.attacks.companions import Companion, keep_asking, run_niced, watch_memory
from benchmarks.attacks.report import Line
from benchmarks.attacks.verdict import Seen, Targets, line_of, misses
from benchmarks.attacks.victim import Memory, Victim, serving
from benchmarks.attacks.warming import warm_up

_OF_A_REQUEST: Final = b'"level":"info"'
_SETTLING_SECONDS: Final = 0.5
_RESTING_SECONDS: Final = (2.0, 10.0)
_IDLE_RATE_SLACK: Final = 0.1
# Attackers of the lowest priority may have to wait for a processor.
_GRACE_SECONDS: Final = 40.0
TOKEN: Final = "correct-horse-battery-staple-9"  # noqa: S105 (of a store that lives seconds)


@dataclass(frozen=True)
class Attack:
    """A stream of requests against one service.

    Args:
        name: as it is given to `--only`.
        summary: one sentence, without a full stop.
        send: sends the requests, in a process with the lowest priority.
        targets: what has to hold.
        is_scratch: whether the service is a writable scratch store, instead of a release.
        is_undrained: whether its output goes to pipes that nobody reads.
        is_newcomer: whether each honest ASK comes from a new address.
        max_warning_bytes: in the log, apart from its line for each request.
        share_of_seconds: how long it sends, as a share of the usual time.
    """

    name: str
    summary: str
    send: Callable[[Target], Coroutine[Any, Any, Tally]]
    targets: Targets = field(default_factory=Targets)
    is_scratch: bool = False
    is_undrained: bool = False
    is_newcomer: bool = False
    share_of_seconds: float = 1.0
    max_warning_bytes: int | None = None


class Watch:
    """Watches a service from before an attack until after it; call the methods in their order."""

    def __init__(self, victim: Victim, *, is_newcomer: bool) -> None:
        self._victim = victim
        self._asking = Companion(keep_asking, victim.port, is_newcomer=is_newcomer)
        self._watching = Companion(watch_memory, victim.tree)
        self._processor_seconds: float | None = None

    def idle(self, seconds: float) -> None:
        """Watch the service while nobody attacks it."""
        # Both processes need a moment to start.
        time.sleep(_SETTLING_SECONDS * 2)
        self._idle_from, processor = time.monotonic(), self._victim.tree.processor_seconds()
        time.sleep(seconds)
        spent = self._victim.tree.processor_seconds() - processor
        self._idle_rate = spent / (time.monotonic() - self._idle_from)
        self._before = self._memory()
        self._attack_from = time.monotonic()

    def end_attack(self) -> None:
        """Note that the attack is over."""
        self._attack_until = time.monotonic()
        # To measure memory holds up the service, which may still be answering the last ASKs.
        time.sleep(_SETTLING_SECONDS)
        self._after = self._memory()

    def rest(self, growth_mebibytes: float) -> None:
        """Watch the service after the attack, for ten seconds or until it is as before."""
        self.end_attack()
        start = last = self._victim.tree.processor_seconds()
        least, most = _RESTING_SECONDS
        is_at_rest = False
        while (rested := time.monotonic() - self._attack_until) < most:
            if rested > least and is_at_rest:
                break
            time.sleep(_SETTLING_SECONDS)
            now, self._after = self._victim.tree.processor_seconds(), self._memory()
            is_busy = now - last > (self._idle_rate + _IDLE_RATE_SLACK) * _SETTLING_SECONDS
            is_at_rest = not is_busy and self._after.all - self._before.all <= growth_mebibytes
            last = now
        idle = self._idle_rate * (time.monotonic() - self._attack_until)
        self._processor_seconds = max(0.0, last - start - idle)

    def finish(self) -> Seen:
        """Return what the honest client and the memory watch have seen."""
        asks, samples = self._asking.finish(), self._watching.finish()
        first, sizes = samples[0], [self._before, self._after]
        for sample in samples:
            if sample.at >= self._attack_from:
                grown = sample.machine - first.machine, sample.outermost - first.outermost
                sizes.append(Memory(self._before.all + grown[0], self._before.outermost + grown[1]))
        return Seen(
            idle_asks=[one for one in asks if self._idle_from <= one.at < self._attack_from],
            asks=[one for one in asks if self._attack_from <= one.at < self._attack_until],
            before=self._before,
            peak=Memory(max(one.all for one in sizes), max(one.outermost for one in sizes)),
            after=self._after,
            processor_seconds=self._processor_seconds,
        )

    def _memory(self) -> Memory:
        """Return the memory without the answers that the service keeps for later requests."""
        kept = self._victim.metric("glocal_cache_bytes") / 2**20
        memory = self._victim.tree.memory()
        return Memory(memory.all - kept, memory.outermost - kept)


def serving_for(attack: Attack, release: Path, folder: Path) -> list[str]:
    """Return the arguments of `glocal serve` for this attack; `folder` takes the token file."""
    return scratch_arguments(folder) if attack.is_scratch else ["--release", str(release)]


def scratch_arguments(folder: Path) -> list[str]:
    """Return the arguments that serve a store to write to; `folder` takes the token file."""
    token_file = folder / "token"
    token_file.write_text(TOKEN, encoding="ascii")
    token_file.chmod(0o600)
    return ["--scratch", "--writable", "--token-file", str(token_file)]


def fight(attack: Attack, release: Path, folder: Path, *, seconds: float, idle: float) -> Line:
    """Attack a new service, and return the line of the table with the verdict."""
    arguments = serving_for(attack, release, folder)
    with serving(arguments, folder, undrained=attack.is_undrained) as victim:
        if not attack.is_scratch:
            warm_up(victim.port)
        watch = Watch(victim, is_newcomer=attack.is_newcomer)
        watch.idle(idle)
        target = Target(victim.port, seconds * attack.share_of_seconds, token=TOKEN)
        sending = Companion(run_niced, attack.send, target)
        tally = Tally(failures={"the attack did not end"})
        if sending.wait(target.seconds + BOUND_SECONDS + _GRACE_SECONDS):
            tally = sending.finish()
        sending.kill()
        watch.rest(attack.targets.growth_mebibytes)
        seen = watch.finish()
        failures = [*sorted(tally.failures), *victim.stop()]
        failures += log_failures(victim, attack.max_warning_bytes)
    return line_of(attack.name, seen, tally, [*failures, *misses(attack.targets, seen, tally)])


def log_failures(victim: Victim, max_bytes: int | None = None) -> list[str]:
    """Return what is wrong with the output of a service: tracebacks, or too many warnings."""
    if victim.log is None:
        output = b"".join(
            _read_now(stream.fileno())
            for stream in (victim.process.stdout, victim.process.stderr)
            if stream is not None
        )
    else:
        output = victim.log.read_bytes()
    failures = []
    if count := output.count(b"Traceback (most recent call last)"):
        failures.append(f"{count} tracebacks in the log")
    warnings = sum(len(line) for line in output.splitlines() if _OF_A_REQUEST not in line)
    if max_bytes is not None and warnings > max_bytes:
        failures.append(f"{warnings:,} bytes of warnings, expected at most {max_bytes:,}")
    return failures


def _read_now(descriptor: int) -> bytes:
    """Return what a pipe holds now."""
    os.set_blocking(descriptor, False)
    parts = []
    with suppress(BlockingIOError):
        while part := os.read(descriptor, 65_536):
            parts.append(part)
    return b"".join(parts)
