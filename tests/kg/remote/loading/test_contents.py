"""The graphs that a release has on a server."""

from itertools import product

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.namespaces import ASSERTED, EVIDENCE, GLOCAL, GRAPH, ID, RDF, RDFS, VOID
from kg.remote.blank_nodes import SKOLEM, skolemize_triple
from kg.remote.layout import DEFAULT, NAMED_GRAPH, default_graphs
from kg.remote.loading.contents import list_graphs, server_graphs
from kg.remote.loading.digests import Digest
from kg.statuses import VIEWS, Standing
from kg.store.quad_store import Store
from tests.kg.store.conftest import quads
from tests.service.conftest import store_of


def test_each_view_is_the_union_of_graphs_without_a_common_triple() -> None:
    nameless = Triple(BlankNode("b"), GLOCAL["near"], ID["Here"])
    graphs_of_facts = DefaultGraph(), ASSERTED, GRAPH["asserted-fact"]
    store = Store.in_memory([*quads(), *(Quad(*nameless, graph) for graph in graphs_of_facts)])
    on_server = {graph.name: list(graph.triples) for graph in server_graphs(store)}
    default = {skolemize_triple(triple) for triple in store.triples()}

    worlds = [None, *store.views.worlds.values()]
    for base, world, with_derived in product(VIEWS.values(), worlds, (True, False)):
        view = Standing(base, world)
        change = store.views.change(view, with_derived=with_derived)
        added = {skolemize_triple(one) for one in change.added}
        removed = {skolemize_triple(one) for one in change.removed}
        graphs = default_graphs(view, with_derived=with_derived)
        union = [triple for graph in graphs for triple in on_server.get(graph, [])]
        assert len(union) == len(set(union)), view
        assert set(union) == (default - removed) | added, view


def test_named_graphs_stand_under_their_names_with_blank_nodes_as_iris() -> None:
    store = store_of("ev:p10.2-fact { _:b glocal:foundedAt id:London } id:C40 rdfs:label 'C40' .")

    graphs = {graph.name: list(graph.triples) for graph in server_graphs(store)}

    [triple] = graphs[EVIDENCE["p10.2-fact"]]
    assert isinstance(triple.subject, NamedNode)
    assert triple.subject.value.startswith(SKOLEM)
    assert [str(triple) for triple in graphs[DEFAULT]] == [f'{ID["C40"]} {RDFS["label"]} "C40"']


def test_the_list_of_graphs_tells_those_of_the_release_from_the_others() -> None:
    evidence = EVIDENCE["p10.2-fact"]

    listed = set(list_graphs({DEFAULT: Digest(3, 1), evidence: Digest(2, 1)}).triples)

    assert listed == {
        Triple(DEFAULT, VOID["triples"], Literal(3)),
        Triple(evidence, VOID["triples"], Literal(2)),
        Triple(evidence, RDF["type"], NAMED_GRAPH),
    }
