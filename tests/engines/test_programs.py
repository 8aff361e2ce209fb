"""The servers hold what was loaded, past a kill."""

from pyoxigraph import NamedNode

from kg.remote.layout import DEFAULT, require_release
from kg.store.quad_store import Store
from tests.engines.programs import Program


def test_a_killed_server_starts_again_with_the_release(engine: Program, embedded: Store) -> None:
    before = engine.graph_size(DEFAULT)

    engine.kill()
    engine.start()

    assert engine.graph_size(DEFAULT) == before == len(list(embedded.triples()))
    require_release(engine.server, embedded.manifest["hash"])


def test_an_update_of_a_test_is_kept_past_a_kill(blank_engine: Program) -> None:
    blank_engine.send_update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 , 2 } }")

    blank_engine.kill()
    blank_engine.start()

    assert blank_engine.graph_size(NamedNode("urn:g")) == 2
