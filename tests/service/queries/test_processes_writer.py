"""Changes in processes that are parents afterwards."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from kg.errors import KgError, MalformedUpdate, RefusedQuery, UpdateFailed
from service.errors import QueryProcessEnded, QueryTimedOut, TooManyUpdates
from service.queries.messages import QueryJob, QueryLimits, Update
from service.queries.pool import AdmissionLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import Snapshot

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ALL = "SELECT ?o { <a:s> <a:p> ?o } ORDER BY ?o"
HUNDREDS = [f"VALUES ?{one} {{ {'1 ' * 100} }}" for one in "abcde"]
# Ten thousand million rows to count: minutes.
ENDLESS = (
    'INSERT { <a:s> <a:p> "1" } WHERE { SELECT (COUNT(*) AS ?n) { ' + " ".join(HUNDREDS) + " } }"
)


class Writing:
    """Query processes on a store of one triple that can be changed."""

    def __init__(self, processes: QueryProcesses, losses: list[str]) -> None:
        self.processes, self.losses = processes, losses

    async def write(self, text: str) -> bool:
        return await self.processes.writer.apply(Update(text, "http://e/"))

    async def refused(self, text: str) -> KgError | None:
        try:
            await self.write(text)
        except KgError as error:
            return error
        return None

    async def ask(self, text: str = ALL) -> list[str]:
        answer = await self.processes.run(QueryJob(text, "text/csv", "text/csv"), "me")
        answer.run.close()
        return answer.first.decode().split("\r\n")[1:-1]


@pytest.fixture
def writing(tmp_path: Path) -> Callable[..., None]:
    """Runs a scenario on such a store."""
    (tmp_path / "one.nq").write_text('<a:s> <a:p> "0" .\n', encoding="utf-8")
    (tmp_path / "context.jsonld").write_text('{"@context": {}}', encoding="utf-8")

    def run(scenario: Callable[[Writing], Awaitable[None]], seconds: float = 30) -> None:
        async def whole() -> None:
            processes = QueryProcesses(
                QueryLimits(seconds=seconds),
                AdmissionLimits(),
                spare=1,
                lower_after_seconds=10,
                waiting_changes=2,
            )
            snapshot = Snapshot(tmp_path / "one.nq", is_on_disk=False, is_writable=True)
            losses: list[str] = []
            lose = partial(losses.append, "lost")
            context = tmp_path / "context.jsonld"
            await processes.open(snapshot, context, when_lost=lose)
            try:
                async with asyncio.timeout(60):
                    await scenario(Writing(processes, losses))
            finally:
                await processes.close()

        asyncio.run(whole())

    return run


def test_who_asks_after_a_change_sees_it(writing) -> None:
    async def scenario(here: Writing) -> None:
        for number in range(1, 4):
            await here.write(f'INSERT DATA {{ <a:s> <a:p> "{number}" }}')
            assert await here.ask() == [str(each) for each in range(number + 1)]

    writing(scenario)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('INSERT DATA { <a:s> <a:p> "1" } ; CLEAR GRAPH <a:none>', UpdateFailed),
        ('INSERT DATA { <a:s> <a:p> "1" } ; INSERT DATA { <a:s> }', MalformedUpdate),
        ('INSERT DATA { <a:s> <a:p> "1" } ; LOAD <http://127.0.0.1:9/>', RefusedQuery),
        (ENDLESS, QueryTimedOut),
    ],
)
def test_what_fails_changes_nothing_and_the_next_change_is_made(writing, text, kind) -> None:
    async def scenario(here: Writing) -> None:
        assert type(await here.refused(text)) is kind
        assert await here.ask() == ["0"]
        await here.write('INSERT DATA { <a:s> <a:p> "2" }')
        assert await here.ask() == ["0", "2"]

    writing(scenario, seconds=2)


def test_a_query_goes_on_with_the_state_that_it_began_with(writing) -> None:
    async def scenario(here: Writing) -> None:
        rows = f"SELECT ?o {{ {' '.join(HUNDREDS[:3])} <a:s> <a:p> ?o }}"
        job = QueryJob(rows, "text/csv", "text/csv")
        begun = await here.processes.run(job, "me")
        await here.write('DELETE DATA { <a:s> <a:p> "0" }')
        assert await here.ask() == []
        text = begun.first
        while not begun.run.is_complete:
            text += await begun.run.next_part()
        begun.run.close()
        assert text.count(b"0\r\n") == 100**3

    writing(scenario)


def test_a_writing_process_that_is_killed_changes_nothing(writing) -> None:
    async def scenario(here: Writing) -> None:
        life = here.processes.pool.parent
        while not (before := set(life.process_ids)):
            await asyncio.sleep(0.01)
        writer = asyncio.create_task(here.refused(ENDLESS))
        while not (found := set(life.process_ids) - before):
            await asyncio.sleep(0.01)
        for process in found:
            os.kill(process, signal.SIGKILL)
        assert type(await writer) is QueryProcessEnded
        assert await here.ask() == ["0"]
        assert here.losses == []

    writing(scenario)


def test_changes_come_one_after_another_and_few_wait(writing) -> None:
    async def scenario(here: Writing) -> None:
        change = "DELETE { <a:n> <a:p> ?n } INSERT { <a:n> <a:p> ?m }"
        count = f"{change} WHERE {{ <a:n> <a:p> ?n BIND(?n + 1 AS ?m) }}"
        await here.write("INSERT DATA { <a:n> <a:p> 0 }")
        found = await asyncio.gather(*(here.refused(count) for _ in range(6)))
        assert [type(one) for one in found] == [type(None)] * 3 + [TooManyUpdates] * 3
        assert await here.ask("SELECT ?n { <a:n> <a:p> ?n }") == ["3"]

    writing(scenario)


def test_random_values_differ_after_a_change_that_draws_some(writing) -> None:
    async def scenario(here: Writing) -> None:
        await here.write("INSERT { <a:u> <a:p> ?u } WHERE { BIND(UUID() AS ?u) }")
        text = "SELECT (UUID() AS ?u) (RAND() AS ?r) {}"
        rows = await asyncio.gather(*(here.ask(text) for _ in range(4)))
        assert len({row for [row] in rows}) == 4
        assert len({row.split(",")[1] for [row] in rows}) == 4

    writing(scenario)


def test_what_was_written_is_lost_with_its_parent_and_nothing_else_takes_its_place(writing) -> None:
    async def scenario(here: Writing) -> None:
        await here.write('INSERT DATA { <a:s> <a:p> "1" }')
        os.kill(here.processes.pool.parent.process_id, signal.SIGKILL)
        while not here.losses:
            await asyncio.sleep(0.01)
        assert here.processes.pool.parent is None

    writing(scenario)


def test_many_changes_leave_nothing_behind(writing) -> None:
    async def scenario(here: Writing) -> None:
        for number in range(60):
            await here.write(
                f"DELETE WHERE {{ <a:n> <a:p> ?n }} ; INSERT DATA {{ <a:n> <a:p> {number} }}"
            )
        life = here.processes.pool.parent
        while len(here.processes.pool._lives()) > 1:
            await asyncio.sleep(0.01)
        assert here.processes.pool.parent is life
        assert await here.ask(COUNT) == ["2"]

    writing(scenario)
