"""A smallest clash -> a finding that lists its axioms in words, each with file and line.

What HermiT finds wrong with ontology and facts, why, and what it derives beyond the rules.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Quad, Triple

from kg.errors import LimitExceeded
from kg.paths import CURATED_FILES, ONTOLOGY_FILES
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.release_graphs import premises
from kg.reasoning.description_logic.axioms import Wording
from kg.reasoning.description_logic.classification import Verdict, check_ontology, entail
from kg.reasoning.description_logic.difference import Difference, compare
from kg.reasoning.description_logic.explanation import Clash, EmptyClass, Shrinker, explain_classes
from kg.reasoning.description_logic.hermit import Allowance
from kg.reasoning.description_logic.owl_dl import axioms_that_hold, in_owl_dl
from kg.sources.folders import read_curated, read_ontology
from kg.validation.findings import Finding, Problem, locate, name_of

_RULE: Final = "description-logic"
_REMEDY: Final = "one of these less, or less strict."
_MAX_LISTED_AXIOMS: Final = 20
_PERHAPS: Final = (
    "perhaps not all of them (--dl-seconds allows more time, --dl-megabytes more memory)"
)
_INDENT: Final = "\n    "
# The remedy follows, after a space.
_LAST: Final = "\n   "


class ClashFindings:
    """Turns clashes of one ontology with its facts into findings."""

    def __init__(self, triples: Iterable[Triple], curated: Path, ontology: Path) -> None:
        self._wording = Wording(triples)
        self._folders = curated, ontology

    def of_inconsistency(self, clash: Clash) -> Finding:
        """At the line of an assertion of the clash, or else of one of its axioms."""
        to_blame = max(clash.axioms, key=lambda one: one.is_assertion)
        message = f"the ontology and what holds are inconsistent. {self._why(clash)}"
        return self._located(Problem(message, _REMEDY, _RULE, *to_blame.head))

    def of_class(self, empty: EmptyClass) -> Finding:
        """At the line where the class is declared."""
        message, remedy = f"{name_of(empty.name)} can have no member", _REMEDY
        if empty.clash is not None:
            message += f". {self._why(empty.clash)}"
        elif empty.cause is not None:
            message += f", because {name_of(empty.cause)} can have none."
            remedy = f"{name_of(empty.cause)} put right first."
        return self._located(Problem(message, remedy, _RULE, empty.name))

    def _why(self, clash: Clash) -> str:
        """The axioms of the clash, one a line and each with its place, by file and line."""
        problems = [
            Problem(self._wording.of(one), "", _RULE, *one.head)
            for one in clash.axioms[:_MAX_LISTED_AXIOMS]
        ]
        lines = [
            f"{one.path}:{one.line or '?'}: {one.message}"
            for one in locate(problems, *self._folders)
        ]
        count = len(clash.axioms)
        if count > _MAX_LISTED_AXIOMS:
            lines.append(f"… and {count - _MAX_LISTED_AXIOMS} more")
        how = "and none of them can be left out" if clash.is_minimal else _PERHAPS
        return "".join([f"These {count} clash, {how}:", *(_INDENT + line for line in lines), _LAST])

    def _located(self, problem: Problem) -> Finding:
        return locate([problem], *self._folders)[0]


_MOST_LISTED: Final = 50


@dataclass(frozen=True)
class Report:
    """What is wrong; if nothing is, lines about what was read and what else follows."""

    findings: list[Finding]
    notes: list[str]


def check_description_logic(
    curated: Path = CURATED_FILES,
    ontology: Path = ONTOLOGY_FILES,
    *,
    timeout_seconds: float = 300,
    memory_megabytes: int = 2000,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """What HermiT says about the axioms that hold and all that is asserted and holds.

    Args:
        curated: the folder of facts.
        ontology: the folder of modules.
        timeout_seconds: wall-clock time for the verdict; as much again for all explanations, and
            for the comparison with the rules.
        memory_megabytes: the largest heap of HermiT's process.
        tell: is called with what is being done.

    Raises:
        UnsupportedAxiom: the reasoner cannot load the ontology.
        LimitExceeded: it has no verdict in time.
        ReasonerFailed: Java cannot be run.
    """
    axioms = axioms_that_hold(read_ontology(ontology))
    facts = [Quad(*one.triple) for one in premises(read_curated(curated)) if one.status.holds]
    allowed = Allowance(timeout_seconds, memory_megabytes)
    tell(f"HermiT looks for what is inconsistent among {len(axioms) + len(facts)} triples")
    verdict = check_ontology(axioms, facts, allowed)
    if verdict.is_consistent and not verdict.unsatisfiable:
        tell("HermiT derives what follows, to compare it with the rules (some 10 seconds)")
        return Report([], [*_comparison(axioms, facts, allowed), *_reading(verdict)])
    triples = in_owl_dl(axioms, facts).triples
    shrinker = Shrinker(triples, allowed, tell=tell)
    findings = ClashFindings(triples, curated, ontology)
    if not verdict.is_consistent:
        return Report([findings.of_inconsistency(shrinker.inconsistency())], [])
    rules = compile_axioms(axioms).rules
    explained = explain_classes(verdict.unsatisfiable, shrinker, rules)
    return Report([findings.of_class(one) for one in explained], [])


def _comparison(axioms: Sequence[Quad], facts: Sequence[Quad], allowed: Allowance) -> Iterator[str]:
    try:
        difference = compare(axioms, facts, entail(axioms, facts, allowed))
    except LimitExceeded as error:
        yield f"Not compared with the rules: {error}"
        return
    yield from _more(difference)
    if difference.by_rules:
        yield f"{len(difference.by_rules)} more from rules than from description logic:"
        yield from _listed(difference.by_rules)


def _more(difference: Difference) -> Iterator[str]:
    compared = f"{difference.compared} subsumptions, types and relations compared"
    more = difference.by_description_logic
    if not more:
        yield f"No more from description logic than from rules ({compared})."
        return
    yield f"{len(more)} more from description logic than from rules ({compared}):"
    yield from _listed(more)
    yield "What follows from these by the hierarchies is not repeated."


def _listed(triples: Sequence[Triple]) -> Iterator[str]:
    for triple in triples[:_MOST_LISTED]:
        yield f"  {' '.join(map(name_of, triple))}"
    if len(triples) > _MOST_LISTED:
        yield f"  … and {len(triples) - _MOST_LISTED} more"


def _reading(verdict: Verdict) -> Iterator[str]:
    if verdict.restated:
        yield f"HermiT read as xsd:dateTime, which OWL 2 DL has: {_counts(verdict.restated)}."
    if verdict.left_out:
        yield f"HermiT was not shown, as OWL 2 DL cannot read it: {_counts(verdict.left_out)}."


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
