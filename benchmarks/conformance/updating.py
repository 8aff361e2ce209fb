"""How many of the W3C's tests of SPARQL Update a scratch store passes, over HTTP.

    .venv/bin/python benchmarks/conformance/updating.py FOLDER [--earl FILE]

FOLDER is `sparql` in a checkout of https://github.com/w3c/rdf-tests. Each test's data are put into
an empty scratch store, its update is sent byte by byte, and all its graphs are fetched. Exit code
1 if a test fails that `failures.py` gives no reason for, or passes that it does.
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
_QUADS: Final = "application/n-quads; version=1.2"
# What is well-formed may still be refused, as LOAD is, or impossible, as CLEAR of no graph is.
_IS_READ: Final = frozenset({200, 204, 403, 409})


class Store(ScratchClient):
    """The scratch store under test."""

    def put(self, state: State) -> None:
        """Let this be all there is."""
        quads = serialize(state.quads, format=RdfFormat.N_QUADS) or b""
        self._done("PUT", "/graphs", "application/n-quads", quads)
        for name in state.graphs - {str(quad.graph_name)[1:-1] for quad in state.quads}:
            self._done("PUT", f"/graphs?graph={quote(name, safe='')}", "application/n-quads", b"")

    def update(self, text: bytes) -> tuple[int, str]:
        """The status that an update is answered by, and what is said of it."""
        status, body = self.send("POST", "/sparql", "application/sparql-update", text)
        return status, body.decode()

    def holds(self, state: State) -> bool:
        """Whether it has these quads and no others, whatever its blank nodes are called.

        Graphs that are empty are nothing, as SPARQL 1.1 Update lets them be.
        """
        status, body = self.send("GET", "/graphs", "", b"", accept=_QUADS)
        found = Dataset(parse(body, format=RdfFormat.N_QUADS))
        expected = Dataset(state.quads)
        for one in (found, expected):
            one.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
        return status == 200 and found == expected

    def _done(self, method: str, path: str, media_type: str, body: bytes) -> None:
        status, said = self.send(method, path, media_type, body)
        if status not in (201, 204):
            raise SystemExit(f"{method} {path} is answered by {status}: {said.decode()}")


def run(test: UpdateTest, store: Store) -> str:
    """What is wrong with what becomes of a test's update; nothing if it is passed."""
    store.put(test.before or State((), frozenset()))
    status, said = store.update(test.update.read_bytes())
    if test.after is None:
        is_read = status in _IS_READ
        is_as_it_should = is_read if "Positive" in test.kind else status == 400
        return "" if is_as_it_should else f"{status}: {said}"
    if status != 204:
        return f"{status}: {said}"
    return "" if store.holds(test.after) else "another state"


def summary(outcomes_by_suite: Mapping[str, Mapping[UpdateTest, str]]) -> str:
    """How many passed and failed, by suite, as Markdown; then what is wrong."""
    lines = ["| suite | tests | evaluation | syntax | failed |", "| --- | --- | --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        evaluated = sum(not one for test, one in outcomes.items() if test.after is not None)
        passed = sum(not one for one in outcomes.values())
        row = (suite, len(outcomes), evaluated, passed - evaluated, len(outcomes) - passed)
        lines.append(f"| {' | '.join(map(str, row))} |")
    for name, wrong in _failed(outcomes_by_suite).items():
        reason = UPDATE_REASONS.get(name, "**no reason is known**")
        lines.append(f"\n- {name}: {wrong}: {reason}")
    return "\n".join(lines)


def _failed(outcomes_by_suite: Mapping[str, Mapping[UpdateTest, str]]) -> dict[str, str]:
    every = {
        test.name: wrong for each in outcomes_by_suite.values() for test, wrong in each.items()
    }
    return {name: wrong for name, wrong in every.items() if wrong}


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL update tests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--earl", type=Path, help="gets the outcomes as a Turtle file")
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
        said = {
            test.iri: ("failed" if wrong else "passed", wrong)
            for each in outcomes.values()
            for test, wrong in each.items()
        }
        options.earl.write_text(earl(said), encoding="utf-8")
    raise SystemExit(int(set(_failed(outcomes)) != set(UPDATE_REASONS)))


if __name__ == "__main__":
    main()
