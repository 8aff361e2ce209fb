"""The names of derived graphs, and how a release describes them and contradictions in worlds."""

import re
from collections import defaultdict
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.namespaces import GLOCAL, GRAPH, ID, PREFIXES
from kg.reasoning.derivation.derive import Derivation, Derivations, WorldContradiction
from kg.reasoning.derivation.release_graphs import (
    assemble_release,
    contradiction_iri,
    describe_contradictions,
    name_derived_graph,
    read_contradictions,
)
from kg.statuses import HYPOTHESES, PLANS, Base, Standing, Status, World
from kg.store.quad_store import Store
from kg.store.views import standings_described

NEAR = Triple(ID["a"], GLOCAL["near"], ID["a"])
NAMED = Triple(ID["a"], GLOCAL["name"], Literal("A", language="en"))
ANN, BOB = (World(Status.CLAIM, ID[name]) for name in ("Ann", "Bob"))
OF_ANN = WorldContradiction("prp-irp-near", (NEAR,), Standing(Base.FACT, ANN))
OF_BOB = WorldContradiction("prp-irp-near", (NEAR,), Standing(Base.READING, BOB))
PLANNED = WorldContradiction("prp-pdw-near-name", (NEAR, NAMED), Standing(Base.THESIS, PLANS))
CURATORS = ID["Curators"]

# Where a triple stands, whether it restates a claim, its graph, and what describes this graph.
DERIVED_GRAPHS = [
    (Standing(Base.FACT), False, "derived-fact-r", "hasStatus Fact"),
    (Standing(Base.THESIS), False, "derived-thesis-r", "hasStatus Thesis"),
    (Standing(Base.READING), False, "derived-reading-r", "hasStatus Reading, heldBy Curators"),
    (Standing(Base.FACT, ANN), True, "derived-claim-Ann-r", "hasStatus Claim, heldBy Ann"),
    (
        Standing(Base.FACT, ANN),
        False,
        "follows-from-Ann-fact-r",
        "followsFromClaimOf Ann, hasStatus Reading, heldBy Curators",
    ),
    (
        Standing(Base.READING, BOB),
        False,
        "follows-from-Bob-reading-r",
        "followsFromClaimOf Bob, hasStatus Reading, heldBy Curators",
    ),
    (Standing(Base.THESIS, PLANS), False, "derived-plan-thesis-r", "hasStatus Plan"),
    (
        Standing(Base.READING, HYPOTHESES),
        False,
        "derived-hypothesis-reading-r",
        "hasStatus Hypothesis, heldBy Curators",
    ),
]


def in_meta(*clashes: WorldContradiction) -> list[Quad]:
    return [
        Quad(one.subject, one.predicate, one.object, GRAPH["meta"])
        for one in describe_contradictions(clashes, CURATORS)
    ]


@pytest.mark.parametrize(("standing", "restates", "name", "said"), DERIVED_GRAPHS)
def test_a_derived_graph_says_where_it_stands_and_who_holds_it(
    standing: Standing, *, restates: bool, name: str, said: str
) -> None:
    derivation = Derivation(NEAR, "r", standing, restates)
    quads = assemble_release([], [], Derivations((derivation,), ()), [], CURATORS)

    graph = name_derived_graph(derivation)
    described = defaultdict(list)
    for quad in quads:
        if quad.subject == graph and quad.graph_name == GRAPH["meta"]:
            described[quad.predicate].append(quad.object)
    names = ("followsFromClaimOf", "hasStatus", "heldBy")
    held = [(key, one.value) for key in names for one in described[GLOCAL[key]]]
    assert graph == GRAPH[name]
    assert ", ".join(f"{key} {re.split('[/#]', value)[-1]}" for key, value in held) == said
    assert described[GLOCAL["hasBase"]] == [standing.base.status.iri]
    assert standings_described(described) == [standing]


@pytest.mark.parametrize("world", [None, ANN, HYPOTHESES, PLANS])
@pytest.mark.parametrize("base", Base)
def test_only_what_stands_without_worlds_and_readings_is_in_the_default_graph(
    base: Base, world: World | None
) -> None:
    derivation = Derivation(NEAR, "r", Standing(base, world))

    quads = assemble_release([], [], Derivations((derivation,), ()), [], CURATORS)

    graphs = {getattr(quad.graph_name, "value", "default") for quad in quads if quad.triple == NEAR}
    expected = {name_derived_graph(derivation).value}
    if world is None:
        expected.add(GRAPH[f"derived-{base.name.lower()}"].value)
    if world is None and base is not Base.READING:
        expected |= {GRAPH["derived"].value, "default"}
    assert graphs == expected


def test_what_is_described_is_read_back_the_strongest_standing_first() -> None:
    found = read_contradictions(in_meta(PLANNED, OF_BOB, OF_ANN))

    assert found == [OF_ANN, OF_BOB, PLANNED]


def test_the_order_of_the_statements_is_kept_beyond_nine() -> None:
    many = tuple(Triple(ID[f"n{number}"], GLOCAL["near"], ID["a"]) for number in range(11))

    assert read_contradictions(in_meta(replace(PLANNED, triples=many)))[0].triples == many


def test_a_name_says_the_rule_and_differs_by_world_and_statements() -> None:
    hypothesis = replace(OF_ANN, standing=Standing(Base.FACT, HYPOTHESES))

    names = {contradiction_iri(one).value for one in (OF_ANN, OF_BOB, hypothesis)}

    assert len(names) == 3
    assert all(
        name.startswith("https://w3id.org/glocal/contradiction/prp-irp-near-") for name in names
    )
    weaker = replace(OF_ANN, standing=Standing(Base.THESIS, ANN))
    assert contradiction_iri(OF_ANN) == contradiction_iri(weaker)


def test_sparql_finds_what_clashes_and_whose_claim_it_is() -> None:
    store = Store.in_memory(in_meta(OF_ANN, PLANNED))
    prefixes = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())

    rows = store.query(
        prefixes + "SELECT ?rule ?property { GRAPH graph:meta { ?clash a glocal:Contradiction ; "
        "glocal:byRule ?rule ; glocal:followsFromClaimOf id:Ann ; "
        "glocal:hasClashingStatement/rdf:predicate ?property } }"
    )

    assert [tuple(row) for row in rows] == [
        (NamedNode("https://w3id.org/glocal/rule/prp-irp-near"), GLOCAL["near"])
    ]


def test_what_is_no_contradiction_is_not_read() -> None:
    described = in_meta(OF_ANN)
    others = [quad for quad in described if quad.object != GLOCAL["Contradiction"]]

    assert read_contradictions(others) == []
