"""The rows of the table that compares results with targets, with one function for each row."""

import json
import statistics
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.contenders import SIZES, nemo_program, peer, reason
from benchmarks.deriving import Deriving, ended_well, fresh_folder, note
from benchmarks.measure import measure_deriving
from benchmarks.processes import Run, run

_SMALL: Final = SIZES[0]
_LARGE: Final = SIZES[2]
_LARGEST: Final = SIZES[3]
_REFUSAL_SECONDS: Final = 20
_REFUSAL_GB: Final = 8
_QUESTIONS: Final = str(Path(__file__).with_name("in_the_engine.py"))


class Row(NamedTuple):
    """A row of the table."""

    measurement: str
    result: str
    peer: str
    target: str


def derive_beside_nemo(deriving: Deriving) -> Row:
    """Compare time and memory with Nemo at 2 million triples."""
    deriving.take_turns(["ours", "nemo"], _LARGE)
    ours, theirs = (deriving.measure(name, _LARGE) for name in ("ours", "nemo"))
    ratio = ours.seconds / theirs.seconds
    return Row(
        "derive at 2 million, from N-Triples on disk to derived triples on disk",
        f"{ratio:.2f} ×: {ours.seconds:.1f} s, {ours.peak_mb:,.0f} MB",
        f"Nemo {theirs.seconds:.1f} s, {theirs.peak_mb:,.0f} MB",
        "≤ 0.8 ×, ≤ 1 GB",
    )


def derive_most_beside_nemo(deriving: Deriving) -> Row:
    """Compare time and memory with Nemo at 8 million triples."""
    deriving.take_turns(["ours", "nemo"], _LARGEST)
    ours, theirs = (deriving.measure(name, _LARGEST) for name in ("ours", "nemo"))
    seconds, memory = ours.seconds / theirs.seconds, ours.peak_mb / theirs.peak_mb
    return Row(
        "the same at 8 million, and its peak memory",
        f"{seconds:.2f} × and {memory:.2f} ×: {ours.seconds:.1f} s, {ours.peak_mb:,.0f} MB",
        f"Nemo {theirs.seconds:.1f} s, {theirs.peak_mb:,.0f} MB",
        "≤ 0.8 ×, ≤ 2.5 ×",
    )


def derive_beside_reasonable(deriving: Deriving) -> Row:
    """Compare the time with reasonable at 2 million triples."""
    return _compare(deriving, "reasonable", _LARGE, "the same", "≤ 0.2 ×")


def derive_beside_owlrl(deriving: Deriving) -> Row:
    """Compare the time with owlrl at 50 thousand triples."""
    return _compare(deriving, "owlrl", _SMALL, "the same at 50 thousand", "≤ 0.01 ×")


def _compare(deriving: Deriving, name: str, size: int, measurement: str, target: str) -> Row:
    deriving.take_turns(["ours", name], size)
    ours, theirs = deriving.measure("ours", size), deriving.measure(name, size)
    result = f"{ours.seconds / theirs.seconds:.3f} ×: {ours.seconds:.2f} s"
    return Row(measurement, result, f"{name} {theirs.seconds:.1f} s", target)


def derive_paper(_: Deriving) -> Row:
    """Compare the time for the paper's graph with owlrl, in this process."""
    ours, owlrl = measure_deriving()
    measurement = "derive on the paper's graph, all rules and statuses"
    return Row(measurement, f"{ours:.2f} s", f"owlrl, without statuses, {owlrl:.1f} s", "≤ 0.5 s")


def growth(deriving: Deriving) -> Row:
    """Measure how the time grows.

    The constant start-up time of the processes lowers the fitted exponent, but not the last step.
    """
    for size in SIZES:
        deriving.take_turns(["ours", "nemo"], size)
    ours, theirs = (
        f"{deriving.growth(name, SIZES):.2f} (last step {deriving.growth(name, SIZES[-2:]):.2f})"
        for name in ("ours", "nemo")
    )
    measurement = "growth of the time from 50 thousand to 8 million triples, as an exponent"
    return Row(measurement, ours, f"Nemo {theirs}", "≤ 1.1")


