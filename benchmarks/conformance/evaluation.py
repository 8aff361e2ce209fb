"""Run the W3C's tests of the SPARQL query language and its results against our store.

    .venv/bin/python benchmarks/conformance/evaluation.py FOLDER [--earl FILE]

FOLDER is `sparql` in a checkout of https://github.com/w3c/rdf-tests. The tests use the same store
as the service, so queries that our own checks refuse fail too. Tests of Update and of federation
are listed as not run. The exit code is 1 unless the failed tests are exactly those in
`failures.py`.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode, Quad

from benchmarks.conformance.answers import answer, csv_answer, read_answer
from benchmarks.conformance.earl import earl
from benchmarks.conformance.failures import QUERY_REASONS
from benchmarks.conformance.query_tests import QueryTest, read_query_tests
from kg.errors import KgError, MalformedQuery, RefusedQuery
from kg.store.quad_store import Results, Store, serialize_results

SUITES: Final = {
    "SPARQL 1.1 query": "sparql11/manifest-sparql11-query.ttl",
    "SPARQL 1.1 results": "sparql11/manifest-sparql11-results.ttl",
    "SPARQL 1.2": "sparql12/manifest.ttl",
}
_NOT_RUN: Final = "not run"
Outcomes = Mapping[QueryTest, str]


def run(test: QueryTest) -> str:
    """Run a test and return what is wrong; an empty string if it passes."""
    if test.is_update or test.is_federated:
        return _NOT_RUN
    if test.result is None:
        return _syntax_error(test)
    try:
        results = _query(test)
        is_csv = test.kind == "CSVResultFormatTest"
        actual = csv_answer(serialize_results(results, "csv")) if is_csv else answer(results)
    except KgError as error:
        return str(error)
    return "" if actual == read_answer(test.result) else "unexpected answer"


def _syntax_error(test: QueryTest) -> str:
    is_negative = "Negative" in test.kind
    try:
        _query(test)
    except (MalformedQuery, UnicodeDecodeError) as error:
        return "" if is_negative else str(error)
    except RefusedQuery as error:
        # The engine reports features it lacks after parsing, so the syntax is accepted; SERVICE is
        # refused before parsing.
        if error.feature == "SERVICE":
            return str(error)
    return "accepted, expected a syntax error" if is_negative else ""


def _query(test: QueryTest) -> Results:
    text = test.query.read_bytes().decode("utf-8")
    return _store(test).query(text, base_iri=test.query.as_uri())


def _store(test: QueryTest) -> Store:
    quads = [quad for path in test.data for quad in _read(path)]
    for name, path in test.graphs.items():
        quads += [
            Quad(quad.subject, quad.predicate, quad.object, NamedNode(name)) for quad in _read(path)
        ]
    return Store.in_memory(quads)


def _read(path: Path) -> Iterator[Quad]:
    return pyoxigraph.parse(path=path, base_iri=path.as_uri())


def summary(outcomes_by_suite: Mapping[str, Outcomes]) -> str:
    """Return the numbers of passed, failed and unrun tests by suite, as a Markdown table."""
    lines = ["| suite | tests | passed | failed | not run |", "| --- | --- | --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        passed = sum(not error for error in outcomes.values())
        not_run = sum(error == _NOT_RUN for error in outcomes.values())
        failed = len(outcomes) - passed - not_run
        lines.append(f"| {suite} | {len(outcomes)} | {passed} | {failed} | {not_run} |")
    return "\n".join(lines)


def failures(outcomes: Sequence[Outcomes]) -> list[str]:
    """Return a Markdown table of the failed tests, each with its error and the reason."""
    lines = ["| failed test | error | reason |", "| --- | --- | --- |"]
    for test, error in _failed(outcomes).items():
        reason = QUERY_REASONS.get(test, "**no known reason**")
        lines.append(f"| {test} | {error} | {reason} |")
    return lines


def _failed(outcomes: Sequence[Outcomes]) -> dict[str, str]:
    errors = {test.name: error for by_test in outcomes for test, error in by_test.items()}
    return {name: error for name, error in errors.items() if error not in ("", _NOT_RUN)}


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL query tests.")
    parser.add_argument("folder", type=Path, help="sparql in a checkout of rdf-tests")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    suites = {name: read_query_tests(options.folder / path) for name, path in SUITES.items()}
    outcomes = {name: {test: run(test) for test in tests} for name, tests in suites.items()}
    by_suite = list(outcomes.values())
    sys.stdout.write(summary(outcomes) + "\n\n" + "\n".join(failures(by_suite)) + "\n")
    if options.earl:
        options.earl.write_text(earl(_outcome_by_test(by_suite)), encoding="utf-8")
    raise SystemExit(int(set(_failed(by_suite)) != set(QUERY_REASONS)))


def _outcome_by_test(outcomes: Sequence[Outcomes]) -> dict[str, tuple[str, str]]:
    others = {"": "passed", _NOT_RUN: "untested"}
    return {
        test.iri: (others.get(error, "failed"), error)
        for by_test in outcomes
        for test, error in by_test.items()
    }


if __name__ == "__main__":
    main()
