"""The views of a small release, against the graphs that its N-Quads describe."""

import gzip
from collections import defaultdict
from itertools import combinations, product
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import DefaultGraph, NamedNode, QuerySolutions, RdfFormat, Triple, parse

from kg.namespaces import GLOCAL, GRAPH
from kg.statuses import VIEWS, Base
from kg.store.quad_store import Store
from kg.store.viewed_store import in_view

pytestmark = pytest.mark.slow

BASES: Final = ("fact", "background", "thesis", "reading")
# The views, and how many of the bases each of them shows.
SHOWN: Final = {"facts": 2, "paper": 3, "readings": 4}
# What is said without a status: names, links, sources, descriptions and the ontology.
OF_NO_STATUS: Final = ("entities", "links", "meta", "ontology", "source", "withdrawn")
STATUSES: Final = {
    "Fact": "fact",
    "CitedData": "fact",
    "Bibliographic": "fact",
    "Background": "background",
    "Thesis": "thesis",
    "Reading": "reading",
}
OTHER_WORLDS: Final = {"Hypothesis": "hypotheses", "Plan": "plans"}
Triples = set[Triple]


class Described:
    """The triples of a release by graph, and by the base and world that its metadata says."""

    def __init__(self, dump: Path) -> None:
        self.graphs: dict[str, Triples] = defaultdict(set)
        with gzip.open(dump) as file:
            for quad in parse(file, format=RdfFormat.N_QUADS):
                name = quad.graph_name
                self.graphs[name.value if isinstance(name, NamedNode) else ""].add(quad.triple)
        self.standing: dict[tuple[str, str], Triples] = defaultdict(set)
        for name in OF_NO_STATUS:
            self.standing["fact", ""] |= self.graph(name)
        self.standing["background", ""] |= self.graph("background")
        for graph, description in self._descriptions().items():
            for base, world in standings(description):
                self.standing[base, world] |= self.graphs[graph]

    def graph(self, name: str) -> Triples:
        """The triples of a graph with this name."""
        return self.graphs[GRAPH[name].value]

    @property
    def worlds(self) -> set[str]:
        """The names of the worlds."""
        return {world for _, world in self.standing if world}

    def shown(self, view: str, world: str, *, without_facts: bool = False) -> Triples:
        """The triples in a view and a world, or those that are no facts outside of worlds."""
        pairs = set(product(BASES[: SHOWN[view]], {"", world}))
        pairs -= {("fact", "")} if without_facts else set()
        return set().union(*(self.standing.get(pair, ()) for pair in pairs))

    def _descriptions(self) -> dict[str, dict[str, set[str]]]:
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for triple in self.graph("meta"):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                name = triple.predicate.value.removeprefix(GLOCAL)
                value = triple.object.value.removeprefix(GLOCAL).rpartition("/")[2]
                found[triple.subject.value][name].add(value)
        return {name: one for name, one in found.items() if name in self.graphs}


def standings(description: dict[str, set[str]]) -> set[tuple[str, str]]:
    """The bases and worlds, or the empty name of none, of a graph with this description."""
    [status] = description["hasStatus"] or {""}
    bases = {STATUSES[base] for base in description["hasBase"]} or {"fact"}
    if claimed_by := description["followsFromClaimOf"]:
        return set(product(bases, claimed_by))
    if status == "Claim":
        return set(product(bases, description["heldBy"]))
    if status in OTHER_WORLDS:
        return set(product(bases, {OTHER_WORLDS[status]}))
    return {(STATUSES[status], "")} if status in STATUSES else set()


@pytest.fixture(scope="module")
def described(small_release: Path) -> Described:
    return Described(small_release / "glocal.nq.gz")


@pytest.fixture(scope="module")
def store(small_release: Path) -> Store:
    return Store.open(small_release)


def test_every_view_and_world_changes_the_default_graph_as_its_graphs_are_described(
    described: Described, store: Store
) -> None:
    holding = described.graphs[""]
    weaker = holding - described.standing["fact", ""]

    assert set(store.views.worlds) == described.worlds | {"hypotheses", "plans"}
    for view, world in product(VIEWS, ("", *store.views.worlds)):
        change = store.views.change(store.views.parse(view, world))
        # Facts are in every view; without them, the sets are small.
        beside = described.shown(view, world, without_facts=True)
        assert change.added == beside - holding, (view, world)
        assert change.removed == weaker - beside, (view, world)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_all_that_stands_in_it_each_triple_once(
    described: Described, store: Store, view: str
) -> None:
    in_memory = Store.in_memory(store.quads())

    for world in ("", "hypotheses", "Ann"):
        viewed = in_view(in_memory, store.views.parse(view, world))
        triples = [quad.triple for quad in viewed.quads(graph=DefaultGraph())]
        assert set(triples) == described.shown(view, world), (view, world)
        assert len(triples) == len(set(triples)), (view, world)


def test_nothing_of_a_world_or_of_a_reading_stands_in_the_default_graph(
    described: Described,
) -> None:
    beyond = {pair for pair in described.standing if pair[1] or pair[0] == "reading"}
    holding = described.shown("paper", "")

    assert described.graphs[""] == holding
    assert {world for _, world in beyond} == {"", "Ann", "hypotheses", "plans"}
    for pair in beyond:
        assert not (described.standing[pair] - holding) & described.graphs[""], pair


def test_the_graphs_of_the_bases_share_nothing_but_what_a_rule_derives_more_strongly(
    described: Described,
) -> None:
    graphs = {
        (kind, base): described.graph(f"{kind}-{base}")
        for kind, base in product(("asserted", "derived"), BASES)
    }

    assert all(graphs.values())
    for (one, triples), (other, others) in combinations(graphs.items(), 2):
        may_share = one[0] != other[0] and BASES.index(other[1]) < BASES.index(one[1])
        assert may_share or not triples & others, (one, other)
    for base in BASES:
        both = graphs["asserted", base] | graphs["derived", base]
        stronger = described.shown("readings", "") if base == "reading" else set()
        assert both <= (stronger or described.standing[base, ""]), base


def test_the_graphs_of_all_that_holds_are_the_unions_of_those_of_its_bases(
    described: Described,
) -> None:
    for kind in ("asserted", "derived"):
        union = set().union(*(described.graph(f"{kind}-{base}") for base in BASES[:3]))
        derived_too = described.graph("asserted") if kind == "derived" else set()
        assert described.graph(kind) == union - derived_too


@pytest.mark.parametrize("view", ["facts", "readings"])
def test_a_query_on_disk_and_one_in_memory_have_the_same_rows(store: Store, view: str) -> None:
    text = f"SELECT DISTINCT ?s ?o {{ ?s <{GLOCAL}cooperatesWith>|a ?o }} ORDER BY ?s ?o"
    standing = store.views.parse(view, "Ann")

    def rows(one: Store, **options: object) -> list[tuple[object, ...]]:
        found = one.query(text, **options)  # type: ignore[arg-type]
        assert isinstance(found, QuerySolutions)
        return [tuple(row) for row in found]

    copied, merged = in_view(store, standing), rows(store, view=standing)
    assert rows(copied) == merged
    assert merged
    assert rows(copied, entailment="none") == rows(store, view=standing, entailment="none")


def test_the_bases_are_in_the_order_of_their_strength() -> None:
    assert [base.name.lower() for base in Base] == list(BASES)
    assert {name: base + 1 for name, base in VIEWS.items()} == SHOWN
