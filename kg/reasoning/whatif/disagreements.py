"""Disagreements: contradictions between claims, and disagreements that the text reports.

The axioms see few disagreements. So the statements by which the text itself says that somebody
disagrees are listed too: those whose property has `glocal:reportsDisagreement true`.
"""

from collections.abc import Iterator

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import AnyProof, Proof
from kg.reasoning.whatif.engine import WhatIf


def find_disagreements(whatif: WhatIf) -> list[AnyProof]:
    """Return the proofs of all contradictions in and between worlds, then reported disagreements.

    First come the contradictions between claims of several holders, then those of one world with
    what stands without it, then each reported statement with its evidence, once per standing.
    """
    explainer = whatif.explainer
    between, within = whatif.joint_contradictions(), explainer.explain_contradictions()
    return [*between, *within, *_reported(explainer)]


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
