"""Proofs by rules with NOT EXISTS or an aggregate."""

import json
from pathlib import Path

import pytest
from pyoxigraph import Literal, Quad, Triple
from pyoxigraph import Store as Engine

from kg.errors import NotDerived
from kg.namespaces import GLOCAL, ID
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import META, premises_of
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.linked_data import to_json_ld
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.proofs.words import format_triple, render_mermaid, render_text
from kg.reasoning.rules.rule import read_rules
from kg.statuses import Base, Standing, Status
from tests.kg.reasoning.proofs.conftest import CURATORS, Explained, evidence, quads, triple
from tests.kg.reasoning.proofs.test_explainer import ANN

HEADER = f"""# rule (en): A.
# rule (zh): 甲。
# status: neutral
# source: a test
PREFIX glocal: <{GLOCAL}>
PREFIX id: <{ID}>
"""
ALONE = """CONSTRUCT { ?x glocal:standsAlone ?y } WHERE {
    ?x glocal:near ?y FILTER NOT EXISTS { ?x glocal:leads ?z FILTER (?z != ?y) } }"""
DEGREE = """CONSTRUCT { ?g glocal:degree ?n } WHERE {
    ?g glocal:near id:sea
    { SELECT ?g (COUNT(DISTINCT ?x) AS ?n) WHERE { ?x glocal:leads ?g } GROUP BY ?g } }"""
CENTRAL = """CONSTRUCT { ?g glocal:isCentralIn id:hub } WHERE {
    { SELECT ?g (COUNT(*) AS ?n) WHERE { ?x glocal:leads ?g . ?g glocal:near ?y }
      GROUP BY ?g HAVING (COUNT(*) > 1) } }"""
RULES = {"alone": HEADER + ALONE, "degree": HEADER + DEGREE, "central": HEADER + CENTRAL}
FACTS = (
    "id:a glocal:near id:b . id:b glocal:leads id:c . id:b glocal:near id:d . "
    "id:e glocal:leads id:c . id:c glocal:near id:sea ."
)


def only(explainer: Explainer, text: str) -> Proof:
    [proof] = explainer.explain(triple(text))
    return proof


def test_a_proof_says_what_is_absent(explained: Explained) -> None:
    proof = only(explained(evidence("a", "Fact", FACTS), "", RULES), "id:a glocal:standsAlone id:b")

    absent = "absent: id:a glocal:leads ?z, where ?z != id:b"
    assert (proof.status, proof.holder) == (Status.READING, CURATORS)
    assert [format_triple(one.triple) for one in proof.premises] == ["id:a glocal:near id:b"]
    assert [f"absent: {one}" for one in proof.absent] == [absent]
    assert absent in render_text([proof])
    assert absent in render_mermaid([proof])
    assert json.loads(to_json_ld([proof]))["proofs"][0]["derivation"]["absent"] == [absent]


def test_what_is_there_only_as_a_thesis_is_not_absent(explained: Explained) -> None:
    curated = evidence("a", "Fact", FACTS) + evidence("b", "Thesis", "id:a glocal:leads id:c .")

    with pytest.raises(NotDerived) as caught:
        explained(curated, "", RULES).explain(triple("id:a glocal:standsAlone id:b"))

    [nearest] = caught.value.nearest
    assert nearest["missing"] == "the absence of id:a glocal:leads ?z, where ?z != id:b"
    assert nearest["present"] == ["id:a glocal:near id:b"]


def test_what_is_claimed_is_absent_outside_of_its_world(explained: Explained) -> None:
    claim = evidence("b", "Claim", "id:a glocal:leads id:c . id:f glocal:near id:b .", "id:Ann")
    explainer = explained(evidence("a", "Fact", FACTS) + claim, "", RULES)

    standings = [
        proof.standing
        for goal in ("id:a glocal:standsAlone id:b", "id:f glocal:standsAlone id:b")
        for proof in explainer.explain(triple(goal), limit=5)
    ]

    assert standings == [Standing(Base.READING), Standing(Base.READING, ANN)]


def test_the_premises_of_an_aggregate_are_its_whole_group(explained: Explained) -> None:
    explainer = explained(evidence("a", "Fact", FACTS), "", RULES)

    [proof] = explainer.explain(Triple(ID["c"], GLOCAL["degree"], Literal(2)))

    assert [format_triple(one.triple) for one in proof.premises] == [
        "id:c glocal:near id:sea",
        "id:b glocal:leads id:c",
        "id:e glocal:leads id:c",
    ]


def test_a_count_that_only_a_filter_asks_for_is_proved_too(explained: Explained) -> None:
    explainer = explained(evidence("a", "Fact", FACTS), "", {"central": RULES["central"]})

    proof = only(explainer, "id:c glocal:isCentralIn id:hub")

    assert {format_triple(one.triple) for one in proof.premises} == {
        "id:b glocal:leads id:c",
        "id:e glocal:leads id:c",
        "id:c glocal:near id:sea",
    }


def test_every_derived_triple_is_constructed_from_its_premises_alone(
    explained: Explained, tmp_path: Path
) -> None:
    claim = evidence("b", "Claim", "id:f glocal:leads id:c .", "id:Ann")
    explainer = explained(evidence("a", "Fact", FACTS) + claim, "", RULES)
    asserted = premises_of(quads(evidence("a", "Fact", FACTS) + claim, META))
    derivations = derive(asserted, read_rules(tmp_path)).derivations

    assert {(format_triple(one.triple), one.standing.world) for one in derivations} == {
        ("id:a glocal:standsAlone id:b", None),
        ("id:c glocal:standsAlone id:sea", None),
        (f"id:c glocal:degree {Literal(2)}", None),
        (f"id:c glocal:degree {Literal(3)}", ANN),
        ("id:c glocal:isCentralIn id:hub", None),
    }
    for one in derivations:
        proofs = explainer.explain(one.triple, limit=3)
        assert one.standing.base is Base.READING
        assert [proof.standing for proof in proofs] == [one.standing]
        for step in (each for proof in proofs for each in proof.steps() if each.rule):
            store = Engine()
            store.extend(Quad(*premise.triple) for premise in step.premises)  # type: ignore[misc]
            assert step.rule is not None
            assert step.triple in set(store.query(RULES[step.rule.name]))
