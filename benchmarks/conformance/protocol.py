"""Run the W3C's tests of the SPARQL protocols against a service.

    .venv/bin/python benchmarks/conformance/protocol.py FOLDER [--sparql ADDRESS --graphs ADDRESS]
        [--update ADDRESS] [--token TOKEN] [--writable] [--earl FILE]

FOLDER is `sparql/sparql11` in a checkout of https://github.com/w3c/rdf-tests: the suites are
`protocol`, `service-description` and `graph-store-protocol`, which replaces `http-rdf-update`.
Without addresses, the script starts a service over the named graphs that the tests need, or with
`--writable` an empty scratch store. Tests that change the store run only with `--writable`;
otherwise they are listed as not run. The exit code is 1 if a test fails.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, parse

from benchmarks.conformance.earl import earl
from benchmarks.conformance.exchange import Addresses, clear, put, run
from benchmarks.conformance.http_tests import HttpTest, read_http_tests
from benchmarks.conformance.scratch import TOKEN, serving, serving_scratch
from benchmarks.conformance.service_description import DESCRIPTION_TESTS

_NEEDS_UPDATES: Final = "needs updates"
_SUITES: Final = ("protocol", "service-description", "graph-store-protocol")
Outcomes = Mapping[HttpTest, Sequence[str]]


def run_suite(
    tests: Sequence[HttpTest], addresses: Addresses, *, is_writable: bool
) -> dict[HttpTest, list[str]]:
    """Run tests and return the errors of each; `needs updates` means that a test was not run."""
    outcomes = {}
    for test in tests:
        if test.name in DESCRIPTION_TESTS:
            outcomes[test] = DESCRIPTION_TESTS[test.name](addresses.sparql)
        elif test.needs_updates and not is_writable:
            outcomes[test] = [_NEEDS_UPDATES]
        else:
            if is_writable:
                clear(test, addresses)
                for name, path in test.graphs.items():
                    put(path, name, addresses)
            outcomes[test] = run(test, addresses)
    return outcomes


def summary(outcomes_by_suite: Mapping[str, Outcomes]) -> str:
    """Return the numbers of passed, failed and unrun tests by suite as Markdown, and the errors."""
    lines = [f"| suite | tests | passed | failed | {_NEEDS_UPDATES} |"]
    lines.append("| --- | --- | --- | --- | --- |")
    for suite, outcomes in outcomes_by_suite.items():
        passed = sum(not errors for errors in outcomes.values())
        skipped = sum(errors == [_NEEDS_UPDATES] for errors in outcomes.values())
        failed = len(outcomes) - passed - skipped
        lines.append(f"| {suite} | {len(outcomes)} | {passed} | {failed} | {skipped} |")
    lines.append("")
    for outcomes in outcomes_by_suite.values():
        lines += [
            f"- {test.name}: {error}" for test, errors in outcomes.items() for error in errors
        ]
    return "\n".join(lines)


@contextmanager
def _addresses(options: argparse.Namespace, tests: Sequence[HttpTest]) -> Iterator[Addresses]:
    if options.sparql:
        update = options.update or options.sparql
        yield Addresses(options.sparql, update, options.graphs, options.token)
        return
    if options.writable:
        with serving_scratch() as address:
            yield Addresses(f"{address}/sparql", f"{address}/sparql", f"{address}/graphs", TOKEN)
        return
    graphs = {name: path for test in tests for name, path in test.graphs.items()}
    with serving(quad for name, path in graphs.items() for quad in _read(path, name)) as address:
        yield Addresses(f"{address}/sparql", f"{address}/sparql", f"{address}/graphs")


def _read(path: Path, name: str) -> Iterator[Quad]:
    for quad in parse(path=path, base_iri=name):
        yield Quad(quad.subject, quad.predicate, quad.object, NamedNode(name))


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL protocol tests.")
    parser.add_argument("folder", type=Path, help="sparql/sparql11 in a checkout of rdf-tests")
    parser.add_argument("--sparql", help="SPARQL endpoint of a running service")
    parser.add_argument("--update", help="endpoint for updates, if it is different")
    parser.add_argument("--graphs", help="graph store of the running service")
    parser.add_argument("--token", default="", help="bearer token for the running service")
    parser.add_argument(
        "--writable", action="store_true", help="also run tests that change the store"
    )
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    if bool(options.sparql) != bool(options.graphs):
        parser.error("expected both --sparql and --graphs, or neither")
    suites = {name: read_http_tests(options.folder / name / "manifest.ttl") for name in _SUITES}
    with _addresses(options, [test for tests in suites.values() for test in tests]) as addresses:
        outcomes = {
            name: run_suite(tests, addresses, is_writable=options.writable)
            for name, tests in suites.items()
        }
    sys.stdout.write(f"{summary(outcomes)}\n")
    all_outcomes = {
        test: errors for by_test in outcomes.values() for test, errors in by_test.items()
    }
    if options.earl:
        options.earl.write_text(earl(_outcome_by_test(all_outcomes)), encoding="utf-8")
    raise SystemExit(
        int(any(errors not in ([], [_NEEDS_UPDATES]) for errors in all_outcomes.values()))
    )


def _outcome_by_test(outcomes: Outcomes) -> dict[str, tuple[str, str]]:
    return {
        test.iri: ("untested" if errors == [_NEEDS_UPDATES] else "failed", "; ".join(errors))
        if errors
        else ("passed", "")
        for test, errors in outcomes.items()
    }


if __name__ == "__main__":
    main()
