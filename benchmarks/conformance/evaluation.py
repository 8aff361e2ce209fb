"""How many of the W3C's tests of the query language and its results our store passes.

    .venv/bin/python benchmarks/conformance/evaluation.py FOLDER [--earl FILE]

FOLDER is `sparql` in a checkout of https://github.com/w3c/rdf-tests. What is asked is the store
that the service asks, so that what our own checks refuse is seen too. Tests of Update and of
federation are listed as not run. Exit code 1 if a test fails that `failures.py` gives no reason
for, or passes that it does.
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
    """What is wrong with what becomes of a test's query; nothing if it is passed."""
    if test.is_update or test.is_federated:
        return _NOT_RUN
    if test.result is None:
        return _wrong_syntax(test)
    try:
        found = _asked(test)
        is_csv = test.kind == "CSVResultFormatTest"
        answered = csv_answer(serialize_results(found, "csv")) if is_csv else answer(found)
    except KgError as error:
        return str(error)
    return "" if answered == read_answer(test.result) else "another answer"


def _wrong_syntax(test: QueryTest) -> str:
    is_bad = "Negative" in test.kind
    try:
        _asked(test)
    except (MalformedQuery, UnicodeDecodeError) as error:
        return "" if is_bad else str(error)
    except RefusedQuery as error:
        # What the engine lacks it says after it has read the query; SERVICE is refused before.
        if error.what == "SERVICE":
            return str(error)
    return "is accepted" if is_bad else ""


def _asked(test: QueryTest) -> Results:
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
    """How many passed, failed and were not run, by suite, as Markdown."""
    lines = ["| suite | tests | passed | failed | not run |", "| --- | --- | --- | --- | --- |"]
    for suite, outcomes in outcomes_by_suite.items():
        passed = sum(not wrong for wrong in outcomes.values())
        not_run = sum(wrong == _NOT_RUN for wrong in outcomes.values())
        failed = len(outcomes) - passed - not_run
        lines.append(f"| {suite} | {len(outcomes)} | {passed} | {failed} | {not_run} |")
    return "\n".join(lines)


def failures(outcomes: Sequence[Outcomes]) -> list[str]:
    """Each failed test with what is wrong and why."""
    lines = ["| not passed | what is wrong | because |", "| --- | --- | --- |"]
    for test, wrong in _failed(outcomes).items():
        reason = QUERY_REASONS.get(test, "**no reason is known**")
        lines.append(f"| {test} | {wrong} | {reason} |")
    return lines


def _failed(outcomes: Sequence[Outcomes]) -> dict[str, str]:
    every = {test.name: wrong for each in outcomes for test, wrong in each.items()}
    return {name: wrong for name, wrong in every.items() if wrong not in ("", _NOT_RUN)}


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL query tests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--earl", type=Path, help="gets the outcomes as a Turtle file")
    options = parser.parse_args()
    suites = {name: read_query_tests(options.folder / path) for name, path in SUITES.items()}
    outcomes = {name: {test: run(test) for test in tests} for name, tests in suites.items()}
    every = list(outcomes.values())
    sys.stdout.write(summary(outcomes) + "\n\n" + "\n".join(failures(every)) + "\n")
    if options.earl:
        options.earl.write_text(earl(_outcome_by_test(every)), encoding="utf-8")
    raise SystemExit(int(set(_failed(every)) != set(QUERY_REASONS)))


def _outcome_by_test(outcomes: Sequence[Outcomes]) -> dict[str, tuple[str, str]]:
    known = {"": "passed", _NOT_RUN: "untested"}
    return {
        test.iri: (known.get(wrong, "failed"), wrong)
        for each in outcomes
        for test, wrong in each.items()
    }


if __name__ == "__main__":
    main()
