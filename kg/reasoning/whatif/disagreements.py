"""Disagreements: contradictions between claims, and disagreements that the text reports.

The axioms see few disagreements. So the statements by which the text itself says that somebody
disagrees are listed too: those whose property has `glocal:reportsDisagreement true`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relations import match_triples
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import AnyProof, EvidenceGraph, Proof
from kg.reasoning.whatif.engine import WhatIf
from kg.statuses import Attribution, Base, Standing


@dataclass(frozen=True)
class Opponent:
    """The object of a disagreement, which is that of `report`, the statement that says so.

    `claims` are what others claim of it. `reached` follows from the report only by our readings,
    which its proofs show, together with the statements about the object that they rest on.
    """

    report: Proof
    claims: tuple[Proof, ...]
    reached: tuple[Proof, ...]

    @property
    def term(self) -> object:
        """The person or thing."""
        return self.report.triple.object

    def grounds(self, reached: Proof) -> list[Proof]:
        """Return the asserted statements, other than the report, that a proof rests on."""
        leaves = (step for step in reached.steps() if step.rule is None)
        return [leaf for leaf in leaves if leaf.triple != self.report.triple]


@dataclass(frozen=True)
class Dispute:
    """All that one party disagrees with, as one holder, the text or the facts say."""

    party: object
    attribution: Attribution | None
    opponents: tuple[Opponent, ...]

    @property
    def evidence(self) -> tuple[EvidenceGraph, ...]:
        """The evidence of all the reports; empty if they have not the same."""
        of_each = {one.report.evidence for one in self.opponents}
        return of_each.pop() if len(of_each) == 1 else ()


def find_disagreements(whatif: WhatIf) -> list[AnyProof]:
    """Return the proofs of all contradictions in and between worlds, then reported disagreements.

    First come the contradictions between claims of several holders, then those of one world with
    what stands without it, then each reported statement with its evidence, once per standing.
    """
    return [*find_contradictions(whatif), *_reported(whatif.explainer)]


def find_contradictions(whatif: WhatIf) -> list[AnyProof]:
    """Return the proofs of the contradictions between worlds, then of those in one."""
    return [*whatif.joint_contradictions(), *whatif.explainer.explain_contradictions()]


def find_disputes(explainer: Explainer) -> list[Dispute]:
    """Return the reported disagreements by party and by who says so, the strongest first.

    Those with somebody who claims the contrary come before those with things.
    """
    reports = defaultdict[tuple[object, Attribution | None], list[Proof]](list)
    for report in _reported(explainer):
        reports[report.triple.subject, report.attribution].append(report)
    disputes = [
        Dispute(party, attribution, tuple(_opponent(explainer, report) for report in several))
        for (party, attribution), several in reports.items()
    ]

    def order(dispute: Dispute) -> tuple[object, ...]:
        rank = dispute.attribution.status.rank if dispute.attribution else 0
        return rank, not any(one.claims for one in dispute.opponents), str(dispute.party)

    return sorted(disputes, key=order)


def _reported(explainer: Explainer) -> Iterator[Proof]:
    facts, find = explainer.facts, explainer.facts.vocabulary.find
    marked = {
        triple.subject
        for triple in explainer.store.triples(predicate=GLOCAL["reportsDisagreement"])
    }
    predicates = {find(each) for each in marked if isinstance(each, NamedNode)}
    found = (codes for codes in facts.assertions if codes[1] in predicates)
    for codes in sorted(found, key=lambda each: str(facts.vocabulary.decode_triple(each))):
        for standing in sorted(facts.standings(codes), key=lambda each: each.rank):
            yield explainer.smallest_proof(codes, standing)


def _opponent(explainer: Explainer, report: Proof) -> Opponent:
    claims, reached = _claims_of(explainer, report), _reached(explainer, report)
    return Opponent(report, tuple(claims), tuple(reached))


def _claims_of(explainer: Explainer, report: Proof) -> Iterator[Proof]:
    """Yield what holders claim of the object of a report, other than whoever reports it."""
    facts, ends = explainer.facts, {*_codes_of(explainer, report.triple.object)}
    about = (codes for codes in facts.assertions if ends & {codes[0], codes[2]})
    for codes in sorted(about, key=lambda each: str(facts.vocabulary.decode_triple(each))):
        for standing in sorted(facts.standings(codes), key=lambda each: each.rank):
            world = standing.world
            if world and world.holder and world.holder != report.holder:
                yield explainer.smallest_proof(codes, standing)


def _reached(explainer: Explainer, report: Proof) -> Iterator[Proof]:
    """Yield what follows from a report only by readings, about either end of it."""
    facts, standing = explainer.facts, report.standing
    if standing is None or standing.world or standing.base is Base.READING:
        return
    readings = facts.layers[Base.READING]
    about = set[CodedTriple]()
    for end in _codes_of(explainer, report.triple.subject, report.triple.object):
        about.update(match_triples(readings, end, None, None))
        about.update(match_triples(readings, None, None, end))
    derived = (codes for codes in about if facts.base(codes) is Base.READING)
    for codes in sorted(derived, key=lambda each: str(facts.vocabulary.decode_triple(each))):
        proof = explainer.smallest_proof(codes, Standing(Base.READING))
        if proof.rule and any(triple == report.triple for triple, _ in proof.leaves):
            yield proof


def _codes_of(explainer: Explainer, *terms: object) -> list[int]:
    """Return the codes of those of the terms that are IRIs."""
    find = explainer.facts.vocabulary.find
    codes = (find(term) for term in terms if isinstance(term, NamedNode))
    return [code for code in codes if code is not None]
