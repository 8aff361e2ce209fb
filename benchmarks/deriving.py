"""Engines that derive what follows from the same files, each in a process of its own, compared.

Every figure is of a whole process, from files on disk to files on disk.
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
    """Medians over the runs, and how many triples were derived, the same in each."""

    seconds: float
    peak_mb: float
    derived: int


class Deriving:
    """Runs contenders on data of several sizes; what was measured once is not measured again."""

    def __init__(self, folder: Path, runs: int) -> None:
        self._folder, self._runs = folder, runs
        self._done: dict[tuple[str, int], list[tuple[Run, int]]] = defaultdict(list)

    def facts(self, size: int) -> Path:
        """The folder with about so many triples, written when it is first asked for."""
        folder = self._folder / str(size)
        if not (folder / "quadratic.ttl").exists():  # which is written last
            note(f"{governance.write(size, folder):,} triples written")
        return folder

    def take_turns(self, names: Sequence[str], size: int) -> None:
        """Measures these, one run of each after the other: a machine is not always as quick."""
        taking_part = [name for name in names if size in CONTENDERS[name].sizes]
        for turn in range(self._runs):
            for name in taking_part:
                if len(self._done[name, size]) <= turn < self._wanted(name):
                    self._run(name, size)

    def measure(self, name: str, size: int) -> Measurement:
        """The contender of this name on about so many triples."""
        done = self._done[name, size]
        while len(done) < self._wanted(name):
            self._run(name, size)
        counts = {derived for _, derived in done}
        if len(counts) != 1:
            raise SystemExit(f"{name} derives from the same facts now this, now that: {counts}")
        return Measurement(
            seconds=statistics.median(one.seconds for one, _ in done),
            peak_mb=statistics.median(one.peak_mb for one, _ in done),
            derived=counts.pop(),
        )

    def growth(self, name: str, sizes: Sequence[int]) -> float:
        """The exponent of the time in the number of triples, by least squares."""
        times = [math.log(self.measure(name, size).seconds) for size in sizes]
        return statistics.linear_regression([math.log(size) for size in sizes], times).slope

    def _wanted(self, name: str) -> int:
        return 1 if CONTENDERS[name].is_slow else self._runs

    def _run(self, name: str, size: int) -> None:
        contender, folder = CONTENDERS[name], self.facts(size)
        contender.prepare(folder, fresh_folder(folder / name))
        done = ended_well(run(contender.command(folder)))
        derived = contender.count(folder)
        note(f"{name}: {done.seconds:.2f} s, {done.peak_mb:.0f} MB, {derived:,} derived")
        self._done[name, size].append((done, derived))


def fresh_folder(folder: Path) -> Path:
    """This folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def ended_well(done: Run) -> Run:
    """The run, unless it failed."""
    if done.code:
        reason = f"{done.errors}{done.output}"
        raise SystemExit(
            f"Ended with {done.code}; are the peers there (make bench-setup)? {reason}"
        )
    return done


def note(text: str) -> None:
    """Says on stderr how far it is."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(deriving: Deriving, names: Sequence[str]) -> str:
    """Contenders by sizes, in Markdown."""
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


def _cell(found: Measurement) -> str:
    return f"{found.seconds:.2f} s, {found.peak_mb:,.0f} MB, {found.derived:,} derived"
