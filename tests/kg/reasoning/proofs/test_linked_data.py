import json

import pyoxigraph
import pytest
from pyld import jsonld
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from kg.content import own_content
from kg.namespaces import PREFIXES
from kg.paths import newest_context_file
from kg.reasoning.proofs.linked_data import to_json_ld, to_turtle
from kg.reasoning.proofs.proof import Proof
from tests.kg.reasoning.proofs.conftest import Paper, triple

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


def canonical(text: bytes, form: RdfFormat) -> set:
    dataset = Dataset(parse(text, format=form))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


@pytest.mark.slow
def test_json_ld_and_turtle_say_the_same(paper: Paper) -> None:
    document = json.loads(to_json_ld(proofs(paper)))
    ours = json.loads(newest_context_file(own_content().ontology).read_text(encoding="utf-8"))
    # The project's context as a client fetches it, followed by the context of proofs.
    document["@context"][0] = ours["@context"]
    quads = jsonld.to_rdf(document, {"format": "application/n-quads"}).encode()

    assert canonical(quads, RdfFormat.N_QUADS) == canonical(
        to_turtle(proofs(paper)), RdfFormat.TURTLE
    )


def test_premises_rules_and_passages_can_be_asked_for_in_prov(paper: Paper) -> None:
    store = pyoxigraph.Store()
    store.load(to_turtle(paper.explainer.explain(triple(GOAL))), format=RdfFormat.TURTLE)

    rows = store.query(
        PROLOGUE + "SELECT DISTINCT ?page WHERE { ?all prov:hadMember ?proof . ?proof "
        "prov:wasGeneratedBy/prov:qualifiedAssociation/prov:hadPlan ?rule ; rdf:subject id:London ;"
        " (prov:wasDerivedFrom|prov:wasQuotedFrom)+/glocal:fromPassage/glocal:page ?page ."
        " ?rule a prov:Plan }"
    )

    assert [row["page"].value for row in rows] == ["10"]


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
    assert (evidence["id"], evidence["fromPassage"][0]["page"]) == ("ev:p10.1-citeddata-5", 10)
