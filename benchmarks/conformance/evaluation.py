"""Run the W3C's tests of the SPARQL query language and its results against our store.

    .venv/bin/python benchmarks/conformance/evaluation.py FOLDER [--scratch] [--earl FILE]

FOLDER is `sparql` in a checkout of https://github.com/w3c/rdf-tests. The tests use the same store
as the service, so queries that our own checks refuse fail too. With `--scratch` they run over HTTP:
the runner puts the data of each test into an empty scratch store, and sends the query without
naming a version of RDF or SPARQL. Tests of Update and of federation are listed as not run. The exit
code is 1 unless the failed tests are exactly those in `failures.py`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, RdfFormat, parse, parse_query_results

from benchmarks.conformance.answers import Answer, answer, canonical, csv_answer, read_answer
from benchmarks.conformance.earl import earl
from benchmarks.conformance.failures import QUERY_REASONS
from benchmarks.conformance.query_tests import QueryTest, read_query_tests
from benchmarks.conformance.scratch import serving_scratch
from benchmarks.conformance.update_tests import State
from benchmarks.conformance.updating import Store as ScratchStore
from kg.errors import KgError, MalformedQuery, RefusedQuery
from kg.store.quad_store import Store, serialize_results

SUITES: Final = {
    "SPARQL 1.1 query": "sparql11/manifest-sparql11-query.ttl",
    "SPARQL 1.1 results": "sparql11/manifest-sparql11-results.ttl",
    "SPARQL 1.2": "sparql12/manifest.ttl",
}
_NOT_RUN: Final = "not run"
_ACCEPTED: Final = "application/sparql-results+json, application/n-triples"
# A query that is not UTF-8 is a malformed parameter.
_MALFORMED: Final = ("/problems/malformed-query", "/problems/malformed-parameter")
Outcomes = Mapping[QueryTest, str]
# Returns the answer to the query of a test; raises KgError.
Ask = Callable[[QueryTest], Answer]


def ask_in_memory(test: QueryTest) -> Answer:
    """Run the query of a test on a store in memory."""
    text = test.query.read_bytes().decode("utf-8")
    results = Store.in_memory(_quads(test)).query(text, base_iri=test.query.as_uri())
    return csv_answer(serialize_results(results, "csv")) if _is_csv(test) else answer(results)


def ask_scratch_store(store: ScratchStore, test: QueryTest) -> Answer:
    """Run the query of a test over HTTP; if it has an answer, the query's base IRI is declared."""
    store.put(State(tuple(_quads(test)), frozenset()))
    base = b"" if test.result is None else f"BASE <{test.query.as_uri()}>\n".encode()
    text, accepted = base + test.query.read_bytes(), "text/csv" if _is_csv(test) else _ACCEPTED
    status, body = store.send("POST", "/sparql", "application/sparql-query", text, accept=accepted)
    if status != 200:
        raise _error_of(json.loads(body))
    if _is_csv(test):
        return csv_answer(body)
    if body.startswith(b"{"):
        return answer(parse_query_results(body, format=QueryResultsFormat.JSON))
    return canonical(parse(body, format=RdfFormat.N_TRIPLES))


def _error_of(problem: Mapping[str, str]) -> KgError:
    if problem["type"] in _MALFORMED:
        return MalformedQuery(problem["detail"])
    if problem["type"] == "/problems/refused-query":
        feature = problem["detail"].partition("because of ")[2].partition(":")[0]
        return RefusedQuery(feature, problem["detail"])
    return KgError(problem["detail"])


def run(test: QueryTest, ask: Ask = ask_in_memory) -> str:
    """Run a test and return what is wrong; an empty string if it passes."""
    if test.is_update or test.is_federated:
        return _NOT_RUN
    if test.result is None:
        return _syntax_error(test, ask)
    try:
        actual = ask(test)
    except KgError as error:
        return str(error)
    return "" if actual == read_answer(test.result) else "unexpected answer"


def _syntax_error(test: QueryTest, ask: Ask) -> str:
    is_negative = "Negative" in test.kind
    try:
        ask(test)
    except (MalformedQuery, UnicodeDecodeError) as error:
        return "" if is_negative else str(error)
    except RefusedQuery as error:
        # The engine reports features it lacks after parsing, so the syntax is accepted; SERVICE is
        # refused before parsing.
        if error.feature == "SERVICE":
            return str(error)
    return "accepted, expected a syntax error" if is_negative else ""


def _is_csv(test: QueryTest) -> bool:
    return test.kind == "CSVResultFormatTest"


def _quads(test: QueryTest) -> Iterator[Quad]:
    for path in test.data:
        yield from _read(path)
    for name, path in test.graphs.items():
        for quad in _read(path):
            yield Quad(quad.subject, quad.predicate, quad.object, NamedNode(name))


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
    parser.add_argument("--scratch", action="store_true", help="run over HTTP")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    folder = options.folder.resolve()
    suites = {name: read_query_tests(folder / path) for name, path in SUITES.items()}
    with _asking(over_http=options.scratch) as ask:
        outcomes = {
            name: {test: run(test, ask) for test in tests} for name, tests in suites.items()
        }
    by_suite = list(outcomes.values())
    sys.stdout.write(summary(outcomes) + "\n\n" + "\n".join(failures(by_suite)) + "\n")
    if options.earl:
        options.earl.write_text(earl(_outcome_by_test(by_suite)), encoding="utf-8")
    raise SystemExit(int(set(_failed(by_suite)) != set(QUERY_REASONS)))


@contextmanager
def _asking(*, over_http: bool) -> Iterator[Ask]:
    if not over_http:
        yield ask_in_memory
        return
    with serving_scratch() as address:
        yield partial(ask_scratch_store, ScratchStore(address))


def _outcome_by_test(outcomes: Sequence[Outcomes]) -> dict[str, tuple[str, str]]:
    others = {"": "passed", _NOT_RUN: "untested"}
    return {
        test.iri: (others.get(error, "failed"), error)
        for by_test in outcomes
        for test, error in by_test.items()
    }


if __name__ == "__main__":
    main()
