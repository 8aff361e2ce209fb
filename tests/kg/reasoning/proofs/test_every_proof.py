"""Every proof of every derived triple of the paper's graph, checked by other means.

A step is right if its rule, as SPARQL on the premises alone, constructs its conclusion.
"""

from collections import defaultdict
from dataclasses import replace
from functools import cache

import pyoxigraph
import pytest
from pyoxigraph import NamedNode, Quad, Triple

from kg.content import own_content
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status
from tests.kg.reasoning.proofs.conftest import Paper, triple

pytestmark = pytest.mark.slow

Standing = tuple[Status, NamedNode | None]
STRENGTH = list(Status)


def level(status: Status) -> Status:
    """Facts, cited data and bibliography are one level, called Fact."""
    return Status.FACT if status.holds and status.level == 0 else status


class Checker:
    """Checks proofs with the asserted triples and with each rule as a CONSTRUCT."""

    def __init__(self, paper: Paper) -> None:
        self.rules = {rule.name: rule for rule in paper.rules}
        self.asserted = {
            (one.triple, one.status, one.holder if one.status is Status.CLAIM else None)
            for one in paper.premises
        }
        self.graphs: dict[object, set[Triple]] = defaultdict(set)
        for quad in paper.curated:
            self.graphs[quad.graph_name].add(quad.triple)
        self.constructs = cache(self._constructs)

    def check(self, proof: Proof, above: frozenset[Triple] = frozenset()) -> None:
        """Fail at the first wrong step, from the conclusion down."""
        assert proof.triple not in above
        if proof.rule is None:
            assert not proof.premises
            assert (proof.triple, proof.status, proof.holder) in self.asserted
            assert proof.evidence
            assert all(proof.triple in self.graphs[one.graph] for one in proof.evidence)
            assert proof.status in {one.status for one in proof.evidence}
            return
        premises = tuple(premise.triple for premise in proof.premises)
        assert self.constructs(proof.rule.name, premises, proof.triple), proof.rule.name
        assert proof.status is self._weakest(proof)
        assert {one.holder for one in proof.premises if one.holder} <= {proof.holder}
        for premise in proof.premises:
            self.check(premise, above | {proof.triple})

    def _weakest(self, proof: Proof) -> Status:
        statuses = [level(one.status) for one in proof.premises if one.status]
        own = self.rules[proof.rule.name].status if proof.rule else None
        return max([*statuses, level(own or Status.FACT)], key=STRENGTH.index)

    def _constructs(self, name: str, premises: tuple[Triple, ...], wanted: Triple) -> bool:
        rule = self.rules[name]
        assert len(premises) == len(rule.body)
        store = pyoxigraph.Store()
        store.extend(Quad(one.subject, one.predicate, one.object) for one in premises)
        file = own_content().ontology / "rules" / f"{name}.rq"
        text = file.read_text(encoding="utf-8") if file.exists() else construct(rule)
        return wanted in set(store.query(text))


def construct(rule: Rule) -> str:
    """The SPARQL of a rule that an axiom was compiled to."""
    conditions = "".join(f" FILTER ({expression(each)})" for each in rule.filters)
    return f"CONSTRUCT {{ {pattern(rule.head)} }} WHERE {{ {pattern(rule.body)}{conditions} }}"


def expression(condition: Expression) -> str:
    """A facet or a comparison in SPARQL; our axioms have no other conditions."""
    parts = [
        expression(one) if isinstance(one, Expression) else str(one) for one in condition.arguments
    ]
    if condition.operator == "dt-type2":
        return f"datatype({parts[0]}) = {parts[1]}"
    if condition.operator == "dt-restriction":
        return " && ".join(parts)
    assert condition.operator in {"<", "<=", ">", ">="}
    return f" {condition.operator} ".join(parts)


def pattern(atoms: tuple[Atom, ...]) -> str:
    return " . ".join(" ".join(map(str, atom)) for atom in atoms)


@pytest.fixture(scope="module")
def derived(paper: Paper) -> dict[Triple, set[Standing]]:
    """Each derived triple and the standings of its derived graphs."""
    found: dict[Triple, set[Standing]] = defaultdict(set)
    for one in paper.closure.derivations:
        found[one.triple].add((one.status, one.holder))
    return found


def test_the_rules_made_from_the_release_are_those_it_was_built_by(paper: Paper) -> None:
    by_name = {rule.name: rule for rule in paper.explainer.rules}

    assert by_name == {rule.name: rule for rule in paper.rules}


def test_every_derived_triple_has_a_right_proof_at_the_level_of_its_graph(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    checker = Checker(paper)
    for one, standings in derived.items():
        [proof] = paper.explainer.explain(one)
        checker.check(proof)
        strongest = min(STRENGTH.index(status) for status, _ in standings)
        assert proof.rule is not None
        assert STRENGTH.index(proof.status or Status.COUNTERFACTUAL) == strongest
        assert (proof.status, proof.holder) in standings


def test_every_further_minimal_proof_is_right_too(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    checker = Checker(paper)
    for one, standings in derived.items():
        found = paper.explainer.explain(one, limit=4)
        for proof in found:
            checker.check(proof)
        ranks = [STRENGTH.index(level(proof.status or Status.COUNTERFACTUAL)) for proof in found]
        assert ranks == sorted(ranks)
        assert ranks[0] == min(STRENGTH.index(status) for status, _ in standings)
        assert not [a for a in found for b in found if a is not b and a.leaves <= b.leaves]


def test_a_triple_that_stands_twice_has_a_proof_of_each_standing(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    several = {one: standings for one, standings in derived.items() if len(standings) > 1}

    assert several
    for one, standings in several.items():
        found = paper.explainer.explain(one, limit=50)
        assert {(proof.status, proof.holder) for proof in found} >= standings


def test_the_checker_finds_what_is_wrong_in_a_proof(paper: Paper) -> None:
    goal = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"
    [proof] = paper.explainer.explain(triple(goal))
    first, second = proof.premises
    wrong = [
        replace(proof, status=Status.FACT),
        replace(proof, premises=(first,)),
        replace(proof, premises=(second, first)[:1] * 2),
        replace(proof, premises=(first, replace(second, status=Status.FACT))),
        replace(proof, triple=triple("id:London glocal:contributedToLaunchOf id:C40")),
        replace(proof, premises=(first, replace(second, rule=proof.rule, premises=(proof, first)))),
    ]

    Checker(paper).check(proof)
    for one in wrong:
        with pytest.raises(AssertionError):
            Checker(paper).check(one)


def test_the_launch_is_traced_through_c40_to_its_passages(paper: Paper) -> None:
    goal = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"

    [proof] = paper.explainer.explain(triple(goal))

    assert proof.status is Status.THESIS
    leaves = {leaf.triple: leaf for leaf in proof.steps() if leaf.rule is None}
    assert set(leaves) == {
        triple("id:C40 glocal:initiatedBy id:KenLivingstone"),
        triple("id:KenLivingstone glocal:mayorOf id:London"),
        triple("id:C40 glocal:influences id:UNHabitat"),
        triple("id:UNHabitat glocal:launched id:CitiesAndClimateChangeInitiative"),
    }
    pages = [one.page for leaf in leaves.values() for e in leaf.evidence for one in e.passages]
    assert pages == ["10"] * 4
