"""How many of the W3C's tests of federated query the service passes.

    .venv/bin/python benchmarks/conformance/federation.py FOLDER [--earl FILE]

FOLDER is `sparql/sparql11` in a checkout of https://github.com/w3c/rdf-tests: the suites are
`service` and `syntax-fed`. Each endpoint of a test is a service of our own on loopback, allowed
by its address. Its name in the manifest, which nobody can dial, is written as that address in
query and data, and back in the answer. An endpoint without data is a port where nobody listens,
in a test of syntax an empty service. Exit code 1 if a test fails.
"""

import argparse
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pyoxigraph
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, parse_query_results

from benchmarks.conformance.answers import answer, read_answer
from benchmarks.conformance.earl import earl
from benchmarks.conformance.query_tests import QueryTest, read_query_tests
from benchmarks.conformance.scratch import serving
from kg.store.service_blocks import Names, read_blocks
from service.settings import Settings

SUITES: Final = ("service", "syntax-fed")
_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True)
class Endpoints:
    """Where the endpoints that a test names are: a socket for each, not yet listening."""

    places: Mapping[str, socket.socket]

    def __getitem__(self, name: str) -> str:
        """The address of the endpoint of this name."""
        return f"{self._origin(name)}/sparql"

    @property
    def settings(self) -> Settings:
        """Those of a service that may ask them all, the one of a variable too."""
        origins = tuple(map(self._origin, self.places))
        return Settings(services=origins, services_by_variable=True)

    def renamed(self, quad: Quad) -> Quad:
        """A quad that names addresses."""
        end = quad.object
        if isinstance(end, NamedNode) and end.value in self.places:
            end = NamedNode(self[end.value])
        return Quad(quad.subject, quad.predicate, end)

    def query(self, text: str, base_iri: str) -> str:
        """A query that asks addresses."""
        names, written = Names.of(text, base_iri), text
        for block in reversed(read_blocks(text)):
            start = block.endpoint.offset
            if block.variable is None:
                address = self[names.iri(text, block.endpoint)]
                end = start + len(block.endpoint.text)
                written = f"{written[:start]}<{address}>{written[end:]}"
        return written

    def named(self, results: bytes) -> bytes:
        """Results that name the endpoints again."""
        for name in self.places:
            results = results.replace(self[name].encode(), name.encode())
        return results

    def _origin(self, name: str) -> str:
        return f"http://127.0.0.1:{self.places[name].getsockname()[1]}"


def run(test: QueryTest) -> str:
    """What is wrong with what becomes of a test's query; nothing if it is passed."""
    text, base_iri = test.query.read_text("utf-8"), test.query.as_uri()
    with ExitStack() as running:
        names = _names(test, text, base_iri)
        endpoints = Endpoints({name: running.enter_context(_place()) for name in names})
        for name, place in endpoints.places.items():
            if name in test.services or test.result is None:
                served = _read(test.services[name], endpoints) if test.services else ()
                running.enter_context(serving(served, endpoints.settings, place))
        ours = [quad for path in test.data for quad in _read(path, endpoints)]
        address = running.enter_context(serving(ours, endpoints.settings))
        try:
            results = _asked(f"{address}/sparql", endpoints.query(text, base_iri))
        except HTTPError as error:
            return f"{error.code}: {error.read().decode()}"
        if test.result is None:
            return ""
        found = parse_query_results(endpoints.named(results), format=QueryResultsFormat.JSON)
        return "" if answer(found) == read_answer(test.result) else "another answer"


def _names(test: QueryTest, text: str, base_iri: str) -> set[str]:
    """The endpoints that the manifest, the query or, for a variable, the data may name."""
    names = Names.of(text, base_iri)
    blocks = [block for block in read_blocks(text) if block.variable is None]
    return {*test.services, *(names.iri(text, block.endpoint) for block in blocks)}


def _place() -> socket.socket:
    place = socket.socket()
    place.bind(("127.0.0.1", 0))
    return place


def _read(path: Path, endpoints: Endpoints) -> Iterator[Quad]:
    return map(endpoints.renamed, pyoxigraph.parse(path=path, base_iri=path.as_uri()))


def _asked(address: str, query: str) -> bytes:
    headers = {"Accept": "application/sparql-results+json"}
    request = Request(address, urlencode({"query": query}).encode(), headers)
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        return bytes(response.read())


def summary(outcomes_by_suite: Mapping[str, Mapping[QueryTest, str]]) -> str:
    """How many passed, by suite, as Markdown; then what is wrong."""
    lines = ["| suite | tests | passed |", "| --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        passed = sum(not wrong for wrong in outcomes.values())
        lines.append(f"| {suite} | {len(outcomes)} | {passed} |")
    for outcomes in outcomes_by_suite.values():
        lines += [f"\n- {test.name}: {wrong}" for test, wrong in outcomes.items() if wrong]
    return "\n".join(lines)


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="Run the W3C's tests of federated query.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--earl", type=Path, help="gets the outcomes as a Turtle file")
    options = parser.parse_args()
    suites = {name: read_query_tests(options.folder / name / "manifest.ttl") for name in SUITES}
    outcomes = {name: {test: run(test) for test in tests} for name, tests in suites.items()}
    sys.stdout.write(f"{summary(outcomes)}\n")
    every = {test: wrong for each in outcomes.values() for test, wrong in each.items()}
    if options.earl:
        by_test = {
            test.iri: ("failed" if wrong else "passed", wrong) for test, wrong in every.items()
        }
        options.earl.write_text(earl(by_test), encoding="utf-8")
    raise SystemExit(int(any(every.values())))


if __name__ == "__main__":
    main()
