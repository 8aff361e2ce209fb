"""The graphs that a release has on a server."""

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from kg.namespaces import ASSERTED, EVIDENCE, GLOCAL, GRAPH, ID, RDFS
from kg.remote.layout import DEFAULT, GRAPHS_OF_VIEWS, SKOLEM, skolemize
from kg.remote.load import server_graphs
from kg.store.quad_store import Store
from tests.kg.store.conftest import quads
from tests.service.conftest import store_of


def test_each_view_is_the_union_of_graphs_without_a_common_triple() -> None:
    nameless = Triple(BlankNode("b"), GLOCAL["near"], ID["Here"])
    graphs_of_facts = DefaultGraph(), ASSERTED, GRAPH["asserted-fact"]
    store = Store.in_memory([*quads(), *(Quad(*nameless, graph) for graph in graphs_of_facts)])
    on_server = {name: list(triples) for name, triples in server_graphs(store)}

    for view, graphs in GRAPHS_OF_VIEWS.items():
        union = [triple for graph in graphs for triple in on_server[graph]]
        assert len(union) == len(set(union)), view
        assert set(union) == {skolemize(one) for one in store.in_view(view).triples()}, view


def test_named_graphs_stand_under_their_names_with_blank_nodes_as_iris() -> None:
    store = store_of("ev:p10.2-fact { _:b glocal:foundedAt id:London } id:C40 rdfs:label 'C40' .")

    graphs = {name: list(triples) for name, triples in server_graphs(store)}

    [triple] = graphs[EVIDENCE["p10.2-fact"]]
    assert isinstance(triple.subject, NamedNode)
    assert triple.subject.value.startswith(SKOLEM)
    assert [str(triple) for triple in graphs[DEFAULT]] == [f'{ID["C40"]} {RDFS["label"]} "C40"']
