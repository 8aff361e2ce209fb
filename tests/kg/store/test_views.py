import pytest
from pyoxigraph import DefaultGraph, NamedNode, Quad, QuerySolutions, Triple

from kg.errors import MalformedParameter
from kg.namespaces import GLOCAL, GRAPH, ID, PREFIXES
from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, VIEWS, Base, Standing
from kg.store import viewed_store
from kg.store.quad_store import Store
from kg.store.viewed_store import ShownView, ViewedStore, in_view
from tests.kg.store.conftest import quads

FACTS = {"fact", "background", "derivedFact", "thesisAndFact"}
PAPER = FACTS | {"thesis", "derivedThesis"}
READINGS = PAPER | {"reading", "derivedReading"}
CLAIMS = {"claimed", "jointlyClaimed", "restated", "followsAsFact"}
DERIVED = {"derivedFact", "derivedThesis", "derivedReading", "restated", "derivedHypothesis"}
DERIVED |= {"followsAsFact", "followsAsReading"}
NEAR = Query(f"SELECT ?x {{ <{ID}Here> <{GLOCAL}near> ?x }}")
SHOWN = [
    ("facts", None, FACTS),
    ("paper", None, PAPER),
    ("readings", None, READINGS),
    # A thesis that is also a reading in the world of Ann is neither in her facts.
    ("facts", "Ann", FACTS | CLAIMS),
    ("paper", "Ann", PAPER | CLAIMS),
    ("readings", "Ann", READINGS | CLAIMS | {"followsAsReading"}),
    ("paper", "Bob", PAPER | {"jointlyClaimed"}),
    ("facts", "hypotheses", FACTS | {"hypothesis", "derivedHypothesis"}),
    ("readings", "plans", READINGS | {"plan"}),
]


@pytest.fixture
def store() -> Store:
    return Store.in_memory(quads())


def rows(store: Store | ShownView, *options: Standing, **names: str) -> list[str]:
    """The local names of all that is near in the default graph, as often as it is found."""
    found = store.query(NEAR, *options, **names)  # type: ignore[arg-type]
    assert isinstance(found, QuerySolutions)
    return sorted(row["x"].value.removeprefix(ID) for row in found)


def asserted(view: str, shown: set[str]) -> set[str]:
    """The asserted part of all that a view shows; a thesis may be a fact there by a rule only."""
    return shown - DERIVED - ({"thesisAndFact"} if view == "facts" else set())


@pytest.mark.parametrize(("view", "world", "shown"), SHOWN)
def test_a_view_shows_what_stands_there_each_triple_once(
    store: Store, view: str, world: str | None, shown: set[str]
) -> None:
    viewed = in_view(store, store.views.parse(view, world))

    assert rows(viewed) == sorted(shown)
    triples = list(viewed.triples(ID["Here"]))
    assert sorted(triple.object.value.removeprefix(ID) for triple in triples) == sorted(shown)


@pytest.mark.parametrize("max_copied", [0, 1_000], ids=["merged", "copied"])
@pytest.mark.parametrize(("view", "world", "shown"), SHOWN)
def test_without_entailment_a_view_shows_what_is_asserted_there(
    store: Store,
    view: str,
    world: str | None,
    shown: set[str],
    max_copied: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewed_store, "_MAX_COPIED_QUADS", max_copied)
    viewed = in_view(store, store.views.parse(view, world))

    # Where graphs are merged, a row may come twice.
    found = sorted if max_copied else set
    assert found(rows(viewed)) == found(shown)
    assert found(rows(viewed, entailment="none")) == found(asserted(view, shown))
    with pytest.raises(MalformedParameter, match="expected 'all' or 'none'"):
        viewed.query(NEAR, entailment="some")


def test_the_default_view_is_the_store_itself(store: Store) -> None:
    assert in_view(store, DEFAULT_VIEW) is store
    assert store.views.parse(None, None) == store.views.parse("", "") == DEFAULT_VIEW
    assert store.views.change(DEFAULT_VIEW).quads() == ([], [])


def test_what_the_default_graph_has_already_is_not_added(store: Store) -> None:
    changes = [store.views.change(store.views.parse(view, world)) for view, world, _ in SHOWN]

    stored = {quad.triple for quad in store.quads(graph=DefaultGraph())}
    assert all(not change.added & stored and change.removed <= stored for change in changes)


@pytest.mark.parametrize("name", ["Ann", "id:Ann", f"{ID}Ann"])
def test_a_world_is_named_by_its_holder_in_any_form(store: Store, name: str) -> None:
    parsed = store.views.parse("facts", name)

    assert parsed == Standing(Base.BACKGROUND, store.views.worlds["Ann"])
    assert parsed.world is not None
    assert parsed.world.holder == ID["Ann"]


def test_the_worlds_are_those_of_holders_and_the_other_two(store: Store) -> None:
    assert list(store.views.worlds) == ["Ann", "Bob", "hypotheses", "plans"]
    # Nobody stands in a world because of a recommendation, or because of what is not a claim.
    assert list(Store.in_memory([]).views.worlds) == ["hypotheses", "plans"]


