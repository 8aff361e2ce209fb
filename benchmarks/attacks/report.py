"""The table of all attacks: one line for each, with its verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from benchmarks.attacks.companions import Ask
from benchmarks.attacks.victim import Memory

HEAD: Final = (
    "| attack | load held | ASK idle: p50, p99, ms | under attack: p50, p99, max, ms "
    "| MiB before, peak, after | of these the first process | CPU s after | answers | verdict |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass(frozen=True)
class Times:
    """The median, 99th percentile and maximum of some response times, in seconds."""

    p50: float
    p99: float
    longest: float

    @classmethod
    def of(cls, asks: Iterable[Ask]) -> Self:
        """Return those of these ASKs; zeros if there are none."""
        times = sorted(ask.seconds for ask in asks) or [0.0]
        p50, p99 = (times[min(len(times) * share // 100, len(times) - 1)] for share in (50, 99))
        return cls(p50, p99, times[-1])


@dataclass(frozen=True)
class Line:
    """The result of one attack; without `idle`, of a list of cases that measured nothing."""

    name: str
    load: str
    failures: list[str]
    answers: dict[str, int] = field(default_factory=dict)
    idle: Times | None = None
    attacked: Times | None = None
    before: Memory | None = None
    peak: Memory | None = None
    after: Memory | None = None
    processor_seconds: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return all figures: seconds and MiB."""
        return asdict(self)

    def as_row(self) -> str:
        """Return the row of the table."""
        idle = _milliseconds(self.idle.p50, self.idle.p99) if self.idle else ""
        attacked = ""
        if self.attacked:
            attacked = _milliseconds(self.attacked.p50, self.attacked.p99, self.attacked.longest)
        sizes = [one for one in (self.before, self.peak, self.after) if one is not None]
        processor = "" if self.processor_seconds is None else f"{self.processor_seconds:.1f}"
        answers = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(self.answers.items()))
        verdict = "missed: " + "; ".join(self.failures) if self.failures else "held"
        cells = (
            self.name,
            self.load,
            idle,
            attacked,
            ", ".join(f"{size.all:,.0f}" for size in sizes),
            ", ".join(f"{size.outermost:,.0f}" for size in sizes),
            processor,
            answers,
            verdict,
        )
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


@dataclass(frozen=True)
class Case:
    """One try, what was expected of the service, and what was seen."""

    name: str
    expected: str
    seen: str
    is_as_expected: bool


def line_of_cases(name: str, cases: Sequence[Case], failures: Sequence[str] = ()) -> Line:
    """Return the line of an attack that is a list of tries."""
    missed = [
        f"{case.name}: expected {case.expected}, got {case.seen}"
        for case in cases
        if not case.is_as_expected
    ]
    held = len(cases) - len(missed)
    return Line(name, f"{held} of {len(cases)} cases", [*missed, *failures])


def as_table(lines: Sequence[Line]) -> str:
    """Return the table in Markdown."""
    return "\n".join([HEAD, *(line.as_row() for line in lines)]) + "\n"


def _milliseconds(*seconds: float) -> str:
    return ", ".join(f"{1000 * one:,.1f}" for one in seconds)
