import json

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat

from kg.namespaces import PREFIXES
from kg.reasoning.proofs.linked_data import to_json_ld, to_turtle
from kg.reasoning.proofs.proof import Proof
from tests.kg.reasoning.conftest import Paper
from tests.kg.reasoning.proofs.conftest import assert_json_ld_and_turtle_say_the_same, triple

GOAL = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"
PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def proofs(paper: Paper) -> list[Proof]:
    """Proofs of a derived triple, of one with a type as a leaf, and of a label."""
    texts = (
        GOAL,
        "id:London rdf:type glocal:City",
        "id:Guangzhou glocal:participatesInGoverning id:SustainableDevelopment",
    )
    return [proof for text in texts for proof in paper.explainer.explain(triple(text), limit=3)]


@pytest.mark.slow
def test_json_ld_and_turtle_say_the_same(paper: Paper) -> None:
    assert_json_ld_and_turtle_say_the_same(proofs(paper))


def test_premises_rules_and_passages_can_be_asked_for_in_prov(paper: Paper) -> None:
    store = pyoxigraph.Store()
    store.load(to_turtle(paper.explainer.explain(triple(GOAL))), format=RdfFormat.TURTLE)

    rows = store.query(
        PROLOGUE + "SELECT DISTINCT ?page WHERE { ?all prov:hadMember ?proof . ?proof "
        "prov:wasGeneratedBy/prov:qualifiedAssociation/prov:hadPlan ?rule ; rdf:subject id:London ;"
        " (prov:wasDerivedFrom|prov:wasQuotedFrom)+/glocal:fromPassage/glocal:page ?page ."
        " ?rule a prov:Plan }"
    )

    assert [row["page"].value for row in rows] == ["11"]


def test_a_proof_in_json_nests_its_premises(paper: Paper) -> None:
    [explained] = paper.explainer.explain(triple(GOAL))

    [proof] = json.loads(to_json_ld([explained]))["proofs"]

    assert explained.standing is not None
    base = f"glocal:{explained.standing.base.status.value}"
    assert (proof["position"], proof["hasStatus"], proof["hasBase"]) == (1, base, base)
    assert proof["subject"] == "entity:London"
    assert [premise["predicate"] for premise in proof["premises"]] == [
        "glocal:indirectlyInfluences",
        "glocal:launched",
    ]
    [evidence] = proof["premises"][1]["evidence"]
    assert (evidence["id"], evidence["fromPassage"][0]["page"]) == ("ev:p10.1-citeddata-5", 11)
