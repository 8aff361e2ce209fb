"""Answer whether a conclusion follows from a premise, with proofs.

A conclusion follows if each of its parts is shown in the closure of the premise: looked up, or
shown by freezing, refutation or comprehension. All of these are sound; where they find nothing, the
conclusion is "not entailed" only if premise and question are inside OWL 2 RL.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Literal as Choice
from typing import cast

from pyoxigraph import Triple

from kg.errors import MalformedParameter
from kg.namespaces import OWL, shorten
from kg.reasoning.derivation.limits import garbage_collection_paused
from kg.reasoning.entailment.closure import Closure, Limits
from kg.reasoning.entailment.conclusion import Conclusion, divide
from kg.reasoning.entailment.direct import (
    as_direct_conclusion,
    make_direct,
    original_term,
    shared_names,
)
from kg.reasoning.entailment.premise_rules import PremiseRules, axioms_of, compile_premise
from kg.reasoning.entailment.profile import keys_and_unnamed_things, reasons_outside_rl
from kg.reasoning.entailment.prover import Answer, Prover
from kg.reasoning.entailment.sources import Premise, read_conclusion
from kg.reasoning.entailment.values import ValueSpellings, triples_with
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof

_SAME_AS = OWL["sameAs"]
Semantics = Choice["rdf", "direct"]


class Verdict(Enum):
    """The answer; its value is the exit code of `glocal entails`."""

    ENTAILED = 0
    NOT_ENTAILED = 1
    CONTRADICTION = 3
    UNDECIDED = 4


@dataclass(frozen=True)
class Entailment:
    """The answer with its grounds.

    Attributes:
        verdict: CONTRADICTION says that the premise contradicts itself, so that all follows.
        unproved: the triples of the conclusion that lack a proof.
        unproved_texts: the same as texts, with class expressions in Manchester syntax.
        proofs: if asked for, one for each triple of the conclusion that has one; for a
            contradiction, one of it.
        outside_rl: why the premise is outside OWL 2 RL, one text for each axiom.
        statements: how many triples the premise has.
        refutations: how many suppositions were made.
    """

    verdict: Verdict
    unproved: tuple[Triple, ...] = ()
    unproved_texts: tuple[str, ...] = ()
    proofs: tuple[AnyProof, ...] = ()
    outside_rl: tuple[str, ...] = ()
    statements: int = 0
    refutations: int = 0

    def __bool__(self) -> bool:
        """Whether a proof of the whole conclusion was found."""
        return self.verdict is Verdict.ENTAILED


def decide(
    premise: object,
    conclusion: object,
    *,
    ontology: Sequence[object] = (),
    imports: Mapping[str, Path] | None = None,
    semantics: Semantics = "rdf",
    with_proofs: bool = False,
    max_refutations: int = 10_000,
    max_triples: int = 20_000_000,
    max_seconds: float = 3600,
    tell: Callable[[str], None] = lambda _: None,
) -> Entailment:
    """Decide whether the conclusion follows from the premise and the ontology.

    Premise, conclusion and ontology are paths of RDF files or rdflib graphs; `imports` has the
    files of imported ontologies by IRI, and nothing is loaded from elsewhere. `rdf` is the
    RDF-Based Semantics of OWL 2; `direct` is the Direct Semantics, which ignores annotations. With
    proofs, equal things are not merged, which takes longer where there are many.

    Raises:
        MalformedInput: a file cannot be read or an import is missing (MissingImport).
        LimitExceeded: one of the limits; a conclusion needs a refutation for each pair of different
            things, for each axiom and so on.
    """
    if semantics not in {"rdf", "direct"}:
        raise MalformedParameter("semantics", f"expected rdf or direct, got '{semantics}'")
    known_imports, limits = imports or {}, Limits(max_triples, max_seconds, max_refutations)
    with garbage_collection_paused():
        facts = Premise(tell)
        facts.read_all([premise, *ontology], known_imports)
        triples = read_conclusion(conclusion, known_imports)
        is_direct = semantics == "direct"
        shared: frozenset[str] = frozenset()
        if is_direct:
            shared = shared_names(facts.assertions, triples)
            triples = as_direct_conclusion(facts.assertions, triples, shared)
            make_direct(facts.assertions, shared)
        question = _Question(facts, triples, limits, is_direct=is_direct, has_renamed=bool(shared))
        return question.answer(with_proofs=with_proofs, tell=tell)


class _Question:
    def __init__(
        self,
        premise: Premise,
        triples: Sequence[Triple],
        limits: Limits,
        *,
        is_direct: bool,
        has_renamed: bool,
    ) -> None:
        self._premise, self._limits, self._is_direct = premise, limits, is_direct
        self._triples, self._has_renamed = triples, has_renamed
        self._spellings = ValueSpellings()
        self._spellings.unify(premise.assertions)
        assertions, ill_typed = premise.assertions, self._spellings.ill_typed
        self._ill_typed = [each for code in ill_typed for each in triples_with(assertions, code)]
        canonical = self._spellings.canonical
        self._conclusion: Conclusion = divide(
            [Triple(each.subject, each.predicate, canonical(each.object)) for each in triples]  # type: ignore[arg-type]
        )

    def answer(self, *, with_proofs: bool, tell: Callable[[str], None]) -> Entailment:
        premise, is_direct = self._premise, self._is_direct
        compiled = compile_premise(
            premise,
            self._conclusion.described,
            self._conclusion.structure,
            is_direct=is_direct,
            can_make_equal=self._can_make_equal(),
        )
        tell(f"deriving from {premise.assertions.statements:,} statements")
        origin = premise.origin if with_proofs else None
        closure = Closure(
            premise.assertions, compiled.rules, self._limits, origin=origin, tell=tell
        )
        if closure.clash is not None or self._ill_typed:
            return self._result(Verdict.CONTRADICTION, compiled, [], self._contradiction(closure))
        tell("showing the conclusion")
        prover = Prover(closure, compiled, self._spellings, is_direct=is_direct)
        answers = list(prover.answers(self._conclusion))
        return self._judge(answers, compiled)

    def _can_make_equal(self) -> bool:
        same = self._premise.assertions.vocabulary.find(_SAME_AS)
        has_same = same is not None and same in self._premise.assertions.columns
        return has_same or self._conclusion.needs_suppositions

    def _contradiction(self, closure: Closure) -> list[AnyProof]:
        if closure.clash is not None:
            return list(closure.prove_clash(closure.clash))
        return [closure.prove(self._ill_typed[0])] if closure.keeps_reasons else []

    def _judge(self, answers: Sequence[Answer], compiled: PremiseRules) -> Entailment:
        failed = [answer for answer in answers if not answer.is_shown]
        proofs = [answer.proof for answer in answers if answer.proof is not None]
        if not failed:
            return self._result(Verdict.ENTAILED, compiled, [], proofs)
        reasons = self._reasons(compiled)
        is_exact = any(answer.is_exact for answer in failed) and not reasons
        verdict = Verdict.NOT_ENTAILED if is_exact else Verdict.UNDECIDED
        return self._result(verdict, compiled, failed, proofs, reasons)

    def _reasons(self, compiled: PremiseRules) -> list[str]:
        axioms = list(axioms_of(self._premise))
        reasons = reasons_outside_rl(self._premise, axioms, compiled)
        if not self._is_direct:
            shared = shared_names(self._premise.assertions, self._triples)
            use = "names a class or property and an individual"
            reasons += [f"{shorten(name)}: {use}" for name in sorted(shared)]
        else:
            reasons += keys_and_unnamed_things(axioms, self._premise)
        return reasons

    def _result(
        self,
        verdict: Verdict,
        compiled: PremiseRules,
        failed: Sequence[Answer],
        proofs: Sequence[AnyProof],
        reasons: Sequence[str] | None = None,
    ) -> Entailment:
        outside = compiled.uncompiled if reasons is None else reasons
        return Entailment(
            verdict,
            tuple(_with_original_names(answer.triple) for answer in failed),
            tuple(answer.text for answer in failed),
            tuple(map(_proof_with_original_names, proofs)) if self._has_renamed else tuple(proofs),
            tuple(outside),
            self._premise.assertions.statements,
            self._limits.refutations,
        )


def _with_original_names(triple: Triple) -> Triple:
    """Return the triple with individuals under the names that they have in the files."""
    subject, object_ = original_term(triple.subject), original_term(triple.object)
    return Triple(subject, triple.predicate, object_)  # type: ignore[arg-type]


def _proof_with_original_names(proof: AnyProof) -> AnyProof:
    premises = tuple(cast(Proof, _proof_with_original_names(each)) for each in proof.premises)
    if isinstance(proof, ContradictionProof):
        return replace(proof, premises=premises)
    return replace(proof, triple=_with_original_names(proof.triple), premises=premises)
