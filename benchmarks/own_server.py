"""Time simple queries on a server and on the embedded store.

    python -m benchmarks.own_server http://127.0.0.1:8890/sparql --release releases/newest

The server holds the release, by `glocal load`. Each line has a query, and the median in
milliseconds of 11 runs, after a first one whose time is in parentheses, on each store.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from operator import methodcaller
from pathlib import Path
from typing import Any, Final

from kg.namespaces import PREFIXES, expand
from kg.remote.client import SparqlServer
from kg.remote.store import RemoteStore
from kg.store.quad_store import Store, serialize_results
from kg.store.saved_queries import read_queries

_RUNS: Final = 11
_SAVED: Final = "members-of-a-network"
# By how they are answered on Virtuoso.
_QUERIES: Final = {
    "ASK by IRI": "ASK { id:London a glocal:City }",
    "sent": "SELECT ?s { ?s a glocal:City ; glocal:memberOf id:C40 }",
    "here, 400 triples": 'SELECT ?s { ?s a glocal:City ; rdfs:label ?l FILTER(REGEX(?l, "^L")) }',
    "put in order here, 20,000 rows": "SELECT ?s ?l { ?s rdfs:label ?l } ORDER BY ?l LIMIT 10",
    "here, 35,000 triples": "SELECT (MAX(?o) AS ?most) { ?s ?p ?o }",
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("--release", type=Path)
    given = parser.parse_args()
    embedded = Store.open(given.release)
    remote = RemoteStore.connect(SparqlServer(given.address, 60), given.release)
    declared = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
    saved = read_queries()[_SAVED]
    values = {name: parameter.example for name, parameter in saved.parameters.items()}
    bound = saved.bind(values, lambda value, _: expand(value))
    runs: dict[str, Callable[[Store], Any]] = {
        name: methodcaller("query", declared + text) for name, text in _QUERIES.items()
    }
    runs[f"saved: {_SAVED}"] = lambda store: saved.run(store, bound)
    sys.stdout.write(f"| query | embedded | {given.address} |\n")
    for name, run in runs.items():
        sys.stdout.write(f"| {name} | {_time(run, embedded)} | {_time(run, remote)} |\n")
        sys.stdout.flush()
    remote.close()


def _time(run: Callable[[Store], Any], store: Store) -> str:
    times = []
    for _ in range(_RUNS + 1):
        start = time.perf_counter()
        len(serialize_results(run(store), "json"))
        times.append((time.perf_counter() - start) * 1000)
    return f"{statistics.median(times[1:]):.1f} ({times[0]:.0f})"


if __name__ == "__main__":
    main()
