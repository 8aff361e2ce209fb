"""Every proof of every derived triple of the paper's graph, checked by other means.

A step is right if its rule, as SPARQL on the premises alone, constructs its conclusion.
"""

from collections import defaultdict
from dataclasses import replace
from functools import cache

import pyoxigraph
import pytest
from pyoxigraph import Quad, Triple

from kg.content import own_content
from kg.errors import NotDerived
from kg.namespaces import GLOCAL, ID
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.rules.patterns import Atom, Expression
from kg.reasoning.rules.rule import Rule
from kg.statuses import (
    PLANS,
    Attribution,
    Base,
    Standing,
    Status,
    attribute,
    describe_view,
    standing_of,
    status_of,
)
from tests.kg.reasoning.conftest import Paper
from tests.kg.reasoning.proofs.conftest import CURATORS, triple

pytestmark = pytest.mark.slow

# The rules of OWL 2 RL that put a statement in other words.
RESTATING = ("prp-inv", "prp-symp", "prp-eqp", "cax-eqc")


class Checker:
    """Checks proofs with the asserted triples and with each rule as a CONSTRUCT."""

    def __init__(self, paper: Paper) -> None:
        self.rules = {rule.name: rule for rule in paper.rules}
        self.asserted = {
            (one.triple, one.status, one.holder if one.status is Status.CLAIM else CURATORS)
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
            holder = proof.holder if proof.status is Status.CLAIM else CURATORS
            assert (proof.triple, proof.status, holder) in self.asserted
            assert proof.evidence
            assert all(proof.triple in self.graphs[one.graph] for one in proof.evidence)
            assert proof.status in {one.status for one in proof.evidence}
            assert proof.status is not None
            assert proof.standing == standing_of(proof.status, proof.holder)
            return
        premises = tuple(premise.triple for premise in proof.premises)
        assert self.constructs(proof.rule.name, premises, proof.triple), proof.rule.name
        self._check_standing(proof, proof.rule)
        for premise in proof.premises:
            self.check(premise, above | {proof.triple})

    def _check_standing(self, proof: Proof, rule: Rule) -> None:
        """The weakest base of rule and premises, and the only world of these."""
        standings = [Standing(rule.base, rule.world)]
        standings += [one.standing for one in proof.premises if one.standing]
        worlds = {one.world for one in standings} - {None}
        assert len(worlds) <= 1
        assert proof.standing == Standing(max(one.base for one in standings), *worlds)
        claims = [one for one in proof.premises if one.rule is None and one.holder]
        restates = rule.name.startswith(RESTATING) and bool(claims)
        assert proof.attribution == attribute(proof.standing, CURATORS, restates=restates)

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
        found[one.triple].add(one.standing)
    return found


def test_the_rules_made_from_the_release_are_those_it_was_built_by(paper: Paper) -> None:
    by_name = {rule.name: rule for rule in paper.explainer.rules}

    assert by_name == {rule.name: rule for rule in paper.rules}


def test_every_derived_triple_has_a_right_proof_at_its_strongest_standing(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    checker = Checker(paper)
    for one, standings in derived.items():
        [proof] = paper.explainer.explain(one)
        checker.check(proof)
        assert proof.rule is not None
        assert proof.standing == min(standings, key=lambda each: each.rank)


def test_every_further_minimal_proof_is_right_too(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    checker = Checker(paper)
    # The proofs of one triple in ten are as varied as those of all.
    for one in sorted(derived, key=str)[::10]:
        found = paper.explainer.explain(one, limit=4)
        for proof in found:
            checker.check(proof)
        ranks = [proof.standing.rank for proof in found if proof.standing]
        assert ranks == sorted(ranks)
        assert ranks[0] == min(each.rank for each in derived[one])
        assert not [a for a in found for b in found if a is not b and a.leaves <= b.leaves]


def test_each_standing_of_a_triple_has_a_right_proof_that_only_uses_what_stands_there(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    checker = Checker(paper)
    for one, standings in derived.items():
        for standing in standings:
            proofs = paper.explainer.explain(one, limit=50, view=standing)
            [proof, *_] = [each for each in proofs if each.standing == standing]
            checker.check(proof)
            assert all(step.standing and standing.includes(step.standing) for step in proof.steps())


def test_some_triples_stand_twice(derived: dict[Triple, set[Standing]]) -> None:
    several = [standings for standings in derived.values() if len(standings) > 1]

    assert several
    assert not [
        (one, other)
        for standings in several
        for one in standings
        for other in standings
        if one != other and one.includes(other)
    ]


def test_the_follow_ups_in_a_view_are_proved_there_and_nowhere_stronger(
    paper: Paper, derived: dict[Triple, set[Standing]]
) -> None:
    in_worlds = {
        one: standings for one, standings in derived.items() if all(s.world for s in standings)
    }

    assert in_worlds
    asserted = {one for one, status, _ in Checker(paper).asserted if status.holds}
    for one in set(in_worlds) - asserted:
        with pytest.raises(NotDerived) as caught:
            paper.explainer.explain(one, view=Standing(Base.READING))
        assert caught.value.elsewhere in set(map(describe_view, in_worlds[one]))


def test_just_what_holds_in_no_view_has_a_caveat(paper: Paper) -> None:
    store = paper.explainer.store
    of_claims = {quad.subject for quad in store.quads(None, GLOCAL["followsFromClaimOf"])}
    strengths = [
        (quad.subject, quad.subject not in of_claims and status_of(quad.object).holds)
        for quad in store.quads(None, GLOCAL["hasStatus"])
        if not isinstance(quad.subject, Triple)
    ]
    holding = dict[Triple, bool]()
    for graph, holds in strengths:
        for quad in store.quads(graph=graph):
            holding[quad.triple] = holding.get(quad.triple, False) or holds

    assert {*holding.values()} == {True, False}
    for one, holds in holding.items():
        assert bool(paper.explainer.suppositions(one)) is not holds, one


def test_the_checker_finds_what_is_wrong_in_a_proof(paper: Paper) -> None:
    goal = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"
    [proof] = paper.explainer.explain(triple(goal))
    first, second = proof.premises
    wrong = [
        replace(proof, standing=Standing(Base.FACT)),
        replace(proof, standing=Standing(Base.READING, PLANS)),
        replace(proof, attribution=Attribution(Status.CLAIM, ID["KenLivingstone"])),
        replace(proof, premises=(first,)),
        replace(proof, premises=(second, first)[:1] * 2),
        replace(proof, premises=(first, replace(second, standing=Standing(Base.FACT, PLANS)))),
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

    leaves = {leaf.triple: leaf for leaf in proof.steps() if leaf.rule is None}
    assert set(leaves) == {
        triple("id:C40 glocal:initiatedBy id:KenLivingstone"),
        triple("id:KenLivingstone glocal:mayorOf id:London"),
        triple("id:C40 glocal:influences id:UNHabitat"),
        triple("id:UNHabitat glocal:launched id:CitiesAndClimateChangeInitiative"),
    }
    pages = [one.page for leaf in leaves.values() for e in leaf.evidence for one in e.passages]
    assert pages == ["11"] * 4
