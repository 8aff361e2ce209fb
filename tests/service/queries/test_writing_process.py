import multiprocessing
import sys

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.store.writable_store import WritableStore
from service.queries.writing_process import Compaction

pytestmark = pytest.mark.slow

S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")


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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds")
def test_what_removed_quads_leave_behind_is_cleared_away_once_it_is_much() -> None:
    # In a process that is as small as the one in which it matters: it has to double.
    process = multiprocessing.get_context("spawn").Process(target=compact_until_a_copy_is_made)

    process.start()
    process.join()

    assert process.exitcode == 0
