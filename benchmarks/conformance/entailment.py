"""Run the W3C's SPARQL 1.1 entailment tests against the reasoner.

    .venv/bin/python benchmarks/conformance/entailment.py FOLDER [--plain] [--earl FILE]

FOLDER is `sparql/sparql11/entailment` in a checkout of https://github.com/w3c/rdf-tests. Each test
runs under each regime it names: the rules of the regime compute the closure of its data, and its
query runs on the closure. A test passes if the result is correct under all of its regimes.
`--plain` runs the queries without reasoning. The exit code is 1 unless the failed tests are exactly
those in `failures.py`.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, parse

from benchmarks.conformance.answers import Answer, answer, read_answer
from benchmarks.conformance.earl import earl
from benchmarks.conformance.failures import REASONS
from benchmarks.conformance.manifest import EntailmentTest, read_manifest
from benchmarks.conformance.regimes import RULES, close

Outcomes = Mapping[EntailmentTest, Mapping[str, bool]]


def run(test: EntailmentTest, regime: str | None) -> bool:
    """Return whether the result is correct under a regime; None means without reasoning."""
    graph = [quad for path in test.data for quad in _read(path)]
    text = test.query.read_text(encoding="utf-8")
    store = Store()
    store.extend(graph)
    if regime:
        store.extend(Quad(*triple) for triple in close(graph, text, regime))
    actual: Answer = answer(store.query(text, base_iri=test.query.as_uri()))
    return actual == read_answer(test.result)


def _read(path: Path) -> Iterator[Quad]:
    return parse(path=path, format=RdfFormat.TURTLE, base_iri=path.as_uri())


def summary(outcomes: Outcomes) -> str:
    """Return the numbers of passed tests by regime and in total, as a Markdown table."""
    lines = ["| regime | tests | correct |", "| --- | --- | --- |"]
    for regime in RULES:
        results = [by_regime[regime] for by_regime in outcomes.values() if regime in by_regime]
        lines.append(f"| {regime} | {len(results)} | {sum(results)} |")
    within_rules = [
        all(by_regime.values()) for test, by_regime in outcomes.items() if test.is_rdfs_or_rl
    ]
    lines.append(f"| all in RDF, RDFS, D or OWL 2 RL | {len(within_rules)} | {sum(within_rules)} |")
    passed = [all(by_regime.values()) for by_regime in outcomes.values()]
    lines.append(f"| all, under each of their regimes | {len(passed)} | {sum(passed)} |")
    return "\n".join(lines)


def failures(outcomes: Outcomes) -> list[str]:
    """Return a Markdown table of the failed tests, each with its regimes and the reason."""
    lines = ["| failed test | regimes | reason |", "| --- | --- | --- |"]
    for test, by_regime in outcomes.items():
        failed = sorted(regime for regime, is_correct in by_regime.items() if not is_correct)
        if failed:
            reason = REASONS.get(test.name, "**no known reason**")
            lines.append(f"| {test.name} | {', '.join(failed)} | {reason} |")
    return lines


def outcome_by_test(outcomes: Outcomes) -> dict[str, tuple[str, str]]:
    """Return the outcome of each test; a test passes if it passes under all of its regimes."""
    return {
        test.iri: (
            "passed" if all(by_regime.values()) else "failed",
            f"under {', '.join(by_regime)}",
        )
        for test, by_regime in outcomes.items()
    }


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL entailment tests.")
    parser.add_argument("folder", type=Path, help="entailment folder in a checkout of rdf-tests")
    parser.add_argument("--plain", action="store_true", help="run the queries without reasoning")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    tests = read_manifest(options.folder)
    outcomes = {
        test: {
            regime: run(test, None if options.plain else regime) for regime in sorted(test.regimes)
        }
        for test in tests
    }
    sys.stdout.write(f"{summary(outcomes)}\n")
    if options.earl:
        options.earl.write_text(earl(outcome_by_test(outcomes)), encoding="utf-8")
    if not options.plain:
        lines = failures(outcomes)
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
        failed = {test.name for test, by_regime in outcomes.items() if not all(by_regime.values())}
        raise SystemExit(int(failed != set(REASONS)))


if __name__ == "__main__":
    main()
