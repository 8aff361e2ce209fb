"""Compare deriving on Spark with deriving in one process; print Markdown.

    .venv/bin/python -m benchmarks.spark ROW … [--triples 400000 2000000] [--folder FOLDER]

The rows: `sizes` derives synthetic data both ways, compares all triples and fits the growth;
`cluster` does so on two executors of 1 GiB, and prints what Spark's tasks took, moved and spilled;
`shapes` derives by one rule of each shape, one of them with a hub, and prints the bytes that are
moved for each derived triple; `killed` kills an executor of a cluster of two while it works and
compares the result. Needs `make .venv/.spark` and Java. All of it runs on this machine, so times
on two cores say nothing about a cluster.
"""

import argparse
import math
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import governance
from benchmarks.deriving import ended_well, note
from benchmarks.processes import Run, run
from benchmarks.spark_events import Totals, settings_of, totals_by_group
from kg.spark.session import spark_session

_ROWS: Final = ("sizes", "cluster", "shapes", "killed")
_GLOCAL: Final = str(Path(sys.executable).with_name("glocal"))
_CLUSTER: Final = "local-cluster[2,1,1024]"
_EXAMPLE: Final = "http://example.org/"
_PREFIXES: Final = (
    f"@prefix : <{_EXAMPLE}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)
_THINGS: Final = 200_000
_LIMIT_SECONDS: Final = 7_200
_CHAIN_OF_HUB: Final = ":q owl:propertyChainAxiom ( :h :r ) ."
_NO_BROADCAST: Final = {"spark.sql.adaptive.autoBroadcastJoinThreshold": "-1"}
# A small partition is split only if parts of its size are wanted, too.
_SPLIT: Final = {
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "256k",
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "256k",
}
# The shape of a rule -> its axiom, and settings of Spark.
_SHAPES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "one pattern, a class (cax-sco)": (":A rdfs:subClassOf :B .", {}),
    "one pattern, a property (prp-spo1)": (":p rdfs:subPropertyOf :q .", {}),
    "two patterns, joined in the middle (prp-spo2)": (
        ":q owl:propertyChainAxiom ( :p :r ) .",
        {},
    ),
    "two patterns, a property and a class (cls-svf1)": (
        "[ a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom :A ] rdfs:subClassOf :B .",
        {},
    ),
    "the same chain through one hub": (_CHAIN_OF_HUB, {}),
    "the hub, no table copied": (_CHAIN_OF_HUB, _NO_BROADCAST),
    "the hub, no table copied, partitions split from 256 KiB": (
        _CHAIN_OF_HUB,
        {**_NO_BROADCAST, **_SPLIT},
    ),
}


def command(folder: Path, out: Path, *options: str) -> list[str]:
    """Return the command that derives from the facts of a folder."""
    ontology = str(folder / "ontology.ttl")
    facts, limit = str(folder / "facts.nt"), ["--max-triples", "100000000"]
    return [_GLOCAL, "reason", facts, "--ontology", ontology, "--out", str(out), *limit, *options]


def lines_hash(paths: Sequence[Path]) -> tuple[int, int]:
    """Return the number of lines and the sum of their hashes, which is the same in any order.

    Python's hash of a text differs between processes, so compare within one.
    """
    count = total = 0
    for path in paths:
        with path.open("rb") as file:
            for line in file:
                count += 1
                total = (total + hash(line)) & 0xFFFF_FFFF_FFFF_FFFF
    return count, total


def parts(folder: Path) -> list[Path]:
    """Return the files with the lines of an output of Spark."""
    return sorted(folder.glob("part-*"))


def compare(one: Path, other: Path) -> int:
    """Return the number of triples, which both outputs have in common.

    Raises:
        SystemExit: they differ.
    """
    ours, theirs = lines_hash([one]), lines_hash(parts(other))
    if ours != theirs:
        raise SystemExit(f"one process derives {ours[0]:,} triples, Spark {theirs[0]:,}, or others")
    return ours[0]


