"""Measure build, service and reasoner, compared with peers in the same run; print a table.

Run from the project's folder: .venv/bin/python benchmarks/measure.py [--runs 5]
Needs only the development set-up. Servers listen on 127.0.0.1.
"""

import argparse
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from pyoxigraph import NamedNode, Quad

PORT = 8971
COUNT_QUERY = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
MEMBERS_QUERY = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#> PREFIX id: <https://w3id.org/glocal/id/> "
    "SELECT ?a ?b ?n WHERE { ?a glocal:memberOf ?n . ?b glocal:memberOf ?n . FILTER(?a != ?b) }"
)
GLOCAL = str(Path(sys.executable).parent / "glocal")


def seconds(act: Callable[[], object]) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def measure_build(folder: Path, runs: int) -> tuple[float, float]:
    """Return the median seconds and the peak memory in MB of whole `glocal build` processes."""
    times = []
    for number in range(runs):
        command = [GLOCAL, "build", "--out", str(folder / f"release-{number}")]
        times.append(seconds(partial(subprocess.run, command, check=True, capture_output=True)))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return statistics.median(times), peak


def get(path: str, accept: str, update: str | None = None) -> bytes:
    """Send a GET, or a POST with the update, to the service and return the body."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}",
        headers={"Accept": accept, "Content-Type": "application/sparql-update"},
        data=update.encode() if update else None,
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        body: bytes = response.read()
    return body


def questions(release: Path) -> tuple[list[str], list[str]]:
    """Return addresses of proofs, and updates that each add five plausible triples."""
    from kg.namespaces import DERIVED
    from kg.store.quad_store import Store

    graph = Store.open(release).quads_of_graph(DERIVED)
    generator = random.Random(0)  # noqa: S311 (not used for security)
    proofs = [
        "/explain?" + urlencode({"subject": s.value, "predicate": p.value, "object": o.value})
        for s, p, o, _ in generator.sample(
            [quad for quad in graph if isinstance(quad.object, NamedNode)], 50
        )
    ]
    by_property: dict[object, list[Quad]] = {}
    for quad in graph:
        by_property.setdefault(quad.predicate, []).append(quad)
    updates = []
    for _ in range(50):
        pairs = [
            generator.choices(generator.choice(list(by_property.values())), k=2) for _ in range(5)
        ]
        added = "\n".join(f"{a.subject} {a.predicate} {b.object} ." for a, b in pairs)
        updates.append(f"INSERT DATA {{ {added} }}")
    return proofs, updates


def measure_service(release: Path, runs: int) -> dict[str, float]:
    """Return seconds from process start to the first response, and medians of warm requests."""
    kinds = ("first response", "json-ld", "ask", "proof", "what if")
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    proofs, updates = questions(release)
    ask = "/sparql?query=ASK%20%7B%7D"
    for _ in range(runs):
        start = time.perf_counter()
        server = subprocess.Popen(
            [GLOCAL, "serve", "--release", str(release), "--port", str(PORT)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: get(ask, "application/sparql-results+json"))
            times["first response"].append(time.perf_counter() - start)
            for _ in range(50):
                times["json-ld"].append(
                    seconds(lambda: get("/data/id/London.jsonld", "application/ld+json"))
                )
                times["ask"].append(seconds(lambda: get(ask, "application/sparql-results+json")))
            get(proofs[0], "application/ld+json")
            get("/whatif", "application/ld+json", updates[0])
            times["proof"] += [
                seconds(partial(get, address, "application/ld+json")) for address in proofs
            ]
            times["what if"] += [
                seconds(partial(get, "/whatif", "application/ld+json", update))
                for update in updates
            ]
        finally:
            os.kill(server.pid, signal.SIGINT)
            server.wait(timeout=10)
    return {kind: statistics.median(measured) for kind, measured in times.items()}


def wait_for(answer: Callable[[], object], limit_seconds: float = 20) -> None:
    """Repeat the call until the server accepts connections."""
    end = time.monotonic() + limit_seconds
    while True:
        try:
            answer()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def measure_deriving() -> tuple[float, float]:
    """Return the seconds of our reasoner, with all statuses, and of owlrl, without statuses."""
    import owlrl
    import rdflib

    from kg.reasoning.axioms.compiler import compile_axioms
    from kg.reasoning.derivation.derive import derive
    from kg.reasoning.derivation.release_graphs import premises_of
    from kg.reasoning.rules.rule import read_rules
    from kg.sources.folders import read_curated, read_ontology

    ontology, curated = read_ontology(), read_curated()
    rules = [*compile_axioms(ontology).rules, *read_rules()]
    facts = premises_of(curated)
    ours = statistics.median(seconds(lambda: derive(facts, rules)) for _ in range(5))
    graph = rdflib.Graph()
    lines = [
        f"{fact.triple.subject} {fact.triple.predicate} {fact.triple.object} ." for fact in facts
    ]
    lines += [f"{quad.subject} {quad.predicate} {quad.object} ." for quad in ontology]
    graph.parse(data="\n".join(lines), format="nt")
    closure = owlrl.DeductiveClosure(owlrl.OWLRL_Semantics)
    return ours, seconds(lambda: closure.expand(graph))


def measure_querying(release: Path, runs: int) -> tuple[float, float]:
    """Return the seconds of one join in our store, and in rdflib on the same triples."""
    import rdflib
    from pyoxigraph import QuerySolutions

    from kg import open_release
    from kg.store.quad_store import Store

    def solutions(store: Store) -> QuerySolutions:
        return cast("QuerySolutions", store.query(MEMBERS_QUERY))

    store = Store.open(release)
    dataset = rdflib.Dataset()
    dataset += cast("Any", open_release(release))
    ours = [seconds(lambda: list(solutions(store))) for _ in range(runs * 5)]
    theirs = [seconds(lambda: list(dataset.query(MEMBERS_QUERY))) for _ in range(runs)]
    return statistics.median(ours), statistics.median(theirs)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="number of repetitions")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        build_seconds, peak = measure_build(folder, runs)
        release = folder / "release-0"
        size = json.loads((release / "release.json").read_text(encoding="utf-8"))["quads"]
        service = measure_service(release, runs)
        derive_ours, derive_owlrl = measure_deriving()
        query_ours, query_rdflib = measure_querying(release, runs)
    rows = [
        ("`glocal build`, the whole process", f"{build_seconds:.2f} s", "≤ 3 s"),
        ("`glocal build`, peak memory", f"{peak:.0f} MB", "≤ 400 MB"),
        ("start to first response", f"{service['first response']:.2f} s", "≤ 1 s"),
        ("JSON-LD of London over HTTP", f"{service['json-ld'] * 1000:.1f} ms", "≤ 5 ms"),
        ("`ASK {}` over HTTP", f"{service['ask'] * 1000:.1f} ms", ""),
        ("a proof over HTTP, as JSON-LD", f"{service['proof'] * 1000:.1f} ms", "≤ 5 ms"),
        (
            "what-if with five added triples, over HTTP",
            f"{service['what if'] * 1000:.1f} ms",
            "≤ 15 ms",
        ),
        (
            "deriving, at every base and in every world",
            f"{derive_ours:.2f} s",
            f"owlrl {derive_owlrl:.1f} s",
        ),
        ("a join", f"{query_ours * 1000:.2f} ms", f"rdflib {query_rdflib * 1000:.1f} ms"),
    ]
    lines = [f"{size} quads, median of {runs} runs", ""]
    lines += ["| measurement | result | target or peer |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
