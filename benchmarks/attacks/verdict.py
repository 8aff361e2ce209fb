"""The targets of an attack, what was seen of the service, and which targets were missed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.attacks.clients import HANG, Tally
from benchmarks.attacks.companions import Ask
from benchmarks.attacks.report import Line, Times
from benchmarks.attacks.victim import Memory


@dataclass(frozen=True)
class Targets:
    """The targets of an attack; `processor_seconds` are those after it, beyond those when idle.

    `max_ask_seconds` replaces the limit on the 99th percentile where it is given. `statuses` are
    answers from 500 on that are expected, apart from 503 with Retry-After.
    """

    ask_seconds: float = 0.100
    max_ask_seconds: float | None = None
    growth_mebibytes: float = 50.0
    processor_seconds: float | None = None
    statuses: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Seen:
    """Measurements of a service before, during and after an attack.

    `processor_seconds` are those after the attack, beyond those when idle, if they were measured.
    """

    idle_asks: list[Ask]
    asks: list[Ask]
    before: Memory
    peak: Memory
    after: Memory
    processor_seconds: float | None = None


def misses(targets: Targets, seen: Seen, tally: Tally) -> list[str]:
    """Return the targets that an attack missed, in words."""
    failures = []
    attacked, limit = Times.of(seen.asks), targets.ask_seconds
    if targets.max_ask_seconds is not None:
        if attacked.longest > targets.max_ask_seconds:
            failures.append(
                f"an ASK took {attacked.longest:.2f} s, expected {targets.max_ask_seconds:g} s"
            )
    elif attacked.p99 > limit:
        failures.append(f"ASK p99 {attacked.p99 * 1000:.1f} ms > {limit * 1000:.1f} ms")
    if not seen.asks:
        failures.append("no ASK was sent during the attack")
    failures += honest_failures([*seen.idle_asks, *seen.asks])
    failures += [
        f"{count} × {kind}"
        for kind, count in sorted(tally.answers.items())
        if kind == HANG or is_unclean(kind, targets.statuses)
    ]
    growth = seen.after.all - seen.before.all
    if growth > targets.growth_mebibytes:
        failures.append(f"{growth:.0f} MiB stay, expected {targets.growth_mebibytes:.0f} MiB")
    spent, most = seen.processor_seconds, targets.processor_seconds
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


def line_of(name: str, seen: Seen, tally: Tally, failures: Sequence[str]) -> Line:
    """Return the line of the table for an attack."""
    return Line(
        name=name,
        load=tally.load,
        idle=Times.of(seen.idle_asks),
        attacked=Times.of(seen.asks),
        before=seen.before,
        peak=seen.peak,
        after=seen.after,
        processor_seconds=seen.processor_seconds,
        answers=dict(tally.answers),
        failures=list(failures),
    )
