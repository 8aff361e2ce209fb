"""Run the W3C's OWL 2 tests of the profile RL against `kg.entails`, owlrl and reasonable.

    .venv/bin/python benchmarks/conformance/owl2_tests.py FILE [--profile RL] [--earl FILE]

FILE is `all.rdf` of the W3C's suite, which is not part of this project. Each test runs under each
semantics that it names. Positive and negative tests ask whether a conclusion follows, the others
whether the premise contradicts itself. owlrl and reasonable cannot be asked about entailment: their
closure has to contain the conclusion, up to names of blank nodes. The exit code is 1 if one of our
answers is wrong.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final, Literal, cast

import rdflib

import kg
from benchmarks.conformance.closures import Closure, close_by_owlrl, close_by_reasonable
from benchmarks.conformance.earl import earl
from benchmarks.conformance.owl2_cases import KINDS, Owl2Case, read_cases
from kg.reasoning.entailment.entailment import Verdict

_HEADERS: Final = {rdflib.OWL.imports, rdflib.OWL.versionIRI}
_RIGHT: Final[Mapping[str, set[Verdict]]] = {
    "PositiveEntailmentTest": {Verdict.ENTAILED},
    "NegativeEntailmentTest": {Verdict.NOT_ENTAILED, Verdict.UNDECIDED},
    "InconsistencyTest": {Verdict.CONTRADICTION},
    "ConsistencyTest": {Verdict.ENTAILED},
}


def ask_glocal(case: Owl2Case) -> bool:
    """Return whether our answer is right, with proofs and without."""
    with TemporaryDirectory() as folder:

        def write(name: str, text: str) -> Path:
            path = Path(folder, f"{name}.rdf")
            path.write_text(text, encoding="utf-8")
            return path

        imports = {
            iri: write(f"import-{number}", text)
            for number, (iri, text) in enumerate(case.imports.items())
        }
        premise, conclusion = write("premise", case.premise), write("conclusion", case.conclusion)
        semantics = cast(Literal["rdf", "direct"], case.semantics)
        verdicts = {
            kg.entails(
                premise, conclusion, imports=imports, semantics=semantics, proof=proof
            ).verdict
            for proof in (False, True)
        }
    return len(verdicts) == 1 and verdicts <= _RIGHT[case.kind]


def ask_peer(case: Owl2Case, close: Callable[[rdflib.Graph], Closure]) -> bool:
    """Return whether the closure of a peer gives the right answer."""
    graph = rdflib.Graph()
    for text in (case.premise, *case.imports.values()):
        graph.parse(data=text, format="xml")
    closure, has_contradiction = close(graph)
    if case.kind in {"InconsistencyTest", "ConsistencyTest"}:
        return has_contradiction == (case.kind == "InconsistencyTest")
    conclusion = rdflib.Graph().parse(data=case.conclusion, format="xml")
    is_entailed = _contains(closure, conclusion)
    return is_entailed == (case.kind == "PositiveEntailmentTest")


def _contains(closure: rdflib.Graph, conclusion: rdflib.Graph) -> bool:
    """Return whether the closure has the conclusion, with blank nodes as variables."""
    headers = set(conclusion.subjects(rdflib.RDF.type, rdflib.OWL.Ontology))
    wanted = [
        (subject, predicate, object_)
        for subject, predicate, object_ in conclusion
        if subject not in headers or not (predicate in _HEADERS or object_ == rdflib.OWL.Ontology)
    ]
    names: dict[rdflib.BNode, str] = {}

    def text(term: object) -> str:
        if isinstance(term, rdflib.BNode):
            return names.setdefault(term, f"?b{len(names)}")
        return cast(rdflib.URIRef | rdflib.Literal, term).n3()

    patterns = " . ".join(" ".join(map(text, triple)) for triple in wanted)
    return bool(closure.query(f"ASK {{ {patterns} }}").askAnswer)


ENGINES: Final[Mapping[str, Callable[[Owl2Case], bool]]] = {
    "glocal": ask_glocal,
    "owlrl": lambda case: ask_peer(case, close_by_owlrl),
    "reasonable": lambda case: ask_peer(case, close_by_reasonable),
}


def table(cases: Sequence[Owl2Case], right: Mapping[str, Sequence[bool]]) -> str:
    """Return the numbers of right answers by kind of test and semantics, as a Markdown table."""
    lines = [
        f"| test | semantics | cases | {' | '.join(right)} |",
        "| --- " * (3 + len(right)) + "|",
    ]
    keys = [(kind, semantics) for kind in KINDS for semantics in ("rdf", "direct")]
    totals = Counter((case.kind, case.semantics) for case in cases)
    for key in keys:
        counts = [
            sum(
                is_right
                for case, is_right in zip(cases, answers, strict=True)
                if (case.kind, case.semantics) == key
            )
            for answers in right.values()
        ]
        cells = " | ".join(map(str, (*key, totals[key], *counts)))
        lines.append(f"| {cells} |")
    for kind in KINDS:
        names = {case.identifier for case in cases if case.kind == kind}
        counts = []
        for answers in right.values():
            wrong = {
                case.identifier
                for case, is_right in zip(cases, answers, strict=True)
                if case.kind == kind and not is_right
            }
            counts.append(len(names - wrong))
        cells = " | ".join(map(str, (kind, "all that it names", len(names), *counts)))
        lines.append(f"| {cells} |")
    return "\n".join(lines)


def main() -> None:
    """Run all tests and print the table, the wrong answers and what was not run."""
    parser = argparse.ArgumentParser(description="Run the W3C's OWL 2 tests.")
    parser.add_argument("suite", type=Path, help="all.rdf of the W3C's OWL 2 test suite")
    parser.add_argument("--profile", default="RL", choices=["RL", "EL", "QL"])
    parser.add_argument("--earl", type=Path, help="Turtle file for the outcomes")
    options = parser.parse_args()
    cases, without_rdf = read_cases(options.suite, options.profile)
    right: dict[str, list[bool]] = {}
    for name, ask in ENGINES.items():
        start = perf_counter()
        right[name] = [ask(case) for case in cases]
        sys.stderr.write(f"{name}: {perf_counter() - start:.1f} s\n")
    sys.stdout.write(f"{table(cases, right)}\n")
    wrong = [
        f"{case.identifier} ({case.kind}, {case.semantics})"
        for case, is_right in zip(cases, right["glocal"], strict=True)
        if not is_right
    ]
    sys.stdout.write(f"\nWrong: {', '.join(wrong) or 'none'}\n")
    sys.stdout.write(f"Not run, because they have no RDF/XML: {', '.join(without_rdf)}\n")
    if options.earl:
        passed = dict(zip(cases, right["glocal"], strict=True))
        outcomes = {
            f"urn:owl2:{case.identifier}:{case.kind}:{case.semantics}".replace(" ", "-"): (
                "passed" if is_right else "failed",
                f"{case.kind} under {case.semantics}",
            )
            for case, is_right in passed.items()
        }
        options.earl.write_text(earl(outcomes), encoding="utf-8")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
