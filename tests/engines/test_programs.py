"""The servers hold what was loaded, past a kill, and a remote store reads it."""

from pathlib import Path

from pyoxigraph import NamedNode

from kg.namespaces import ID
from kg.remote.layout import DEFAULT
from kg.remote.store import RemoteStore
from kg.store.quad_store import Store
from tests.engines.programs import Program


def test_a_killed_server_starts_again_with_the_release(
    engine: Program, embedded: Store, newest_release: Path
) -> None:
    before = engine.graph_size(DEFAULT)

    engine.kill()
    engine.start()

    remote = RemoteStore.connect(engine.server, newest_release)
    assert engine.graph_size(DEFAULT) == before == len(list(embedded.triples()))
    assert set(remote.quads(ID["London"])) == set(embedded.quads(ID["London"]))


def test_an_update_of_a_test_is_kept_past_a_kill(blank_engine: Program) -> None:
    blank_engine.send_update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 , 2 } }")

    blank_engine.kill()
    blank_engine.start()

    assert blank_engine.graph_size(NamedNode("urn:g")) == 2
