"""Queries in many views on the same real query processes."""

import asyncio
import random
from pathlib import Path
from typing import Final

import pytest

from kg.namespaces import GLOCAL, ID
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from service.answers.formats import RESULTS_CSV, Choice
from service.errors import QueryTimedOut
from service.queries.admission import AdmissionLimits
from service.queries.messages import QueryJob, QueryLimits
from service.queries.processes import QueryProcesses
from tests.service.conftest import product, store_of

pytestmark = pytest.mark.slow

CSV: Final = Choice(RESULTS_CSV, RESULTS_CSV.media_type)
TRIG: Final = """
id:Here glocal:near id:fact , id:thesis .
graph:asserted { id:Here glocal:near id:fact , id:thesis . }
graph:asserted-fact { id:Here glocal:near id:fact . }
graph:asserted-thesis { id:Here glocal:near id:thesis . }
graph:derived-reading { id:Here glocal:near id:reading . }
ev:a { id:Here glocal:near id:claim . }
ev:b { id:Here glocal:near id:plan . }
graph:meta {
    ev:a a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
    ev:b a glocal:Evidence ; glocal:hasStatus glocal:Plan .
}
"""
SHOWN: Final = {
    ("facts", ""): ["fact"],
    ("paper", ""): ["fact", "thesis"],
    ("readings", ""): ["fact", "reading", "thesis"],
    ("facts", "Ann"): ["claim", "fact"],
    ("paper", "plans"): ["fact", "plan", "thesis"],
    ("readings", "Ann"): ["claim", "fact", "reading", "thesis"],
}
NEAR: Final = Query(f"SELECT ?x {{ <{ID}Here> <{GLOCAL}near> ?x }} ORDER BY ?x")
# It sees the view, and ends at its limit of time.
ENDLESS: Final = Query(
    product("(COUNT(*) AS ?n)", "abcdefg").replace("{ VALUES", f"{{ ?s <{GLOCAL}near> ?o VALUES", 1)
)


@pytest.fixture(scope="module")
def viewed() -> Store:
    return store_of(TRIG)


async def near(processes: QueryProcesses, job: QueryJob, client: str = "me") -> list[str]:
    """The local names of all that is near in the view of a job."""
    answer = await processes.run(job, client)
    return [line.removeprefix(ID) for line in answer.first.decode().split()[1:]]


def test_no_view_leaks_into_another_query(asking, viewed: Store) -> None:
    views = {pair: viewed.views.parse(*pair) for pair in SHOWN}
    asked = random.Random(12).choices(sorted(SHOWN), k=120)

    async def scenario(processes: QueryProcesses) -> list[list[str]]:
        jobs = [QueryJob(NEAR, CSV, view=views[pair]) for pair in asked]
        return await asyncio.gather(
            *(near(processes, job, f"client {number}") for number, job in enumerate(jobs))
        )

    # Few, so that each process answers many of them.
    limits = AdmissionLimits(running=4, waiting_seconds=60)
    found = asking.run(scenario, admission=limits, store=viewed)

    assert found == [SHOWN[pair] for pair in asked]


def test_no_view_is_left_behind_by_a_killed_query(asking, viewed: Store) -> None:
    readings, facts = viewed.views.parse("readings", "Ann"), viewed.views.parse("facts", None)

    async def scenario(processes: QueryProcesses) -> list[list[str]]:
        found = []
        for view in (readings, facts):
            with pytest.raises(QueryTimedOut):
                await processes.run(QueryJob(ENDLESS, CSV, view=view), "me")
            found.append(await near(processes, QueryJob(NEAR, CSV)))
            found.append(await near(processes, QueryJob(NEAR, CSV, view=view)))
        return found

    found = asking.run(scenario, QueryLimits(seconds=2), store=viewed)

    paper, with_ann = SHOWN["paper", ""], SHOWN["readings", "Ann"]
    assert found == [paper, with_ann, paper, SHOWN["facts", ""]]


@pytest.mark.parametrize(("view", "world"), SHOWN)
def test_a_release_on_disk_is_shown_in_the_same_views(
    asking, viewed: Store, tmp_path: Path, view: str, world: str
) -> None:
    folder = write_release(viewed.quads(), {"version": "1.0.0"}, tmp_path / "release")

    async def scenario(processes: QueryProcesses) -> list[str]:
        shown = Store.open(folder).views.parse(view, world)
        return await near(processes, QueryJob(NEAR, CSV, view=shown))

    assert asking.run(scenario, store=Store.open(folder)) == SHOWN[view, world]


def test_a_job_without_a_view_is_answered_in_the_default_one(asking, viewed: Store) -> None:
    async def scenario(processes: QueryProcesses) -> list[str]:
        await near(processes, QueryJob(NEAR, CSV, view=viewed.views.parse("readings", None)))
        return await near(processes, QueryJob(NEAR, CSV))

    assert QueryJob(NEAR, CSV).view == DEFAULT_VIEW == Standing(DEFAULT_VIEW.base)
    assert asking.run(scenario, store=viewed) == SHOWN["paper", ""]
