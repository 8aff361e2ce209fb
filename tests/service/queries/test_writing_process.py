import multiprocessing
import sys

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.store.writable_store import WritableStore
from service.queries.messages import (
    Change,
    GraphChange,
    GraphOperation,
    RdfBody,
    Update,
)
from service.queries.writing_process import Compaction, apply_change

# The triple terms and base directions of a store after each change.
CHANGES: list[tuple[Change, bool]] = [
    (Update("INSERT DATA { <a:s> <a:p> 'x'@en }", "a:"), False),
    (Update("INSERT { <a:s> <a:p> 'x'@en--ltr } WHERE { <a:s> <a:p> 1 }", "a:"), False),
    (Update("INSERT DATA { <a:s> <a:p> 'x'@en--ltr }", "a:"), True),
    (Update("INSERT DATA { <a:s> <a:p> 1 ~ <a:r> }", "a:"), True),
    (Update("DELETE WHERE { <a:s> <a:p> 'x'@en--ltr }", "a:"), True),
    (Update("DELETE { ?r ?p ?t } WHERE { ?r ?p ?t FILTER(isTRIPLE(?t)) }", "a:"), False),
]
S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")


def graph_change(operation: GraphOperation, text: str) -> GraphChange:
    bodies = [RdfBody(text.encode(), "text/turtle")] if text else []
    return GraphChange(operation, G, "a:", bodies, max_bytes=1000)


def test_a_store_knows_after_each_change_whether_it_has_rdf_1_2() -> None:
    store, has_rdf_1_2 = WritableStore.in_memory([]), False

    for change, expected in CHANGES:
        _, has_rdf_1_2 = apply_change(change, store, has_rdf_1_2=has_rdf_1_2)
        assert has_rdf_1_2 is expected, change


def test_a_store_knows_after_a_change_of_a_graph_whether_it_has_rdf_1_2() -> None:
    store, add, replace = WritableStore.in_memory([]), GraphOperation.ADD, GraphOperation.REPLACE
    changes = [
        graph_change(add, "<a:s> <a:p> 'x'@en--ltr ."),
        graph_change(add, "<a:s> <a:p> 1 ."),
        graph_change(replace, "<a:s> <a:p> 1 ."),
        graph_change(replace, "<a:s> <a:p> 1 {| <a:q> 2 |} ."),
        graph_change(GraphOperation.DROP, ""),
    ]

    found: list[bool] = []
    for change in changes:
        creates, has_rdf_1_2 = apply_change(change, store, has_rdf_1_2=bool(found and found[-1]))
        assert creates is (change is changes[0])
        found.append(has_rdf_1_2)

    assert found == [True, True, False, True, False]


def compact_until_a_copy_is_made() -> None:
    """Exit with 0 if a copy is made and has the same content as the store."""
    store = WritableStore.in_memory([Quad(S, P, Literal("kept"))])
    compaction = Compaction(max_growth_bytes=0)
    assert compaction.compact_if_grown(store) is store
    for number in range(60):
        store.replace(G, (Quad(S, P, Literal(f"{number}-{one}")) for one in range(20_000)))
        store.replace(G, [])
        copy = compaction.compact_if_grown(store)
        if copy is not store:
            assert list(copy.quads()) == [Quad(S, P, Literal("kept"))]
            assert copy.has_graph(G)
            sys.exit(0)
    sys.exit("nothing was cleared away")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_what_removed_quads_leave_behind_is_cleared_away_once_it_is_much() -> None:
    # In a process that is as small as the one in which it matters: it has to double.
    process = multiprocessing.get_context("spawn").Process(target=compact_until_a_copy_is_made)

    process.start()
    process.join()

    assert process.exitcode == 0
