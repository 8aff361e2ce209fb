"""JSON-LD documents, kept and made anew, beside bare Starlette with the same bytes.

    .venv/bin/python benchmarks/documents.py [--release DIR] [--seconds 2]

Prints two tables: rates of a kept document and of its 304, then how long documents take that are
kept by nobody. Takes a minute.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.kept import bare, first_answer
from benchmarks.load import get, in_turn
from benchmarks.servers import Server, a_release, glocal

_KEPT: Final = "/data/id/London.jsonld"
# Of 50, and of 500 triples.
_MADE: Final = {
    "an observation": "/data/id/obs-London-IndCityGDP-2014.jsonld",
    "a city": "/data/id/London.jsonld",
}
_FORMS: Final = ("compacted", "expanded", "flattened", "framed")
_ACCEPT: Final = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#{}"'
_CLIENTS: Final = (1, 8, 64)
_ROUNDS: Final = 3


def main() -> None:
    """Measure, and print each line as soon as it is there."""
    parser = argparse.ArgumentParser(description="Measure JSON-LD documents.")
    parser.add_argument("--release", type=Path, help="the paper's; else it is built")
    parser.add_argument("--seconds", type=float, default=2, help="of one load")
    chosen = parser.parse_args()
    with a_release(chosen.release) as release:
        for line in (*_of_kept(release, chosen.seconds), "", *_of_made(release, chosen.seconds)):
            print(line, flush=True)  # noqa: T201


def _of_kept(release: Path, seconds: float) -> Iterator[str]:
    yield "| what | clients | bare Starlette, requests/s | Glocal, requests/s | ratio | to reach |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with glocal(release, log_requests=False) as service:
        body, tag = first_answer(service, _KEPT)
        plain, held = get(_KEPT), get(_KEPT, If_None_Match=tag)
        for name, request, status, least in (
            ("document", plain, 200, 0.8),
            ("304", held, 304, 0.9),
        ):
            with bare(body, status, "application/ld+json") as beside:
                for clients in _CLIENTS:
                    loads = [(one.port, [request]) for one in (beside, service)]
                    first, ours = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
                    yield (
                        f"| {name}, kept | {clients} | {first.rate:,.0f} | {ours.rate:,.0f} "
                        f"| {ours.rate / first.rate:.2f} | ≥ {least} |"
                    )


def _of_made(release: Path, seconds: float) -> Iterator[str]:
    yield "| made anew | triples | form | median, ms |"
    yield "| --- | --- | --- | --- |"
    with glocal(release, log_requests=False, cache_mebibytes=0) as service:
        for name, target in _MADE.items():
            triples = _triples(service, target)
            for form in _FORMS:
                request = get(target, Accept=_ACCEPT.format(form))
                [found] = in_turn(
                    [(service.port, [request])], clients=1, seconds=seconds, rounds=_ROUNDS
                )
                yield f"| {name} | {triples} | {form} | {found.p50_seconds * 1000:.2f} |"


def _triples(service: Server, target: str) -> int:
    """How many triples the document has."""
    lines, _ = first_answer(service, target.replace(".jsonld", ".nt"))
    return len(lines.splitlines())


if __name__ == "__main__":
    main()
