"""Check ontology and facts with the reasoner HermiT, for `glocal check --dl`.

Clashes become findings that list the clashing axioms, each with file and line. Where there are
none, notes say what HermiT derives but the rules do not.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from pyoxigraph import Quad, Triple

from kg.content import Content, own_content
from kg.errors import LimitExceeded
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.release_graphs import premises_of
from kg.reasoning.description_logic.axioms import ManchesterWriter
from kg.reasoning.description_logic.classification import check_ontology, compute_entailments
from kg.reasoning.description_logic.difference import compare_with_rules
from kg.reasoning.description_logic.explanation import (
    Clash,
    ClashMinimizer,
    UnsatisfiableClass,
    explain_classes,
)
from kg.reasoning.description_logic.hermit import ReasonerLimits
from kg.reasoning.description_logic.owl_dl import axioms_that_hold, to_owl_dl
from kg.sources.folders import read_curated, read_ontology
from kg.validation.findings import Finding, Problem, format_term, to_findings

_REMEDY: Final = "one of these statements removed or relaxed."
_NOT_MINIMAL: Final = (
    "but some may not be needed (increase --dl-seconds or --dl-megabytes for a smaller set)"
)
_MAX_LISTED_AXIOMS: Final = 20
_MAX_LISTED_TRIPLES: Final = 50


class DescriptionLogicReport(NamedTuple):
    """The findings; if there are none, notes on the comparison with the rules and on the input."""

    findings: list[Finding]
    notes: list[str]


def check_description_logic(
    content: Content | None = None,
    *,
    timeout_seconds: float = 300,
    memory_megabytes: int = 2000,
    tell: Callable[[str], None] = lambda _: None,
) -> DescriptionLogicReport:
    """Check the axioms that hold together with all asserted facts that hold.

    The time is for the check, and the same again for all explanations or for the comparison with
    the rules. The memory is for HermiT's process. `tell` is called with a message at each step.
    Raises UnsupportedAxiom if HermiT cannot load the ontology, LimitExceeded if it ran out of time
    or memory before it reached a verdict, ReasonerFailed if Java cannot be run.
    """
    content = content or own_content()
    axioms = axioms_that_hold(read_ontology(content.ontology))
    asserted = premises_of(read_curated(content))
    facts = [Quad(*premise.triple) for premise in asserted if premise.status.holds]
    limits = ReasonerLimits(timeout_seconds, memory_megabytes)
    tell(f"HermiT checks the consistency of {len(axioms) + len(facts)} triples")
    verdict = check_ontology(axioms, facts, limits)
    if verdict.is_consistent and not verdict.unsatisfiable:
        tell("HermiT derives what follows, for comparison with the rules (about 10 seconds)")
        notes = [*_comparison(axioms, facts, limits)]
        for counts, what in (
            (
                verdict.converted,
                "Converted to xsd:dateTime, because OWL 2 DL lacks these datatypes",
            ),
            (verdict.left_out, "Left out, because OWL 2 DL does not allow it"),
        ):
            if counts:
                numbers = ", ".join(f"{count} {name}" for name, count in counts.items())
                notes.append(f"{what}: {numbers}.")
        return DescriptionLogicReport([], notes)
    triples = to_owl_dl(axioms, facts).triples
    minimizer = ClashMinimizer(triples, limits, tell=tell)
    writer = _ClashWriter(triples, content)
    if not verdict.is_consistent:
        findings = [writer.inconsistency(minimizer.minimal_inconsistency())]
    else:
        rules = compile_axioms(axioms).rules
        classes = explain_classes(verdict.unsatisfiable, minimizer, rules)
        findings = [writer.unsatisfiable_class(class_) for class_ in classes]
    return DescriptionLogicReport(findings, [])


class _ClashWriter:
    """Converts clashes to findings; needs all triples that the reasoner got, to write axioms."""

    def __init__(self, triples: Iterable[Triple], content: Content) -> None:
        self._wording = ManchesterWriter(triples)
        self._content = content

    def inconsistency(self, clash: Clash) -> Finding:
        """Return a finding at the line of an assertion of the clash, or of an axiom if none."""
        axiom = max(clash.axioms, key=lambda axiom: axiom.is_assertion)
        explanation = self._explanation(clash)
        message = f"the ontology and the facts that hold are inconsistent. {explanation}"
        return self._finding(message, _REMEDY, *axiom.head)

    def unsatisfiable_class(self, empty: UnsatisfiableClass) -> Finding:
        """Return a finding at the line where the class is declared."""
        message, remedy = f"{format_term(empty.name)} can have no members", _REMEDY
        if empty.clash is not None:
            message += f". {self._explanation(empty.clash)}"
        elif empty.cause is not None:
            message += f", because {format_term(empty.cause)} can have none."
            remedy = f"{format_term(empty.cause)} fixed first."
        return self._finding(message, remedy, empty.name)

    def _explanation(self, clash: Clash) -> str:
        """List the axioms of the clash, one per line, sorted by file and line."""
        problems = [
            Problem(self._wording.write(axiom), "", "", *axiom.head)
            for axiom in clash.axioms[:_MAX_LISTED_AXIOMS]
        ]
        lines = [
            f"{finding.path}:{finding.line or '?'}: {finding.message}"
            for finding in to_findings(problems, self._content)
        ]
        count = len(clash.axioms)
        if count > _MAX_LISTED_AXIOMS:
            lines.append(f"… and {count - _MAX_LISTED_AXIOMS} more")
        minimality = "and all of them are needed" if clash.is_minimal else _NOT_MINIMAL
        heading = f"These {count} statements clash, {minimality}:"
        # `Finding` puts a space and the remedy after the message, hence one space less at the end.
        return "\n    ".join([heading, *lines]) + "\n   "

    def _finding(self, message: str, remedy: str, *statement: Any) -> Finding:
        problem = Problem(message, remedy, "description-logic", *statement)
        return to_findings([problem], self._content)[0]


def _comparison(
    axioms: Sequence[Quad], facts: Sequence[Quad], limits: ReasonerLimits
) -> Iterator[str]:
    try:
        difference = compare_with_rules(axioms, facts, compute_entailments(axioms, facts, limits))
    except LimitExceeded as error:
        yield f"Not compared with the rules: {error}"
        return
    compared = f"{difference.compared} subsumptions, types and relations compared"
    triples = difference.by_description_logic
    if triples:
        yield f"Derived by HermiT but not by the rules: {len(triples)} ({compared})"
        yield from _listed(triples)
        yield "Triples that follow from these by the hierarchies are not listed."
    else:
        yield f"HermiT derives nothing that the rules do not derive ({compared})."
    if difference.by_rules:
        yield f"Derived by the rules but not by HermiT: {len(difference.by_rules)}"
        yield from _listed(difference.by_rules)


def _listed(triples: Sequence[Triple]) -> Iterator[str]:
    for triple in triples[:_MAX_LISTED_TRIPLES]:
        yield f"  {' '.join(map(format_term, triple))}"
    if len(triples) > _MAX_LISTED_TRIPLES:
        yield f"  … and {len(triples) - _MAX_LISTED_TRIPLES} more"
