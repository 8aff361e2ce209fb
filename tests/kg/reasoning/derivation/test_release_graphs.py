"""How a release describes contradictions at levels that do not hold."""

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.namespaces import GLOCAL, GRAPH, ID, PREFIXES
from kg.reasoning.derivation.levels import NotHoldingContradiction
from kg.reasoning.derivation.release_graphs import (
    contradiction_iri,
    describe_contradictions,
    read_contradictions,
)
from kg.statuses import Status
from kg.store.quad_store import Store

NEAR = Triple(ID["a"], GLOCAL["near"], ID["a"])
NAMED = Triple(ID["a"], GLOCAL["name"], Literal("A", language="en"))
OF_ANN = NotHoldingContradiction("prp-irp-near", (NEAR,), Status.CLAIM, ID["Ann"])
OF_BOB = NotHoldingContradiction("prp-irp-near", (NEAR,), Status.CLAIM, ID["Bob"])
PLANNED = NotHoldingContradiction("prp-pdw-near-name", (NEAR, NAMED), Status.PLAN)


def in_meta(*clashes: NotHoldingContradiction) -> list[Quad]:
    return [
        Quad(one.subject, one.predicate, one.object, GRAPH["meta"])
        for one in describe_contradictions(clashes)
    ]


def test_what_is_described_is_read_back_the_strongest_status_first() -> None:
    found = read_contradictions(in_meta(PLANNED, OF_BOB, OF_ANN))

    assert set(found[:2]) == {OF_ANN, OF_BOB}
    assert found[2:] == [PLANNED]


def test_the_order_of_the_statements_is_kept_beyond_nine() -> None:
    many = tuple(Triple(ID[f"n{number}"], GLOCAL["near"], ID["a"]) for number in range(11))

    assert (
        read_contradictions(in_meta(NotHoldingContradiction("long", many, Status.PLAN)))[0].triples
        == many
    )


def test_a_name_says_the_rule_and_differs_by_holder_statements_and_status() -> None:
    hypothesis = NotHoldingContradiction("prp-irp-near", (NEAR,), Status.HYPOTHESIS)

    names = {contradiction_iri(one).value for one in (OF_ANN, OF_BOB, hypothesis)}

    assert len(names) == 3
    assert all(
        name.startswith("https://w3id.org/glocal/contradiction/prp-irp-near-") for name in names
    )
    assert contradiction_iri(OF_ANN) == contradiction_iri(
        NotHoldingContradiction("prp-irp-near", (NEAR,), Status.CLAIM, ID["Ann"])
    )


def test_sparql_finds_what_clashes_and_whose_claim_it_is() -> None:
    store = Store.in_memory(in_meta(OF_ANN, PLANNED))
    prefixes = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())

    rows = store.query(
        prefixes + "SELECT ?rule ?property { GRAPH graph:meta { ?clash a glocal:Contradiction ; "
        "glocal:byRule ?rule ; glocal:heldBy id:Ann ; "
        "glocal:hasClashingStatement/rdf:predicate ?property } }"
    )

    assert [tuple(row) for row in rows] == [
        (NamedNode("https://w3id.org/glocal/rule/prp-irp-near"), GLOCAL["near"])
    ]


def test_what_is_no_contradiction_is_not_read() -> None:
    described = in_meta(OF_ANN)
    others = [quad for quad in described if quad.object != GLOCAL["Contradiction"]]

    assert read_contradictions(others) == []
