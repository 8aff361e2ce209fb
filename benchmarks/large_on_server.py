"""Serve a large synthetic release from a server of one's own, and compare its answers.

    python -m benchmarks.large_on_server ADDRESS FOLDER --update URL --auth-file FILE

Writes the triples of `governance.py`, and those that follow from them, as a release into FOLDER,
and sends it to the server by `glocal load`; what an earlier run has done is not done again. Then
queries of the twelve kinds of the mix (`mixes.py`) go to the release embedded and to the one on the
server. Prints the median response time of each, in milliseconds, and exits with 1 if two answers
differ.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Any, Final

import httpx2
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Store, parse

from benchmarks import governance
from benchmarks.mixes import GOVERNANCE, ROWS, TRIPLES, is_graph
from benchmarks.servers import GLOCAL, glocal
from kg.store.release_folder import STORE_FOLDER, write_release

_QUERIES_OF_A_KIND: Final = 5
# The first query of a cold server may take much longer than the service allows by default.
_SECONDS: Final = 60


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--update", required=True)
    parser.add_argument("--auth-file")
    parser.add_argument("--triples", type=int, default=2_000_000)
    given = parser.parse_args()
    release = _release(given.folder, given.triples)
    auth = ["--auth-file", given.auth_file] if given.auth_file else []
    start = time.monotonic()
    load = [GLOCAL, "load", "--to", given.address, "--update", given.update, *auth]
    subprocess.run([*load, "--release", str(release)], check=True)
    sys.stdout.write(f"loaded and counted in {time.monotonic() - start:.0f} s\n\n")
    limits = {"max_query_seconds": _SECONDS, "max_store_seconds": _SECONDS, "cache_mebibytes": 0}
    queries = GOVERNANCE.draw(Store.read_only(str(release / STORE_FOLDER)), 1 + _QUERIES_OF_A_KIND)
    with (
        glocal(release, **limits) as embedded,
        glocal(release, store=given.address, **limits) as served,
    ):
        _compare(queries, [embedded.port, served.port])


def _release(folder: Path, triples: int) -> Path:
    """Return the release in this folder, and make it if it is not there."""
    facts, derived, release = (folder / name for name in ("facts.nt", "derived.nt", "release"))
    if not release.exists():
        governance.write(triples, folder)
        command = [GLOCAL, "reason", str(facts), "--ontology", str(governance.ONTOLOGY)]
        subprocess.run([*command, "--out", str(derived)], check=True, capture_output=True)
        files = (parse(path=str(each), format=RdfFormat.N_TRIPLES) for each in (facts, derived))
        write_release(chain.from_iterable(files), {"version": "1.0.0"}, release)
    return release


def _compare(queries: list[str], ports: list[int]) -> None:
    """Print a row for each kind; the first query of each is not timed."""
    kinds, wrong = [*GOVERNANCE.templates], 0
    sys.stdout.write("| kind | rows | embedded | on the server |\n| --- | --- | --- | --- |\n")
    with httpx2.Client(timeout=2 * _SECONDS) as client:
        for index, kind in enumerate(kinds):
            times: list[list[float]] = [[] for _ in ports]
            rows = 0
            for query in queries[index :: len(kinds)]:
                answers = []
                for port, own in zip(ports, times, strict=True):
                    start = time.perf_counter()
                    answers.append(_ask(client, port, query))
                    own.append(1000 * (time.perf_counter() - start))
                rows += len(answers[0])
                if answers[0] != answers[1]:
                    wrong += 1
                    sys.stdout.write(f"DIFFERENT: {query}\n")
            cells = " | ".join(f"{statistics.median(own[1:]):.1f}" for own in times)
            sys.stdout.write(f"| {kind} | {rows:,} | {cells} |\n")
    sys.stdout.write(f"\n{len(queries)} queries, of which {wrong} have different answers\n")
    if wrong:
        sys.exit(1)


def _ask(client: httpx2.Client, port: int, query: str) -> list[Any]:
    """Return the rows of an answer, in their order if the query has one, or its triples."""
    accept = TRIPLES if is_graph(query) else ROWS
    address = f"http://127.0.0.1:{port}/sparql"
    answer = client.post(address, data={"query": query}, headers={"Accept": accept})
    answer.raise_for_status()
    if is_graph(query):
        graph = Dataset(parse(answer.content, format=RdfFormat.TURTLE))
        graph.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        return sorted(graph, key=str)
    results = answer.json()
    if "boolean" in results:
        return [results["boolean"]]
    rows = [json.dumps(row, sort_keys=True) for row in results["results"]["bindings"]]
    return rows if "ORDER BY" in query else sorted(rows)


if __name__ == "__main__":
    main()
