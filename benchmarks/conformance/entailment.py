"""Run the W3C's SPARQL 1.1 entailment tests against the service, over HTTP.

    .venv/bin/python benchmarks/conformance/entailment.py FOLDER [--jena CLASSPATH] [--earl FILE]

FOLDER is `sparql/sparql11/entailment` in a checkout of https://github.com/w3c/rdf-tests. The runner
starts a scratch store for each `--entailment`, puts the data of each test into it, and sends the
query; then it sends it again with `entailment=none`. owlrl, reasonable and, with `--jena`, Jena get
the same data and query. A test runs under each regime that it names, and passes if the answer is
right under all of them. The exit code is 1 unless the failed tests are exactly those in
`failures.py`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import Quad, QueryResultsFormat, RdfFormat, parse, parse_query_results, serialize

from benchmarks.conformance.answers import Answer, answer, canonical, read_answer
from benchmarks.conformance.closures import (
    ask_closure,
    ask_jena,
    close_by_owlrl,
    close_by_reasonable,
)
from benchmarks.conformance.earl import earl
from benchmarks.conformance.failures import REASONS
from benchmarks.conformance.manifest import EntailmentTest, read_manifest
from benchmarks.conformance.scratch import ScratchClient, serving_scratch
from kg.reasoning.regimes.names import RegimeName
from kg.reasoning.upkeep.entailment import Entailment

# The option that serves a regime. RDFS has the triples of RDF, and the datatypes of D; OWL 2 RL
# has those of the Direct Semantics that follow by its rules. RIF is not supported.
OPTIONS: Final[Mapping[str, RegimeName]] = {
    "RDF": "rdfs",
    "RDFS": "rdfs",
    "D": "rdfs",
    "OWL-RDF-Based": "owl-rl",
    "OWL-Direct": "owl-rl",
}
REGIMES: Final = (*OPTIONS, "RIF")
_ACCEPTED: Final = "application/sparql-results+json, application/n-triples"


# The answer of a peer to a test under a regime, or its error.
Peer = Callable[[EntailmentTest, RegimeName], Answer | str]
PEERS: Final[Mapping[str, Peer]] = {
    "owlrl": partial(ask_closure, close=close_by_owlrl),
    "reasonable": partial(ask_closure, close=close_by_reasonable),
}
WITHOUT: Final = "without reasoning"


@dataclass(frozen=True)
class Outcome:
    """The fault of the answer, empty if it is right, and which of the others are right."""

    error: str
    others: frozenset[str] = frozenset()

    def is_right(self, name: str = "") -> bool:
        """Return whether the answer is right: ours or, with a name, that of another."""
        return name in self.others if name else not self.error


Outcomes = Mapping[EntailmentTest, Mapping[str, Outcome]]
NOT_SERVED: Final = Outcome("not supported")


class EntailedStore(ScratchClient):
    """The scratch store under test."""

    def put(self, test: EntailmentTest) -> None:
        """Replace the content of the store by the data of a test."""
        quads = serialize(_quads(test), format=RdfFormat.N_QUADS) or b""
        status, body = self.send("PUT", "/graphs", "application/n-quads", quads)
        if status not in (201, 204):
            raise SystemExit(f"PUT of {test.name}: status {status}, {body.decode()}")

    def ask(self, test: EntailmentTest, parameters: str = "") -> Answer | str:
        """Return the answer to the query of a test, or the error; its base IRI is declared."""
        text = f"BASE <{test.query.as_uri()}>\n".encode() + test.query.read_bytes()
        media_type, path = "application/sparql-query", f"/sparql{parameters}"
        status, body = self.send("POST", path, media_type, text, accept=_ACCEPTED)
        if status != 200:
            return f"status {status}: {body.decode()}"
        if body.startswith(b"{"):
            return answer(parse_query_results(body, format=QueryResultsFormat.JSON))
        return canonical(parse(body, format=RdfFormat.N_TRIPLES))

    def run(self, test: EntailmentTest, regime: RegimeName, peers: Mapping[str, Peer]) -> Outcome:
        """Run a test on the data that was put last, and let the peers answer it."""
        expected, found = read_answer(test.result), self.ask(test)
        error = found if isinstance(found, str) else "" if found == expected else "another answer"
        others = {name: ask(test, regime) for name, ask in peers.items()}
        others[WITHOUT] = self.ask(test, "?entailment=none")
        right = frozenset(name for name, other in others.items() if other == expected)
        return Outcome(error, right)


def _quads(test: EntailmentTest) -> Iterator[Quad]:
    for path in test.data:
        yield from pyoxigraph.parse(path=path, format=RdfFormat.TURTLE, base_iri=path.as_uri())


def run_all(tests: list[EntailmentTest], peers: Mapping[str, Peer] = PEERS) -> Outcomes:
    """Run each test under each regime that it names, and let the peers answer it."""
    outcomes: dict[EntailmentTest, dict[str, Outcome]] = {
        test: dict.fromkeys(sorted(test.regimes), NOT_SERVED) for test in tests
    }
    for option in dict.fromkeys(OPTIONS.values()):
        with serving_scratch(entailment=Entailment(option)) as address:
            store = EntailedStore(address)
            for test, by_regime in outcomes.items():
                served = [regime for regime in by_regime if OPTIONS.get(regime) == option]
                if served:
                    store.put(test)
                    by_regime |= dict.fromkeys(served, store.run(test, option, peers))
    return outcomes


def summary(outcomes: Outcomes, others: Sequence[str] = (WITHOUT, *PEERS)) -> str:
    """Return the numbers of right answers by regime and in total, as a Markdown table."""
    columns = ("regime", "tests", "glocal", *others)
    lines = [f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|"]
    rows = {
        regime: [[by_regime[regime]] for by_regime in outcomes.values() if regime in by_regime]
        for regime in REGIMES
    }
    rows["all in RDF, RDFS, D or OWL 2 RL"] = [
        list(by_regime.values()) for test, by_regime in outcomes.items() if test.is_rdfs_or_rl
    ]
    rows["all, under each of their regimes"] = [
        list(by_regime.values()) for by_regime in outcomes.values()
    ]
    for name, tests in rows.items():
        counts = (
            sum(all(each.is_right(other) for each in test) for test in tests)
            for other in ("", *others)
        )
        lines.append(f"| {' | '.join(map(str, (name, len(tests), *counts)))} |")
    return "\n".join(lines)


def failures(outcomes: Outcomes) -> list[str]:
    """Return a Markdown table of the failed tests, each with its regimes, error and reason."""
    lines = ["| failed test | regimes | error | reason |", "| --- | --- | --- | --- |"]
    for test, by_regime in outcomes.items():
        wrong = {regime: each.error for regime, each in by_regime.items() if not each.is_right()}
        if wrong:
            reason = REASONS.get(test.name, "**no known reason**")
            errors = "; ".join(dict.fromkeys(wrong.values()))
            lines.append(f"| {test.name} | {', '.join(sorted(wrong))} | {errors} | {reason} |")
    return lines


def outcome_by_test(outcomes: Outcomes) -> dict[str, tuple[str, str]]:
    """Return the outcome of each test; a test passes if it passes under all of its regimes."""
    return {
        test.iri: (
            "passed" if all(each.is_right() for each in by_regime.values()) else "failed",
            f"under {', '.join(by_regime)}",
        )
        for test, by_regime in outcomes.items()
    }


def main() -> None:
    """Run all tests and print the outcomes."""
    parser = argparse.ArgumentParser(description="Run the W3C's SPARQL entailment tests.")
    parser.add_argument("folder", type=Path, help="entailment folder in a checkout of rdf-tests")
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    parser.add_argument("--jena", metavar="CLASSPATH", help="class path of Jena, to ask it too")
    options = parser.parse_args()
    peers = dict(PEERS)
    if options.jena:
        peers["Jena"] = partial(ask_jena, classpath=options.jena)
    outcomes = run_all(read_manifest(options.folder.resolve()), peers)
    sys.stdout.write(
        summary(outcomes, (WITHOUT, *peers)) + "\n\n" + "\n".join(failures(outcomes)) + "\n"
    )
    if options.earl:
        options.earl.write_text(earl(outcome_by_test(outcomes)), encoding="utf-8")
    failed = {
        test.name
        for test, by_regime in outcomes.items()
        if not all(each.is_right() for each in by_regime.values())
    }
    raise SystemExit(int(failed != set(REASONS)))


if __name__ == "__main__":
    main()
