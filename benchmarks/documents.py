"""Measure JSON-LD documents, cached and uncached, and compare with bare Starlette.

    .venv/bin/python benchmarks/documents.py [--release DIR] [--seconds 2]

Prints two tables: the request rates of a cached document and of its 304, compared with a bare
Starlette application that returns the same bytes; then the response times of documents with the
cache off. Takes a minute.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.kept import bare, first_answer
from benchmarks.load import get, in_turn
from benchmarks.servers import Server, a_release, glocal

_CACHED: Final = "/data/id/London.jsonld"
# About 50 and 500 triples.
_UNCACHED: Final = {
    "an observation": "/data/id/obs-London-IndCityGDP-2014.jsonld",
    "a city": "/data/id/London.jsonld",
}
_FORMS: Final = ("compacted", "expanded", "flattened", "framed")
_ACCEPT: Final = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#{}"'
_CLIENTS: Final = (1, 8, 64)
_ROUNDS: Final = 3


def main() -> None:
    """Measure, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(description="Measure JSON-LD documents.")
    parser.add_argument(
        "--release", type=Path, help="folder of the paper's release; by default it is built"
    )
    parser.add_argument("--seconds", type=float, default=2, help="length of one load")
    options = parser.parse_args()
    with a_release(options.release) as release:
        cached = _measure_cached(release, options.seconds)
        for line in (*cached, "", *_measure_uncached(release, options.seconds)):
            print(line, flush=True)  # noqa: T201


def _measure_cached(release: Path, seconds: float) -> Iterator[str]:
    yield "| response | clients | Starlette, requests/s | Glocal, requests/s | ratio | target |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with glocal(release, log_requests=False) as service:
        body, tag = first_answer(service, _CACHED)
        plain, conditional = get(_CACHED), get(_CACHED, If_None_Match=tag)
        for name, request, status, min_ratio in (
            ("document", plain, 200, 0.8),
            ("304", conditional, 304, 0.9),
        ):
            with bare(body, status, "application/ld+json") as starlette:
                for clients in _CLIENTS:
                    loads = [(server.port, [request]) for server in (starlette, service)]
                    theirs, ours = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
                    yield (
                        f"| {name}, cached | {clients} | {theirs.rate:,.0f} | {ours.rate:,.0f} "
                        f"| {ours.rate / theirs.rate:.2f} | ≥ {min_ratio} |"
                    )


def _measure_uncached(release: Path, seconds: float) -> Iterator[str]:
    yield "| uncached | triples | form | median, ms |"
    yield "| --- | --- | --- | --- |"
    with glocal(release, log_requests=False, cache_mebibytes=0) as service:
        for name, target in _UNCACHED.items():
            triples = _count_triples(service, target)
            for form in _FORMS:
                request = get(target, Accept=_ACCEPT.format(form))
                [load] = in_turn(
                    [(service.port, [request])], clients=1, seconds=seconds, rounds=_ROUNDS
                )
                yield f"| {name} | {triples} | {form} | {load.p50_seconds * 1000:.2f} |"


def _count_triples(service: Server, target: str) -> int:
    """Count the triples of the document."""
    lines, _ = first_answer(service, target.replace(".jsonld", ".nt"))
    return len(lines.splitlines())


if __name__ == "__main__":
    main()
