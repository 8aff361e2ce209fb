"""Run the W3C's tests of federated query against the service.

    .venv/bin/python benchmarks/conformance/federation.py FOLDER [--earl FILE]

FOLDER is `sparql/sparql11` in a checkout of https://github.com/w3c/rdf-tests: the suites are
`service` and `syntax-fed`. Each endpoint of a test is a Glocal service on loopback, allowed by its
address. Its name in the manifest cannot be reached, so the runner replaces it by the address in
query and data, and back in the results. An endpoint without data is a port where nobody listens, or
in a syntax test an empty service. The exit code is 1 if a test fails.
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
from kg.sparql.query import Query
from service.settings import Settings

SUITES: Final = ("service", "syntax-fed")
_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of a test: for each name, a bound socket that does not listen yet."""

    sockets: Mapping[str, socket.socket]

    def __getitem__(self, name: str) -> str:
        """Return the address of the endpoint with this name."""
        return f"{self._origin(name)}/sparql"

    @property
    def settings(self) -> Settings:
        """The settings of a service that may query all endpoints, also through a variable."""
        origins = tuple(map(self._origin, self.sockets))
        return Settings(services=origins, services_by_variable=True)

    def renamed(self, quad: Quad) -> Quad:
        """Replace an endpoint's name in the object position by its address."""
        term = quad.object
        if isinstance(term, NamedNode) and term.value in self.sockets:
            term = NamedNode(self[term.value])
        return Quad(quad.subject, quad.predicate, term)

    def query(self, text: str, base_iri: str) -> str:
        """Replace the names of endpoints in a query by their addresses."""
        query, rewritten = Query(text, base_iri), text
        for block in reversed(query.services):
            start = block.endpoint.offset
            if block.variable is None:
                address = self[query.resolve(block.endpoint)]
                end = start + len(block.endpoint.text)
                rewritten = f"{rewritten[:start]}<{address}>{rewritten[end:]}"
        return rewritten

    def named(self, results: bytes) -> bytes:
        """Replace addresses in results by the names of the endpoints."""
        for name in self.sockets:
            results = results.replace(self[name].encode(), name.encode())
        return results

    def _origin(self, name: str) -> str:
        return f"http://127.0.0.1:{self.sockets[name].getsockname()[1]}"


def run(test: QueryTest) -> str:
    """Run a test and return what is wrong; an empty string if it passes."""
    text, base_iri = test.query.read_text("utf-8"), test.query.as_uri()
    with ExitStack() as running:
        names = _names(test, text, base_iri)
        endpoints = Endpoints({name: running.enter_context(_bound_socket()) for name in names})
        for name, endpoint_socket in endpoints.sockets.items():
            if name in test.services or test.result is None:
                quads = _read(test.services[name], endpoints) if test.services else ()
                running.enter_context(serving(quads, endpoints.settings, endpoint_socket))
        local_quads = [quad for path in test.data for quad in _read(path, endpoints)]
        address = running.enter_context(serving(local_quads, endpoints.settings))
        try:
            results = _query(f"{address}/sparql", endpoints.query(text, base_iri))
        except HTTPError as error:
            return f"{error.code}: {error.read().decode()}"
        if test.result is None:
            return ""
        actual = parse_query_results(endpoints.named(results), format=QueryResultsFormat.JSON)
        return "" if answer(actual) == read_answer(test.result) else "unexpected answer"


def _names(test: QueryTest, text: str, base_iri: str) -> set[str]:
    """Return the names of the endpoints in the manifest and in the query."""
    query = Query(text, base_iri)
    blocks = [block for block in query.services if block.variable is None]
    return {*test.services, *(query.resolve(block.endpoint) for block in blocks)}


def _bound_socket() -> socket.socket:
    endpoint_socket = socket.socket()
    endpoint_socket.bind(("127.0.0.1", 0))
    return endpoint_socket


def _read(path: Path, endpoints: Endpoints) -> Iterator[Quad]:
    return map(endpoints.renamed, pyoxigraph.parse(path=path, base_iri=path.as_uri()))


def _query(address: str, query: str) -> bytes:
    headers = {"Accept": "application/sparql-results+json"}
    request = Request(address, urlencode({"query": query}).encode(), headers)
    with urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        return bytes(response.read())


def summary(outcomes_by_suite: Mapping[str, Mapping[QueryTest, str]]) -> str:
    """Return the numbers of passed tests by suite as Markdown, then the errors."""
    lines = ["| suite | tests | passed |", "| --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        passed = sum(not error for error in outcomes.values())
        lines.append(f"| {suite} | {len(outcomes)} | {passed} |")
    for outcomes in outcomes_by_suite.values():
        lines += [f"\n- {test.name}: {error}" for test, error in outcomes.items() if error]
    return "\n".join(lines)


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's tests of federated query.")
    parser.add_argument("folder", type=Path, help="sparql/sparql11 in a checkout of rdf-tests")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    suites = {name: read_query_tests(options.folder / name / "manifest.ttl") for name in SUITES}
    outcomes = {name: {test: run(test) for test in tests} for name, tests in suites.items()}
    sys.stdout.write(f"{summary(outcomes)}\n")
    errors = {test: error for by_test in outcomes.values() for test, error in by_test.items()}
    if options.earl:
        by_test = {
            test.iri: ("failed" if error else "passed", error) for test, error in errors.items()
        }
        options.earl.write_text(earl(by_test), encoding="utf-8")
    raise SystemExit(int(any(errors.values())))


if __name__ == "__main__":
    main()
