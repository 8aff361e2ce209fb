import multiprocessing
import sys
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from kg.store.writable_store import WritableStore
from service.queries.messages import (
    Change,
    GraphChange,
    GraphOperation,
    SentBody,
    Update,
)
from service.queries.writing_process import apply_change

# The triple terms and base directions of a store after each change.
CHANGES: list[tuple[Change, bool]] = [
    (Update("INSERT DATA { <a:s> <a:p> 'x'@en }", "a:"), False),
    (Update("INSERT { <a:s> <a:p> 'x'@en--ltr } WHERE { <a:s> <a:p> 1 }", "a:"), False),
    (Update("INSERT DATA { <a:s> <a:p> 'x'@en--ltr }", "a:"), True),
    (Update("INSERT DATA { <a:s> <a:p> 1 ~ <a:r> }", "a:"), True),
    (Update("DELETE WHERE { <a:s> <a:p> 'x'@en--ltr }", "a:"), True),
    (Update("DELETE { ?r ?p ?t } WHERE { ?r ?p ?t FILTER(isTRIPLE(?t)) }", "a:"), False),
]
G = NamedNode("a:g")


def graph_change(operation: GraphOperation, text: str) -> GraphChange:
    bodies = [SentBody(text.encode(), "text/turtle")] if text else []
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


def load_in_little_memory() -> None:
    """Exit with an error if a large upload takes much more memory than its quads."""
    lines = "".join(f'<a:{one}> <a:p> "value {one}" .\n' for one in range(300_000)).encode()
    bodies, store = [SentBody(lines, "application/n-triples")], WritableStore.in_memory([])
    change = GraphChange(GraphOperation.ADD, G, "a:", bodies, max_bytes=2**30)
    before = peak_mebibytes()
    apply_change(change, store, has_rdf_1_2=False)
    assert store.count_quads() == 300_000
    # A list of the quads would take another 100 MiB.
    assert peak_mebibytes() - before < 285


def peak_mebibytes() -> float:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_upload_is_never_a_list_of_quads() -> None:
    process = multiprocessing.get_context("spawn").Process(target=load_in_little_memory)
    process.start()
    process.join(60)

    assert process.exitcode == 0
