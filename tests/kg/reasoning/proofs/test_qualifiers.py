"""The qualifiers of premises are shown with the statements that follow from them."""

import json

from kg.namespaces import GLOCAL
from kg.reasoning.proofs.linked_data import to_json_ld, to_turtle
from kg.reasoning.proofs.words import render_text
from tests.kg.reasoning.proofs.conftest import Explained, evidence, triple

AXIOMS = "glocal:reaches owl:propertyChainAxiom ( glocal:leads glocal:partOf ) ."
GOAL = "id:A glocal:reaches id:C"
LEADS = evidence("p01.1-fact", "Fact", "id:A glocal:leads id:B")
LED_PARTLY = LEADS + "ev:p01.1-fact glocal:hasDegree glocal:Partly ."
PART = evidence("p01.1-fact-2", "Fact", "id:B glocal:partOf id:C")
PART_OFTEN = PART + "ev:p01.1-fact-2 glocal:hasFrequency glocal:Often ."


def test_what_is_derived_shows_the_qualifiers_of_all_its_premises(explained: Explained) -> None:
    [proof] = explained(LED_PARTLY + PART_OFTEN, AXIOMS).explain(triple(GOAL))

    assert proof.qualifiers == (GLOCAL["Often"], GLOCAL["Partly"])
    assert "qualified by glocal:Often, glocal:Partly, as its premises are" in render_text([proof])
    assert "in ev:p01.1-fact: qualified by glocal:Partly" in render_text([proof])


def test_json_ld_has_them_on_the_statement_and_on_the_evidence(explained: Explained) -> None:
    explainer = explained(LED_PARTLY + PART_OFTEN, AXIOMS)

    [proof] = json.loads(to_json_ld(explainer.explain(triple(GOAL))))["proofs"]

    assert proof["qualifiers"] == ["glocal:Often", "glocal:Partly"]
    [leads, _] = proof["premises"]
    assert leads["evidence"][0]["qualifiers"] == ["glocal:Partly"]


def test_what_another_graph_asserts_without_a_limit_has_none(explained: Explained) -> None:
    again = evidence("p01.2-fact", "Fact", "id:A glocal:leads id:B")
    [proof] = explained(LED_PARTLY + again + PART_OFTEN, AXIOMS).explain(triple(GOAL))

    assert proof.qualifiers == (GLOCAL["Often"],)


def test_a_leaf_shows_its_time_and_its_purpose_which_are_not_inherited(
    explained: Explained,
) -> None:
    timed = """ev:p01.1-fact-2 glocal:hasPurpose id:Aim ; glocal:validFrom "2001"^^xsd:gYear ;
        glocal:validUntil "2010"^^xsd:gYear ."""
    proofs = explained(LEADS + PART + timed, AXIOMS).explain(triple(GOAL))

    assert proofs[0].qualifiers == ()
    text = render_text(proofs)
    assert "in ev:p01.1-fact-2: in order to reach id:Aim; from 2001; until 2010" in text
    [_, part] = json.loads(to_json_ld(proofs))["proofs"][0]["premises"]
    assert part["evidence"][0]["hasPurpose"] == ["entity:Aim"]
    assert part["evidence"][0]["validFrom"] == {"@value": "2001", "@type": "xsd:gYear"}
    assert b'glocal:validUntil "2010"^^xsd:gYear' in to_turtle(proofs)


def test_what_has_no_limits_shows_none(explained: Explained) -> None:
    [proof] = explained(LEADS + PART, AXIOMS).explain(triple(GOAL))

    assert proof.qualifiers == ()
    assert "qualifi" not in render_text([proof])
    [document] = json.loads(to_json_ld([proof]))["proofs"]
    assert "qualifiers" not in document


def test_a_contradiction_shows_those_of_what_it_rests_on(explained: Explained) -> None:
    plan = evidence("p01.1-plan", "Plan", "id:A glocal:avoids id:C")
    axioms = AXIOMS + "glocal:reaches owl:propertyDisjointWith glocal:avoids ."

    [clash] = explained(LED_PARTLY + PART_OFTEN + plan, axioms).explain_contradictions()

    assert clash.qualifiers == (GLOCAL["Often"], GLOCAL["Partly"])
    assert "qualified by glocal:Often, glocal:Partly" in render_text([clash])
