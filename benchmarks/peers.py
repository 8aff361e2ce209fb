"""Run one peer on a folder that `governance.py` wrote.

    .venv/bin/python benchmarks/peers.py PEER FOLDER [--limit-gb 4]

`reasoning.py` runs this script in a separate process and measures it from outside, so the script
imports only what the peer needs. Each peer writes to FOLDER/PEER.
"""

import argparse
import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from nmo_python import NemoEngine

_GIGABYTE: Final = 1_000_000_000
_SAMPLE_PER_PREDICATE: Final = 20


def nemo(out: Path) -> None:
    """Run the Nemo program in this folder and write a CSV file for each predicate."""
    from nmo_python import NemoOutputManager

    engine = _nemo_fixpoint(out)
    manager = NemoOutputManager(str(out / "derived"), overwrite=True)
    for predicate in _exported(out):
        engine.write_result(predicate, manager)


def nemo_trace(out: Path) -> None:
    """Trace some derived facts of each predicate with Nemo; print the times as JSON."""
    engine = _nemo_fixpoint(out)
    generator = random.Random(0)  # noqa: S311 (not used for security)
    milliseconds = []
    for predicate in _exported(out):
        rows = list(engine.result(predicate))
        for row in generator.sample(rows, min(_SAMPLE_PER_PREDICATE, len(rows))):
            fact = f"{predicate.removeprefix('new_')}({', '.join(map(str, row))})"
            start = time.perf_counter()
            proof = engine.trace(fact)
            milliseconds.append(1000 * (time.perf_counter() - start))
            if proof is None:
                raise SystemExit(f"Nemo derives {fact}, but has no trace for it")
    cuts = statistics.quantiles(milliseconds, n=100)
    summary = {"p50": cuts[49], "p99": cuts[98], "max": max(milliseconds), "n": len(milliseconds)}
    sys.stdout.write(json.dumps(summary) + "\n")


def reasonable(out: Path) -> None:
    """Run reasonable on the facts and the ontology, and write all triples that it returns."""
    from reasonable import PyReasoner

    turtle = out / "facts.ttl"  # reasonable relies on the extension; N-Triples is Turtle
    turtle.symlink_to((out.parent / "facts.nt").resolve())
    reasoner = PyReasoner()
    reasoner.load_file(str(out.parent / "ontology.ttl"))
    reasoner.load_file(str(turtle))
    _write(reasoner.reason(), out)


def owlrl(out: Path) -> None:
    """Run owlrl with OWL 2 RL on the facts and the ontology, and write the whole closure."""
    import rdflib
    from owlrl import DeductiveClosure, OWLRL_Semantics

    graph = rdflib.Graph()
    graph.parse(out.parent / "ontology.ttl")
    graph.parse(out.parent / "facts.nt")
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    _write(graph, out)


_PEERS: Final = {
    "nemo": nemo,
    "nemo-tables": nemo,
    "nemo-trace": nemo_trace,
    "reasonable": reasonable,
    "owlrl": owlrl,
}


def _nemo_fixpoint(out: Path) -> "NemoEngine":
    from nmo_python import NemoEngine, load_file

    engine = NemoEngine(load_file(str(out / "program.rls")))
    engine.reason()
    return engine


def _exported(out: Path) -> list[str]:
    return (out / "exported.txt").read_text(encoding="utf-8").split()


def _write(triples: Iterable[tuple[Any, Any, Any]], out: Path) -> None:
    """Write triples in the simplest way, so that writing hardly affects the measurement."""
    with (out / "closure.tsv").open("w", encoding="utf-8") as file:
        file.writelines(
            f"{subject}\t{predicate}\t{object_}\n" for subject, predicate, object_ in triples
        )


def main() -> None:
    """Run the peer named on the command line."""
    parser = argparse.ArgumentParser(description="Run one peer on one folder.")
    parser.add_argument("peer", choices=_PEERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit-gb", type=float, help="memory limit of the peer, in gigabytes")
    options = parser.parse_args()
    if options.limit_gb:
        limit = int(options.limit_gb * _GIGABYTE)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    _PEERS[options.peer](options.folder / options.peer)


if __name__ == "__main__":
    main()
