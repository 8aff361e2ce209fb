"""Nothing of a world or of a reading is in the default graph; these have graphs of their own."""

import re
from collections import defaultdict
from functools import cache

import pytest
from pyoxigraph import Quad, Triple

from kg.content import own_content
from kg.namespaces import ASSERTED, GLOCAL, GRAPH, ID
from kg.reasoning.derivation.release_graphs import assemble_release
from kg.release.build import reason_over
from kg.sources.folders import read_curated, read_ontology
from kg.statuses import Base, Status

DEFAULT = [status for status in Status if status.base in set(Base) - {Base.READING}]
ELSEWHERE = [status for status in Status if status not in DEFAULT]


@cache
def graphs() -> dict[str, set[Triple]]:
    """The paper's release by graph name; `default` is the graph of queries without GRAPH."""
    ontology, curated = read_ontology(), read_curated()
    reasoned = reason_over(curated, ontology)
    found: dict[str, set[Triple]] = defaultdict(set)
    curators = ID[own_content().curators]
    for quad in assemble_release(curated, ontology, reasoned.closure, reasoned.rules, curators):
        found[getattr(quad.graph_name, "value", "default")].add(quad.triple)
    return dict(found)


def described_by(predicate: str) -> dict[str, set[object]]:
    """The values of this property for each evidence graph and derived graph."""
    found: dict[str, set[object]] = defaultdict(set)
    for triple in graphs()[GRAPH["meta"].value]:
        if triple.predicate == GLOCAL[predicate]:
            found[triple.subject.value].add(triple.object)
    return found


def triples_of(*statuses: Status) -> set[Triple]:
    """All triples in evidence graphs and derived graphs of these statuses."""
    wanted = {status.iri for status in statuses}
    names = [name for name, given in described_by("hasStatus").items() if given & wanted]
    return set().union(*(graphs().get(name, set()) for name in names))


@pytest.mark.slow
def test_there_are_triples_of_every_status() -> None:
    assert all(triples_of(status) for status in Status)


@pytest.mark.slow
@pytest.mark.parametrize("status", ELSEWHERE, ids=lambda one: one.value)
def test_what_only_this_status_says_is_not_in_the_default_graph(status: Status) -> None:
    default = triples_of(*DEFAULT) | graphs()[GRAPH["entities"].value]

    only_so = triples_of(status) - default

    assert only_so
    assert not only_so & graphs()["default"]


def test_what_stands_only_in_a_world_is_not_in_the_default_graph() -> None:
    derived = {name for name in described_by("byRule") if name in graphs()}
    outside = {name for name in derived if re.search("/derived-(fact|background|thesis)-", name)}
    in_default = set().union(*(graphs()[name] for name in outside)) | graphs()[ASSERTED.value]

    beyond = set().union(*(graphs()[name] for name in derived - outside)) - in_default

    assert beyond
    assert not beyond & graphs()["default"]


@pytest.mark.parametrize("kind", ["asserted", "derived"])
def test_the_parts_by_base_divide_what_is_asserted_and_what_is_derived(kind: str) -> None:
    bases = [graphs()[GRAPH[f"{kind}-{base.name.lower()}"].value] for base in Base]

    assert sum(map(len, bases)) == len(set().union(*bases))
    *without_readings, readings = bases
    in_default = set().union(*without_readings)
    assert graphs()[GRAPH[kind].value] <= in_default <= graphs()["default"]
    assert readings
    assert not readings & graphs()[GRAPH[kind].value]


def test_the_default_graph_is_what_is_asserted_and_what_is_derived() -> None:
    asserted, derived = graphs()[GRAPH["asserted"].value], graphs()[GRAPH["derived"].value]

    assert graphs()["default"] == asserted | derived
    assert not asserted & derived


def test_every_claim_names_its_holder_and_every_reading_is_the_curators() -> None:
    statuses, holders = described_by("hasStatus"), described_by("heldBy")

    claims = {name for name, given in statuses.items() if Status.CLAIM.iri in given}
    readings = {name for name in graphs() if Status.READING.iri in statuses.get(name, ())}

    assert claims
    assert all(holders[name] for name in claims)
    assert readings
    assert all(holders[name] == {ID["GlocalMaintainers"]} for name in readings)


def test_every_evidence_graph_of_the_paper_leads_to_a_passage() -> None:
    passages = described_by("fromPassage")
    background = {
        name
        for name, given in described_by("hasStatus").items()
        if Status.BACKGROUND.iri in given and "/evidence/" in name
    }
    evidence = {name for name in graphs() if "/evidence/" in name}

    assert {name for name in evidence if len(passages[name]) != 1} == background


def test_every_derived_triple_stands_under_a_rule() -> None:
    by_rule = {quad for name in described_by("byRule") for quad in graphs().get(name, ())}

    for name in ("derived", *(f"derived-{base.name.lower()}" for base in Base)):
        assert graphs()[GRAPH[name].value] <= by_rule


def test_no_triple_is_lost_between_curated_files_and_the_release() -> None:
    curated: list[Quad] = read_curated()

    assert [q for q in curated if q.triple not in graphs()[q.graph_name.value]] == []
