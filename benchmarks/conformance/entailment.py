"""How many of the W3C's SPARQL 1.1 entailment tests are answered rightly over what is derived.

    .venv/bin/python benchmarks/conformance/entailment.py FOLDER [--plain] [--earl FILE]

FOLDER is `sparql/sparql11/entailment` in a checkout of https://github.com/w3c/rdf-tests. Each test
is run under each regime it names: its data is closed by the rules for the regime, and its query
asked of the closed graph. A test is passed if it is answered rightly under all of its regimes.
`--plain` asks without reasoning, as a store does that has none. Exit code 1 if a test fails that
`failures.py` does not give a reason for, or passes that it does.
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
    """Whether the test is answered rightly under this regime, or, without one, as it stands."""
    graph = [quad for path in test.data for quad in _read(path)]
    text = test.query.read_text(encoding="utf-8")
    store = Store()
    store.extend(graph)
    if regime:
        store.extend(Quad(*triple) for triple in close(graph, text, regime))
    found: Answer = answer(store.query(text, base_iri=test.query.as_uri()))
    return found == read_answer(test.result)


def _read(path: Path) -> Iterator[Quad]:
    return parse(path=path, format=RdfFormat.TURTLE, base_iri=path.as_uri())


def summary(outcomes: Outcomes) -> str:
    """How many passed, in all and by regime, as Markdown."""
    lines = ["| regime | tests | answered rightly |", "| --- | --- | --- |"]
    for regime in RULES:
        results = [by_regime[regime] for by_regime in outcomes.values() if regime in by_regime]
        lines.append(f"| {regime} | {len(results)} | {sum(results)} |")
    within = [all(each.values()) for test, each in outcomes.items() if test.is_rdfs_or_rl]
    lines.append(f"| all that are RDF, RDFS, D or OWL 2 RL | {len(within)} | {sum(within)} |")
    passed = [all(by_regime.values()) for by_regime in outcomes.values()]
    lines.append(f"| all, under each of their regimes | {len(passed)} | {sum(passed)} |")
    return "\n".join(lines)


def failures(outcomes: Outcomes) -> list[str]:
    """Each failed test with its regimes and the reason."""
    lines = ["| not answered rightly | under | because |", "| --- | --- | --- |"]
    for test, by_regime in outcomes.items():
        failed = sorted(regime for regime, is_right in by_regime.items() if not is_right)
        if failed:
            reason = REASONS.get(test.name, "**no reason is known**")
            lines.append(f"| {test.name} | {', '.join(failed)} | {reason} |")
    return lines


def outcome_by_test(outcomes: Outcomes) -> dict[str, tuple[str, str]]:
    """Passed is a test that is passed under all of its regimes."""
    return {
        test.iri: ("passed" if all(each.values()) else "failed", f"under {', '.join(each)}")
        for test, each in outcomes.items()
    }


def main() -> None:
    """Run them all."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL entailment tests.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plain", action="store_true", help="without reasoning")
    parser.add_argument("--earl", type=Path, help="gets the outcomes as a Turtle file")
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
        failed = {test.name for test, each in outcomes.items() if not all(each.values())}
        raise SystemExit(int(failed != set(REASONS)))


if __name__ == "__main__":
    main()
