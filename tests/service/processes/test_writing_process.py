import sys

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.writable_store import WritableStore
from service.processes.writing_process import Tidying

S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_what_removed_quads_leave_behind_is_cleared_away_once_it_is_much() -> None:
    store = WritableStore.in_memory([Quad(S, P, Literal("kept"))])
    tidying = Tidying(most_left_bytes=0)
    assert tidying.tidied(store) is store

    same = store
    for number in range(60):
        store.replace(G, (Quad(S, P, Literal(f"{number}-{one}")) for one in range(20_000)))
        store.replace(G, [])
        same = tidying.tidied(store)
        if same is not store:
            break

    assert same is not store
    assert list(same.quads()) == [Quad(S, P, Literal("kept"))]
    assert same.has_graph(G)