@pytest.mark.parametrize(
    ("view", "world", "message"),
    [
        ("fact", None, "view: expected one of facts, paper, readings, got 'fact'"),
        (
            "paper",
            "Anne",
            "world: expected a holder of claims, hypotheses or plans, got 'Anne'. "
            "Did you mean: Ann?",
        ),
        ("paper", "id:hypothesis", "Did you mean: hypotheses?"),
        ("paper", f"{ID}Nobody", f"got '{ID}Nobody'."),
    ],
)
def test_an_unknown_view_or_world_is_refused_with_similar_names(
    store: Store, view: str, world: str | None, message: str
) -> None:
    with pytest.raises(MalformedParameter) as caught:
        store.views.parse(view, world)

    assert message in str(caught.value)


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
@pytest.mark.parametrize("max_copied", [0, 1_000])
def test_a_query_that_names_its_dataset_is_refused_in_a_view(
    store: Store, clause: str, max_copied: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewed_store, "_MAX_COPIED_QUADS", max_copied)
    query = Query(f"SELECT * {clause} <{GRAPH}meta> {{ ?s ?p ?o }}")

    for view in VIEWS.values():
        if view != DEFAULT_VIEW.base:
            with pytest.raises(MalformedParameter, match="cannot be combined with FROM"):
                ViewedStore(store, Standing(view)).query(query)


@pytest.mark.parametrize("max_copied", [0, 1_000])
@pytest.mark.parametrize(("view", "world"), [one[:2] for one in SHOWN])
def test_every_view_sees_all_named_graphs(
    store: Store,
    view: str,
    world: str | None,
    max_copied: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(viewed_store, "_MAX_COPIED_QUADS", max_copied)
    viewed = in_view(store, store.views.parse(view, world))
    text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"

    def graphs(**options: str) -> set[NamedNode]:
        found = viewed.query(text, **options)  # type: ignore[arg-type]
        assert isinstance(found, QuerySolutions)
        return {row["g"] for row in found}

    assert graphs() == set(store.named_graphs)
    derived = ("derived-", "follows-from-")
    hidden = {graph for graph in graphs() if graph.value.removeprefix(GRAPH).startswith(derived)}
    assert len(hidden) == 7
    assert graphs(entailment="none") == graphs() - hidden


def test_a_dataset_of_the_caller_replaces_the_view(store: Store) -> None:
    viewed = in_view(store, store.views.parse("readings", "Ann"))

    found = viewed.query(NEAR, dataset=QueryDataset((GRAPH["asserted-reading"],)))

    assert isinstance(found, QuerySolutions)
    assert [row["x"] for row in found] == [ID["reading"]]


def test_a_viewed_store_contains_what_its_view_shows(store: Store) -> None:
    viewed = in_view(store, store.views.parse("facts", "Ann"))

    def near(name: str) -> Triple:
        return Triple(ID["Here"], GLOCAL["near"], ID[name])

    assert [viewed.contains(near(name)) for name in ("claimed", "fact", "thesis")] == [
        True,
        True,
        False,
    ]
    assert viewed.contains(near("thesis"), GRAPH["asserted-thesis"])
    assert viewed.contains_iri(ID["Here"])
    assert {quad.triple for quad in viewed.quads(object_=ID["thesis"])} == {near("thesis")}
    named = viewed.quads(object_=ID["claimed"], graph=NamedNode(f"{PREFIXES['ev']}claim"))
    assert [quad.triple for quad in named] == [near("claimed")]


def test_views_follow_each_other_in_one_store_which_ends_as_it_was(store: Store) -> None:
    shown, before = ShownView(store), set(store.quads())

    for view, world, expected in (*SHOWN, *reversed(SHOWN)):
        parsed = store.views.parse(view, world)
        assert rows(shown, parsed) == sorted(expected)
        assert rows(shown, parsed, entailment="none") == sorted(asserted(view, expected))
    assert rows(shown) == sorted(PAPER)
    assert set(store.quads()) == before


def test_a_query_that_fails_leaves_the_next_view_right(store: Store) -> None:
    shown = ShownView(store)
    readings, facts = Standing(Base.READING), Standing(Base.BACKGROUND)

    with pytest.raises(MalformedParameter, match="entailment"):
        shown.query(NEAR, readings, "owl")
    with pytest.raises(MalformedParameter, match="FROM"):
        shown.query(Query(f"ASK FROM <{GRAPH}meta> {{ ?s ?p ?o }}"), facts)

    assert rows(shown, readings) == sorted(READINGS)
    assert rows(shown, facts) == sorted(FACTS)
    assert rows(shown) == sorted(PAPER)


def test_a_change_comes_on_top_of_the_view_and_is_undone(store: Store) -> None:
    new, old = (Quad(ID["Here"], GLOCAL["near"], ID[name]) for name in ("new", "claimed"))

    shown, view = ShownView(store), store.views.parse("facts", "Ann")
    shown.show(view, "all")

    with shown.supposing([new], [old]):
        supposed = rows(shown, view)

    assert supposed == sorted((FACTS | CLAIMS | {"new"}) - {"claimed"})
    assert rows(shown, view) == sorted(FACTS | CLAIMS)
