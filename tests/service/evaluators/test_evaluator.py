"""The things that an evaluator holds for its jobs."""

from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions

from kg.describe.json_ld_context import Context
from kg.namespaces import GLOCAL
from kg.statuses import Base, Standing
from kg.store.quad_store import Store
from service.evaluators.evaluator import Evaluator

pytestmark = pytest.mark.slow

READINGS = Standing(Base.READING)
GOVERNED = f"SELECT ?s ?o {{ ?s <{GLOCAL}participatesInGoverning> ?o }}"


def governed(store: Store) -> set[str]:
    found = store.query(GOVERNED)
    assert isinstance(found, QuerySolutions)
    return {f"{one['s']} {one['o']}" for one in found}


@pytest.mark.parametrize("is_on_disk", [False, True])
def test_a_view_is_shown_for_one_job_only(newest_release: Path, is_on_disk: bool) -> None:
    on_disk = Store.open(newest_release)
    store = on_disk if is_on_disk else Store.in_memory(on_disk.quads(), on_disk.manifest)
    evaluator = Evaluator(store, on_disk.content, Context({"@context": {}}))
    before = governed(store)

    with evaluator.showing(READINGS) as shown:
        readings = governed(shown)

    assert before < readings
    assert readings == governed(evaluator.in_view(READINGS))
    assert governed(store) == before
