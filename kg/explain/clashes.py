"""A contradiction that stopped a derivation -> its proof, and the lines that it rests on."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import Quad

from kg.errors import Contradiction
from kg.explain.explainer import Explainer
from kg.explain.proofs import ContradictionProof
from kg.explain.words import plain_text, statement
from kg.reasoning.derivation.levels import derive
from kg.reasoning.derivation.release_graphs import assemble, premises
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store
from kg.validation.findings import Problem, locate


def prove(
    clash: Contradiction,
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    rules: Sequence[Rule],
    rules_folder: Path,
) -> ContradictionProof:
    """Why each of the triples that clash stands.

    Args:
        clash: what `derive` raised for these files and rules.
        curated: as `read_curated` gives them.
        ontology: as `read_ontology` gives them.
        rules: those that were derived by.
        rules_folder: where those of files stand.

    Raises:
        LimitExceeded: there is more to derive than allowed.
    """
    # What would be released if nothing were a contradiction: the explainer asks no more.
    derivations = derive(premises(curated), [rule for rule in rules if rule.head]).derivations
    store = Store.in_memory(assemble(curated, ontology, derivations, rules))
    explainer = Explainer(store, rules_folder)
    rule = next(rule for rule in explainer.rules if rule.name == clash.rule)
    return explainer.contradiction(rule, clash.triples)


def in_words(proof: ContradictionProof, curated_folder: Path, ontology_folder: Path) -> str:
    """The proof as a tree, then where each statement that it rests on is written."""
    leaves = [leaf for leaf in proof.steps() if leaf.rule is None]
    problems = [
        Problem(statement(one), "", "", one.subject, one.predicate, one.object, evidence.graph)
        for one, evidence in ((leaf.triple, each) for leaf in leaves for each in leaf.evidence)
    ]
    found = locate(problems, curated_folder, ontology_folder)
    lines = [f"{one.where}: {one.message}" for one in found]
    return "\n".join([plain_text([proof]).rstrip(), "It rests on:", *lines])