def measure_sizes(sizes: Sequence[int], folder: Path, options: Sequence[str]) -> Iterator[str]:
    """Yield a table of times and memory, and the exponent of the growth of time."""
    yield "| triples | derived, the same | one process | Spark on this machine |"
    yield "| --- | --- | --- | --- |"
    seconds = []
    for size in sizes:
        data = facts_of(size, folder)
        single = ended_well(run(command(data, data / "one.nt"), limit_seconds=_LIMIT_SECONDS))
        spark = run_on_spark(data, data / "spark.nt", "spark", options)
        derived = compare(data / "one.nt", data / "spark.nt")
        seconds.append(spark.seconds)
        yield f"| {size:,} | {derived:,} | {_cell(single)} | {spark.seconds:.1f} s |"
    if len(sizes) > 1:
        power = growth(sizes, seconds)
        yield f"\nThe time on Spark grows with the power {power:.2f} of the number of triples."


def measure_cluster(sizes: Sequence[int], folder: Path, options: Sequence[str]) -> Iterator[str]:
    """Yield a table of what two executors of 1 GiB take, and the exponents of the growth."""
    yield f"On `{_CLUSTER}`, the same triples as one process:\n"
    yield (
        "| triples | derived | rounds | jobs | processor time of tasks | moved | spilled | time "
        "| one process |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    seconds, of_tasks = [], []
    for size in sizes:
        data = facts_of(size, folder)
        single = ended_well(run(command(data, data / "one.nt"), limit_seconds=_LIMIT_SECONDS))
        log = new_folder(data / "log")
        settings = [f"{name}={value}" for name, value in settings_of(log).items()]
        spark = run_on_spark(data, data / "cluster.nt", _CLUSTER, [*settings, *options])
        derived = compare(data / "one.nt", data / "cluster.nt")
        total = totals_by_group(log)[""]
        seconds.append(spark.seconds)
        of_tasks.append(total.cpu_seconds)
        rounds = spark.errors.count("round ")
        yield (
            f"| {size:,} | {derived:,} | {rounds} | {_cells(total)} "
            f"| {spark.seconds:,.0f} s | {_cell(single)} |"
        )
    if len(sizes) > 1:
        yield (
            f"\nThe processor time grows with the power {growth(sizes, of_tasks):.2f} of the "
            f"number of triples, the time on the clock with {growth(sizes, seconds):.2f}."
        )


def growth(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the power of the size with which the time grows."""
    return statistics.linear_regression(*[list(map(math.log, each)) for each in (sizes, seconds)])[
        0
    ]


def new_folder(path: Path) -> Path:
    """Return the path, of an empty folder."""
    subprocess.run(["rm", "-rf", str(path)], check=True)
    path.mkdir(parents=True)
    return path


def run_on_spark(data: Path, out: Path, master: str, options: Sequence[str]) -> Run:
    """Derive on Spark, in a new folder, and return the run."""
    subprocess.run(["rm", "-rf", str(out)], check=True)
    settings = [part for each in options for part in ("--spark-setting", each)]
    arguments = command(data, out, "--on", master, *settings)
    return ended_well(run(arguments, limit_seconds=_LIMIT_SECONDS))


def measure_shapes(folder: Path) -> Iterator[str]:
    """Yield a table of the bytes that are moved for each derived triple, by shape.

    All shapes run in one session. The last column, of rounds alone, shows if one task gets all
    rows of a hub.
    """
    data, log = new_folder(folder / "shapes"), new_folder(folder / "log")
    with (data / "facts.nt").open("w", encoding="ascii") as file:
        file.writelines(_shape_facts())
    derived = {}
    with spark_session("local[*]", settings_of(log)) as spark:
        from kg.spark.reason import Request, reason_on_spark

        for shape, (axiom, own_settings) in _SHAPES.items():
            note(shape)
            (data / "ontology.ttl").write_text(_PREFIXES + axiom, encoding="utf-8")
            usual = {name: spark.conf.get(name) for name in own_settings}
            for name, value in own_settings.items():
                spark.conf.set(name, value)
            context = spark.sparkContext
            context.setJobGroup(shape, "reading")

            def tell(stage: str, shape: str = shape, context: Any = context) -> None:
                if stage.startswith("deriving"):
                    context.setJobGroup(f"{shape}, deriving", "rounds")

            request = Request([str(data / "facts.nt")], [data / "ontology.ttl"])
            derived[shape] = reason_on_spark(spark, request, tell).derived
            for name, value in usual.items():
                spark.conf.set(name, value)
    totals = totals_by_group(log)
    yield "| rule | derived | bytes moved per derived triple | in rounds | most rows of a task |"
    yield "| --- | --- | --- | --- | --- |"
    for shape, count in derived.items():
        rounds = totals[f"{shape}, deriving"]
        own = rounds.bytes_moved / count
        both = own + totals[shape].bytes_moved / count
        yield f"| {shape} | {count:,} | {both:,.0f} | {own:,.0f} | {rounds.largest:,} |"


def _shape_facts() -> Iterator[str]:
    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    for number in range(_THINGS):
        here, there = f"<{_EXAMPLE}t{number}>", f"<{_EXAMPLE}u{number}>"
        yield f"{here} <{_EXAMPLE}p> {there} .\n"
        yield f"{here} <{_EXAMPLE}h> <{_EXAMPLE}hub> .\n"
        yield f"{there} <{_EXAMPLE}r> <{_EXAMPLE}w{number}> .\n"
        yield f"{there} {rdf_type} <{_EXAMPLE}A> .\n"
    yield f"<{_EXAMPLE}hub> <{_EXAMPLE}r> <{_EXAMPLE}w0> .\n"


def measure_killed(size: int, folder: Path) -> Iterator[str]:
    """Yield what an executor's death in the middle of a derivation changes."""
    data = facts_of(size, folder)
    ended_well(run(command(data, data / "one.nt")))
    out = data / "killed.nt"
    subprocess.run(["rm", "-rf", str(out)], check=True)
    arguments = command(data, out, "--on", _CLUSTER)
    progress = data / "progress.txt"
    with progress.open("w") as errors:
        process = subprocess.Popen(arguments, stderr=errors, stdout=subprocess.DEVNULL)
        killed = _kill_executor(process, progress)
        code = process.wait()
    if code:
        text = progress.read_text("utf-8")
        raise SystemExit(f"exit code {code} after the executor {killed} was killed:\n{text}")
    derived = compare(data / "one.nt", out)
    yield f"{size:,} triples, {_CLUSTER}: an executor was killed in a round; {derived:,}, the same."


def _kill_executor(process: "subprocess.Popen[bytes]", progress: Path) -> int:
    """Kill an executor of this process while the second round runs, and return its id."""
    while process.poll() is None:
        if "round 1:" in progress.read_text("utf-8", errors="replace"):
            time.sleep(0.5)
            victims = sorted(_executors(process.pid))
            if victims:
                os.kill(victims[0], signal.SIGKILL)
                return victims[0]
        time.sleep(0.1)
    raise SystemExit("the derivation ended before an executor could be killed")


def _executors(root: int) -> Iterator[int]:
    """Yield the executors among the descendants of a process."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    waiting = [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            waiting.append(child)
            if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{child}/cmdline").read_bytes():
                yield child


def facts_of(size: int, folder: Path) -> Path:
    """Return the folder with about `size` synthetic triples; write it on the first call."""
    data = folder / str(size)
    if not (data / "quadratic.ttl").exists():
        note(f"{governance.write(size, data):,} triples written")
    return data


def _cell(measured: Run) -> str:
    return f"{measured.seconds:.1f} s, {measured.peak_mb:,.0f} MB"


def _cells(total: Totals) -> str:
    moved, spilled = total.bytes_moved / 1e6, total.bytes_spilled / 1e6
    return f"{total.jobs} | {total.cpu_seconds:,.1f} s | {moved:,.0f} MB | {spilled:,.0f} MB"


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="Compare Spark with one process.")
    parser.add_argument("rows", nargs="+", choices=_ROWS, metavar="ROW")
    parser.add_argument("--triples", nargs="+", type=int, default=[400_000, 2_000_000])
    parser.add_argument("--setting", action="append", default=[], help="a setting of Spark")
    parser.add_argument("--folder", type=Path, help="folder that keeps the data for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        for row in options.rows:
            lines = {
                "sizes": lambda: measure_sizes(options.triples, folder, options.setting),
                "cluster": lambda: measure_cluster(options.triples, folder, options.setting),
                "shapes": lambda: measure_shapes(folder),
                "killed": lambda: measure_killed(options.triples[0], folder),
            }[row]()
            for line in lines:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
