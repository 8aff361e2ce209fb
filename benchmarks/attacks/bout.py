"""One attack on a service of its own: idle, attacked and at rest, and the verdict on what was seen.

The targets are those of `Targets`. An honest client sends a cheap ASK every 20 ms all the while.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.attacks.clients import BOUND_SECONDS, HANG, Tally, Target
from benchmarks.attacks.companions import Ask, Companion, keep_asking, run_niced, watch_memory
from benchmarks.attacks.report import Line, Times
from benchmarks.attacks.victim import Memory, Victim, serving
from benchmarks.attacks.warming import warm_up

_SETTLING_SECONDS: Final = 0.5
_RESTING_SECONDS: Final = (2.0, 10.0)
_IDLE_RATE_SLACK: Final = 0.1
# Attackers of the lowest priority may have to wait for a processor.
_GRACE_SECONDS: Final = 40.0
TOKEN: Final = "correct-horse-battery-staple-9"  # noqa: S105 (of a store that lives seconds)


@dataclass(frozen=True)
class Targets:
    """What has to hold. Memory in MiB, `processor_seconds` after the attack beyond those when idle.

    `max_ask_seconds` replaces the limit on the 99th percentile where it is given. `statuses` are
    answers from 500 on that are expected, apart from 503 with Retry-After.
    """

    ask_ratio: float = 3.0
    ask_seconds: float = 0.010
    max_ask_seconds: float | None = None
    growth_mebibytes: float = 50.0
    processor_seconds: float | None = None
    statuses: frozenset[str] = frozenset()


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
        max_log_bytes: of standard output and error together, where the attack is on them.
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
    max_log_bytes: int | None = None


class Watch:
    """Watches a service from before an attack until after it; call the methods in their order."""

    def __init__(self, victim: Victim, *, is_newcomer: bool) -> None:
        self.victim = victim
        self._asking = Companion(keep_asking, victim.port, is_newcomer=is_newcomer)
        self._watching = Companion(watch_memory, victim.tree)
        self.processor_seconds: float | None = None

    def idle(self, seconds: float) -> None:
        """Watch the service while nobody attacks it."""
        # Both processes need a moment to start.
        time.sleep(_SETTLING_SECONDS * 2)
        self._idle_from, processor = time.monotonic(), self.victim.tree.processor_seconds()
        time.sleep(seconds)
        spent = self.victim.tree.processor_seconds() - processor
        self._idle_rate = spent / (time.monotonic() - self._idle_from)
        self.before = self._memory()
        self._attack_from = time.monotonic()

    def end_attack(self) -> None:
        """Note that the attack is over."""
        self._attack_until, self.after = time.monotonic(), self._memory()

    def rest(self, growth_mebibytes: float) -> None:
        """Watch the service after the attack, for ten seconds or until it is as before."""
        self.end_attack()
        start = last = self.victim.tree.processor_seconds()
        least, most = _RESTING_SECONDS
        is_at_rest = False
        while (rested := time.monotonic() - self._attack_until) < most:
            if rested > least and is_at_rest:
                break
            time.sleep(_SETTLING_SECONDS)
            now, self.after = self.victim.tree.processor_seconds(), self._memory()
            is_busy = now - last > (self._idle_rate + _IDLE_RATE_SLACK) * _SETTLING_SECONDS
            is_at_rest = not is_busy and self.after.all - self.before.all <= growth_mebibytes
            last = now
        idle = self._idle_rate * (time.monotonic() - self._attack_until)
        self.processor_seconds = max(0.0, last - start - idle)

    def finish(self) -> None:
        """Collect what the honest client and the memory watch have seen."""
        asks, samples = self._asking.finish(), self._watching.finish()
        self.idle_asks = [ask for ask in asks if self._idle_from <= ask.at < self._attack_from]
        self.asks = [ask for ask in asks if self._attack_from <= ask.at < self._attack_until]
        sizes = [(one.all, one.outermost) for one in samples if one.at >= self._attack_from]
        sizes += [(one.all, one.outermost) for one in (self.before, self.after)]
        self.peak = Memory(max(size for size, _ in sizes), max(size for _, size in sizes))

    def _memory(self) -> Memory:
        """Return the memory without the answers that the service keeps for later requests."""
        kept = self.victim.metric("glocal_cache_bytes") / 2**20
        memory = self.victim.tree.memory()
        return Memory(memory.all - kept, memory.outermost - kept)


def serving_for(attack: Attack, release: Path, folder: Path) -> list[str]:
    """Return the arguments of `glocal serve` for this attack; `folder` takes the token file."""
    if not attack.is_scratch:
        return ["--release", str(release)]
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
        watch.finish()
        failures = [*sorted(tally.failures), *victim.stop()]
        failures += log_failures(victim, attack.max_log_bytes)
    return line_of(attack.name, watch, tally, [*failures, *misses(attack.targets, watch, tally)])


def log_failures(victim: Victim, max_bytes: int | None = None) -> list[str]:
    """Return what is wrong with the output of a service: tracebacks, or too much of it."""
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
    if max_bytes is not None and len(output) > max_bytes:
        failures.append(f"{len(output):,} bytes of log, expected at most {max_bytes:,}")
    return failures


def _read_now(descriptor: int) -> bytes:
    """Return what a pipe holds now."""
    os.set_blocking(descriptor, False)
    parts = []
    with suppress(BlockingIOError):
        while part := os.read(descriptor, 65_536):
            parts.append(part)
    return b"".join(parts)


def misses(targets: Targets, watch: Watch, tally: Tally) -> list[str]:
    """Return the targets that an attack missed, in words."""
    failures = []
    idle, attacked = Times.of(watch.idle_asks), Times.of(watch.asks)
    limit = max(targets.ask_seconds, targets.ask_ratio * idle.p99)
    if targets.max_ask_seconds is not None:
        if attacked.longest > targets.max_ask_seconds:
            failures.append(
                f"an ASK took {attacked.longest:.2f} s, expected {targets.max_ask_seconds:g} s"
            )
    elif attacked.p99 > limit:
        failures.append(f"ASK p99 {attacked.p99 * 1000:.1f} ms > {limit * 1000:.1f} ms")
    failures += honest_failures(watch.asks)
    failures += [
        f"{count} × {kind}"
        for kind, count in sorted(tally.answers.items())
        if kind == HANG or is_unclean(kind, targets.statuses)
    ]
    growth = watch.after.all - watch.before.all
    if growth > targets.growth_mebibytes:
        failures.append(f"{growth:.0f} MiB stay, expected {targets.growth_mebibytes:.0f} MiB")
    spent, most = watch.processor_seconds, targets.processor_seconds
    if most is not None and spent is not None and spent > most:
        failures.append(f"{spent:.1f} CPU s after the clients had left, expected {most:g}")
    return failures


def honest_failures(asks: Sequence[Ask], tolerated: frozenset[str] = frozenset()) -> list[str]:
    """Return the answers of the honest client that are not correct, in words."""
    kinds = Counter(ask.kind for ask in asks)
    unexpected = {kind: count for kind, count in kinds.items() if kind not in {"200", *tolerated}}
    return [f"honest ASKs: {count} × {kind}" for kind, count in sorted(unexpected.items())]


def is_unclean(kind: str, expected: frozenset[str]) -> bool:
    """Return whether this kind of answer is a failure of the server that nobody expects."""
    return kind.startswith("5") and kind != "503" and kind not in expected


def line_of(name: str, watch: Watch, tally: Tally, failures: Sequence[str]) -> Line:
    """Return the line of the table for an attack."""
    return Line(
        name=name,
        load=tally.load,
        idle=Times.of(watch.idle_asks),
        attacked=Times.of(watch.asks),
        before=watch.before,
        peak=watch.peak,
        after=watch.after,
        processor_seconds=watch.processor_seconds,
        answers=dict(tally.answers),
        failures=list(failures),
    )