def prove(deriving: Deriving) -> Row:
    """Compare the time of a proof with Nemo's trace at 2 million triples."""
    folder = deriving.facts(_LARGE)
    nemo_program(folder, fresh_folder(folder / "nemo-trace"))
    note("Nemo is deriving and tracing")
    theirs = json.loads(ended_well(run(peer("nemo-trace")(folder))).output)
    return Row(
        "a proof, in the engine, p50 / p99, at 2 million",
        _p50_and_p99(_engine_times(folder)["prove"]),
        f"Nemo's trace {theirs['p50']:.2f} / {theirs['p99']:.1f} ms",
        "≤ 0.1 / 20 ms",
    )


def add(deriving: Deriving) -> Row:
    """Measure what-ifs that add triples, at 2 million triples."""
    times = _engine_times(deriving.facts(_LARGE))
    return Row(
        "what newly follows from 5 added triples at 2 million, p50 / p99",
        _p50_and_p99(times["add"]),
        f"deriving everything again, in the engine, {times['anew'][0] / 1000:.1f} s",
        "≤ 1 / 10 ms",
    )


def remove(deriving: Deriving) -> Row:
    """Measure what-ifs that remove triples, at 2 million triples."""
    times = _engine_times(deriving.facts(_LARGE))
    leaf, hub = times["remove"], times["remove near a hub"]
    return Row(
        "what no longer follows from 1–5 removed at 2 million, p50 of leaf edges / max near a hub",
        f"{statistics.median(leaf):.2f} / {max(leaf + hub):,.0f} ms",
        f"deriving everything again, in the engine, {times['anew'][0] / 1000:.1f} s",
        "≤ 10 ms / never slower than deriving again",
    )


@cache
def _engine_times(folder: Path) -> dict[str, list[float]]:
    """Measure all kinds of questions in one engine; return milliseconds by kind."""
    note("the engine is answering questions")
    milliseconds: dict[str, list[float]] = json.loads(
        ended_well(run([sys.executable, _QUESTIONS, str(folder)])).output
    )
    return milliseconds


def _p50_and_p99(milliseconds: list[float]) -> str:
    cuts = statistics.quantiles(milliseconds, n=100)
    return f"{cuts[49]:.2f} / {cuts[98]:.1f} ms"


def refuse(deriving: Deriving) -> Row:
    """Measure the refusal of an axiom with too many consequences, at 2 million triples."""
    folder = deriving.facts(_LARGE)
    fresh_folder(folder / "ours")
    ours = run(reason(folder, "quadratic.ttl"), limit_seconds=_REFUSAL_SECONDS)
    note(f"ours: {ours.seconds:.1f} s, exit code {ours.code}: {ours.errors}")
    nemo_program(folder, fresh_folder(folder / "nemo"), "quadratic.ttl")
    command = peer("nemo", "--limit-gb", str(_REFUSAL_GB))(folder)
    theirs = run(command, limit_seconds=_REFUSAL_SECONDS)
    note(f"nemo: {theirs.seconds:.1f} s, exit code {theirs.code}: {theirs.errors[:200]}")
    measurement = (
        "an axiom that would derive more triples than the limit, at 2 million, with reading"
    )
    return Row(
        measurement, _end(ours), f"Nemo: {_end(theirs)}", "refused with an estimate in ≤ 1 s"
    )


def _end(finished: Run) -> str:
    usage = f"{finished.seconds:.1f} s at {finished.peak_mb:,.0f} MB"
    if finished.was_stopped:
        return f"stopped by us after {usage}"
    end = "derived everything" if finished.code == 0 else f"exit code {finished.code}"
    return f"{end} after {usage}"


ROWS: Final[Mapping[str, Callable[[Deriving], Row]]] = {
    "beside-nemo": derive_beside_nemo,
    "most-beside-nemo": derive_most_beside_nemo,
    "beside-reasonable": derive_beside_reasonable,
    "beside-owlrl": derive_beside_owlrl,
    "paper": derive_paper,
    "growth": growth,
    "proof": prove,
    "add": add,
    "remove": remove,
    "refusal": refuse,
}
