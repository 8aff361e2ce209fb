"""Run the W3C's tests of SPARQL Update against a scratch store, over HTTP.

    .venv/bin/python benchmarks/conformance/updating.py FOLDER [--earl FILE]

FOLDER is `sparql` in a checkout of https://github.com/w3c/rdf-tests. For each test, the runner puts
the data into an empty scratch store, sends the update unchanged and fetches all graphs. The exit
code is 1 unless the failed tests are exactly those in `failures.py`.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse, serialize

from benchmarks.conformance.earl import earl
from benchmarks.conformance.failures import UPDATE_REASONS
from benchmarks.conformance.scratch import ScratchClient, serving_scratch
from benchmarks.conformance.update_tests import State, UpdateTest, read_update_tests

SUITES: Final = {
    "SPARQL 1.1 update": "sparql11/manifest-sparql11-update.ttl",
    "SPARQL 1.2 update": "sparql12/manifest.ttl",
}
# A well-formed update may still be refused, such as LOAD, or impossible, such as CLEAR of an
# unknown graph.
_WELL_FORMED: Final = frozenset({200, 204, 403, 409})


class Store(ScratchClient):
    """The scratch store under test."""

    def put(self, state: State) -> None:
        """Replace the content of the store by this state."""
        quads = serialize(state.quads, format=RdfFormat.N_QUADS) or b""
        self._send_expecting_success("PUT", "/graphs", "application/n-quads", quads)
        for name in state.graphs - {str(quad.graph_name)[1:-1] for quad in state.quads}:
            path = f"/graphs?graph={quote(name, safe='')}"
            self._send_expecting_success("PUT", path, "application/n-quads", b"")

    def update(self, text: bytes) -> tuple[int, str]:
        """Send an update and return the status and the body of the response."""
        status, body = self.send("POST", "/sparql", "application/sparql-update", text)
        return status, body.decode()

    def holds(self, state: State) -> bool:
        """Return whether the store has exactly these quads, up to names of blank nodes.

        Empty graphs are ignored, as SPARQL 1.1 Update allows.
        """
        status, body = self.send("GET", "/graphs", "", b"", accept="application/n-quads")
        actual = Dataset(parse(body, format=RdfFormat.N_QUADS))
        expected = Dataset(state.quads)
        for dataset in (actual, expected):
            dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        return status == 200 and actual == expected

    def _send_expecting_success(self, method: str, path: str, media_type: str, body: bytes) -> None:
        status, response = self.send(method, path, media_type, body)
        if status not in (201, 204):
            message = f"{method} {path}: status {status}, expected 201 or 204: {response.decode()}"
            raise SystemExit(message)


def run(test: UpdateTest, store: Store) -> str:
    """Run a test and return what is wrong; an empty string if it passes."""
    store.put(test.before or State((), frozenset()))
    status, response = store.update(test.update.read_bytes())
    if test.after is None:
        is_positive = "Positive" in test.kind
        is_expected = status in _WELL_FORMED if is_positive else status == 400
        return "" if is_expected else f"status {status}: {response}"
    if status != 204:
        return f"status {status}, expected 204: {response}"
    return "" if store.holds(test.after) else "unexpected state"


def summary(outcomes_by_suite: Mapping[str, Mapping[UpdateTest, str]]) -> str:
    """Return the numbers of passed and failed tests by suite as Markdown, then the errors."""
    lines = ["| suite | tests | evaluation | syntax | failed |", "| --- | --- | --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        evaluated = sum(not error for test, error in outcomes.items() if test.after is not None)
        passed = sum(not error for error in outcomes.values())
        row = (suite, len(outcomes), evaluated, passed - evaluated, len(outcomes) - passed)
        lines.append(f"| {' | '.join(map(str, row))} |")
    for name, error in _failed(outcomes_by_suite).items():
        reason = UPDATE_REASONS.get(name, "**no known reason**")
        lines.append(f"\n- {name}: {error}: {reason}")
    return "\n".join(lines)


def _failed(outcomes_by_suite: Mapping[str, Mapping[UpdateTest, str]]) -> dict[str, str]:
    return {
        test.name: error
        for outcomes in outcomes_by_suite.values()
        for test, error in outcomes.items()
        if error
    }


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL update tests.")
    parser.add_argument("folder", type=Path, help="sparql in a checkout of rdf-tests")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    folder = options.folder.resolve()
    suites = {suite: read_update_tests(folder / path) for suite, path in SUITES.items()}
    with serving_scratch() as address:
        store = Store(address)
        outcomes = {
            suite: {test: run(test, store) for test in tests} for suite, tests in suites.items()
        }
    sys.stdout.write(f"{summary(outcomes)}\n")
    if options.earl:
        by_test = {
            test.iri: ("failed" if error else "passed", error)
            for in_suite in outcomes.values()
            for test, error in in_suite.items()
        }
        options.earl.write_text(earl(by_test), encoding="utf-8")
    raise SystemExit(int(set(_failed(outcomes)) != set(UPDATE_REASONS)))


if __name__ == "__main__":
    main()
