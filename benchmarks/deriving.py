"""Compare reasoners on the same files, each in a separate process.

Every figure covers a whole process, from files on disk to files on disk.
"""

import math
import shutil
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import governance
from benchmarks.contenders import CONTENDERS
from benchmarks.processes import Run, run


@dataclass(frozen=True)
class Measurement:
    """Medians over the runs, and the number of derived triples, which is the same in each run."""

    seconds: float
    peak_mb: float
    derived: int


class Deriving:
    """Runs contenders on data of several sizes, and remembers the measurements."""

    def __init__(self, folder: Path, runs: int) -> None:
        self._folder, self._runs = folder, runs
        self._runs_done: dict[tuple[str, int], list[tuple[Run, int]]] = defaultdict(list)

    def facts(self, size: int) -> Path:
        """Return the folder with about `size` triples; write it on the first call."""
        folder = self._folder / str(size)
        if not (folder / "quadratic.ttl").exists():  # this file is written last
            note(f"{governance.write(size, folder):,} triples written")
        return folder

    def take_turns(self, names: Sequence[str], size: int) -> None:
        """Measure these contenders in turn, one run each, because the speed of a machine varies."""
        contenders = [name for name in names if size in CONTENDERS[name].sizes]
        for turn in range(self._runs):
            for name in contenders:
                if len(self._runs_done[name, size]) <= turn < self._wanted_runs(name):
                    self._run(name, size)

    def measure(self, name: str, size: int) -> Measurement:
        """Return the measurement of a contender on about `size` triples; run it if necessary."""
        runs = self._runs_done[name, size]
        while len(runs) < self._wanted_runs(name):
            self._run(name, size)
        counts = {derived for _, derived in runs}
        if len(counts) != 1:
            raise SystemExit(
                f"{name} derives different numbers of triples from the same facts: {counts}"
            )
        return Measurement(
            seconds=statistics.median(run.seconds for run, _ in runs),
            peak_mb=statistics.median(run.peak_mb for run, _ in runs),
            derived=counts.pop(),
        )

    def growth(self, name: str, sizes: Sequence[int]) -> float:
        """Return the exponent of the growth of time with the number of triples (least squares)."""
        times = [math.log(self.measure(name, size).seconds) for size in sizes]
        return statistics.linear_regression([math.log(size) for size in sizes], times).slope

    def _wanted_runs(self, name: str) -> int:
        return 1 if CONTENDERS[name].is_slow else self._runs

    def _run(self, name: str, size: int) -> None:
        contender, folder = CONTENDERS[name], self.facts(size)
        contender.prepare(folder, fresh_folder(folder / name))
        measured = ended_well(run(contender.command(folder)))
        derived = contender.count(folder)
        note(f"{name}: {measured.seconds:.2f} s, {measured.peak_mb:.0f} MB, {derived:,} derived")
        self._runs_done[name, size].append((measured, derived))


def fresh_folder(folder: Path) -> Path:
    """Create an empty folder, deleting what was there, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def ended_well(finished: Run) -> Run:
    """Return the run.

    Raises:
        SystemExit: it failed.
    """
    if finished.code:
        output = f"{finished.errors}{finished.output}"
        raise SystemExit(
            f"Exit code {finished.code}; are the peers installed (make bench-setup)? {output}"
        )
    return finished


def note(text: str) -> None:
    """Print progress to stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(deriving: Deriving, names: Sequence[str]) -> str:
    """Measure the contenders and return a Markdown table, with one column for each size."""
    sizes = sorted({size for name in names for size in CONTENDERS[name].sizes})
    for size in sizes:
        deriving.take_turns(names, size)
    lines = [
        "| from N-Triples on disk to derived triples on disk |"
        + "".join(f" {size:,} |" for size in sizes)
    ]
    lines.append("| --- |" + " --- |" * len(sizes))
    for name in names:
        contender = CONTENDERS[name]
        cells = [
            _cell(deriving.measure(name, size)) if size in contender.sizes else "" for size in sizes
        ]
        lines.append(f"| {contender.words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(measured: Measurement) -> str:
    return f"{measured.seconds:.2f} s, {measured.peak_mb:,.0f} MB, {measured.derived:,} derived"
