"""Real query processes: whole answers, each limit, and changes in processes that become parents."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from kg.errors import KgError, MalformedUpdate, RefusedQuery, UpdateFailed
from kg.sparql.query import Query
from service.answers.formats import N_TRIPLES, RESULTS_CSV, Choice
from service.errors import (
    QueryOutOfMemory,
    QueryProcessEnded,
    QueryProcessesDown,
    QueryTimedOut,
    ResultTooLarge,
    TooManyQueries,
    TooManyUpdates,
)
from service.queries import processes as processes_module
from service.queries.admission import Admission, AdmissionLimits
from service.queries.messages import QueryJob, QueryLimits, Update
from service.queries.processes import QueryAnswer, QueryProcesses
from service.queries.snapshot import ParentOptions, Snapshot, StartedParent, spawn_parent
from tests.service.conftest import product
from tests.service.queries.conftest import adopting_orphans

CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)

pytestmark = pytest.mark.slow

ENDLESS = product("(COUNT(*) AS ?n)", "abcdefg")
ENDLESS_TOO = product("(COUNT(*) AS ?m)", "abcdefg")
# A hundred trillion rows, to be sorted.
HUGE = f"{product('*', 'abcdefg')} ORDER BY ?a"
MANY_ROWS = f"{product('?a', 'abcdefg')} LIMIT 500000"
ALL = "SELECT ?o { <a:s> <a:p> ?o } ORDER BY ?o"
ENDLESS_UPDATE = f'INSERT {{ <a:s> <a:p> "1" }} WHERE {{ {ENDLESS} }}'


async def whole(answer: QueryAnswer) -> bytes:
    """Return all parts of an answer."""
    parts = [answer.first]
    while not answer.run.is_complete:
        parts.append(await answer.run.next_part())
    answer.run.close()
    return b"".join(parts)


def test_a_large_result_comes_in_parts_and_whole(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[int, bytes]:
        answer = await processes.run(job(MANY_ROWS), "me")
        return len(answer.first), await whole(answer)

    first, everything = asking.run(scenario)

    assert first == 2**20
    assert everything == b"a\r\n" + b"1\r\n" * 500_000


@pytest.mark.parametrize(
    ("text", "limits", "error"),
    [
        (ENDLESS, QueryLimits(seconds=2), QueryTimedOut),
        (HUGE, QueryLimits(seconds=50, memory_bytes=2**26), QueryOutOfMemory),
        (MANY_ROWS, QueryLimits(seconds=50, rows=10), ResultTooLarge),
        (MANY_ROWS, QueryLimits(seconds=50, result_bytes=1_000), ResultTooLarge),
        ("CONSTRUCT WHERE { ?s ?p ?o }", QueryLimits(seconds=50, rows=3), ResultTooLarge),
    ],
)
def test_a_query_ends_at_each_of_its_limits_and_the_next_is_answered(
    asking, job, text: str, limits: QueryLimits, error: type[KgError]
) -> None:
    form = N_TRIPLES if text.startswith("CONSTRUCT") else RESULTS_CSV

    async def scenario(processes: QueryProcesses) -> bytes:
        with pytest.raises(error):
            await processes.run(job(text, form), "me")
        assert processes.admission.running == 0
        return (await processes.run(job("ASK {}"), "me")).first

    assert asking.run(scenario, limits) == b"true"


def test_as_many_rows_as_allowed_are_not_too_many(asking, job) -> None:
    limits = QueryLimits(seconds=50, rows=500_000, result_bytes=1_500_003)

    async def scenario(processes: QueryProcesses) -> int:
        return len(await whole(await processes.run(job(MANY_ROWS), "me")))

    assert asking.run(scenario, limits) == 1_500_003


def test_a_limit_that_is_reached_late_ends_the_answer_in_an_error(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> int:
        answer = await processes.run(job(MANY_ROWS), "me")
        with pytest.raises(ResultTooLarge):
            await whole(answer)
        answer.run.close()
        return processes.admission.running

    assert asking.run(scenario, QueryLimits(seconds=50, rows=400_000)) == 0


def test_a_call_that_is_cancelled_kills_its_process(asking, job, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[list[int], int]:
        asked = asyncio.create_task(processes.run(job(ENDLESS), "me"))
        busy = (await asking.children(processes, more_than=1))[0]
        asked.cancel()
        await asyncio.wait([asked])
        return [busy], processes.admission.running

    async def and_is_gone(processes: QueryProcesses) -> tuple[bool, int]:
        [busy], running = await scenario(processes)
        return await asyncio.to_thread(is_gone, busy), running

    assert asking.run(and_is_gone) == (True, 0)


def test_one_query_more_than_there_is_room_for_is_refused(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> bytes:
        running = [asyncio.create_task(processes.run(job(ENDLESS), "me")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyQueries):
            await processes.run(job("ASK {}"), "me")
        answer = await processes.run(job("ASK {}"), "another client")
        for task in running:
            task.cancel()
        return answer.first

    limits = AdmissionLimits(running=3, running_per_client=2, waiting_seconds=1)
    assert asking.run(scenario, admission=limits) == b"true"


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that a job waits for take 50 ms, although each alone may take five seconds."""
    monkeypatch.setattr(processes_module, "_MORE_WAITING_SECONDS", 0.05 - 5)


@pytest.mark.usefixtures("short_patience")
def test_a_job_waits_for_all_together_no_longer_than_allowed(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> int:
        running = asyncio.create_task(processes.run(job(ENDLESS), "me"))
        await asking.busy(processes)
        with pytest.raises(TooManyQueries):
            async with asyncio.timeout(60):
                await processes.run(job(ENDLESS_TOO), "me")
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])
        return processes.admission.running

    assert asking.run(scenario, admission=AdmissionLimits(running=1)) == 0


@pytest.mark.usefixtures("short_patience")
def test_a_job_does_not_wait_long_for_a_parent(asking, job) -> None:
    may_start = asyncio.Event()

    async def start(options: ParentOptions) -> StartedParent:
        await may_start.wait()
        return await spawn_parent(options)

    async def scenario(processes: QueryProcesses) -> bytes:
        parent = await processes.pool.wait_for_parent()
        may_start.clear()
        os.kill(parent.process_id, signal.SIGKILL)
        while processes.pool.parent is not None:
            await asyncio.sleep(0.01)
        with pytest.raises(QueryProcessesDown):
            async with asyncio.timeout(60):
                await processes.run(job("ASK {}"), "me")
        may_start.set()
        await processes.pool.wait_for_parent()
        return (await processes.run(job("ASK {}"), "me")).first

    may_start.set()
    assert asking.run(scenario, start_parent=start) == b"true"


class Writing:
    """Query processes on a writable store of one triple."""

    def __init__(self, processes: QueryProcesses, losses: list[str]) -> None:
        self.processes, self.losses = processes, losses

    async def write(self, text: str) -> bool:
        return await self.processes.writer.apply(Update(text, "http://e/"), "me")

    async def refused(self, text: str) -> KgError | None:
        try:
            await self.write(text)
        except KgError as error:
            return error
        return None

    async def ask(self, text: str = ALL) -> list[str]:
        answer = await self.processes.run(QueryJob(Query(text), CSV), "me")
        answer.run.close()
        return answer.first.decode().split("\r\n")[1:-1]


@pytest.fixture
def writing(tmp_path: Path) -> Callable[..., None]:
    """Run a scenario on such a store."""
    (tmp_path / "one.nq").write_text('<a:s> <a:p> "0" .\n', encoding="utf-8")
    (tmp_path / "context.jsonld").write_text('{"@context": {}}', encoding="utf-8")

    def run(scenario: Callable[[Writing], Awaitable[None]], seconds: float = 30) -> None:
        async def start_and_run() -> None:
            processes = QueryProcesses(
                QueryLimits(seconds=seconds),
                Admission(AdmissionLimits()),
                spare=1,
                waiting_changes=2,
            )
            snapshot = Snapshot(tmp_path / "one.nq", is_on_disk=False, is_writable=True)
            losses: list[str] = []
            lose = partial(losses.append, "lost")
            context = tmp_path / "context.jsonld"
            await processes.open(snapshot, context, when_lost=lose)
            try:
                async with asyncio.timeout(300):
                    await scenario(Writing(processes, losses))
            finally:
                await processes.close()

        with adopting_orphans():
            asyncio.run(start_and_run())

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
        (ENDLESS_UPDATE, QueryTimedOut),
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
        values = " ".join(f"VALUES ?{name} {{ {'1 ' * 100}}}" for name in "abc")
        job = QueryJob(Query(f"SELECT ?o {{ {values} <a:s> <a:p> ?o }}"), CSV)
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
        parent = here.processes.pool.parent
        while not (before := set(parent.process_ids)):
            await asyncio.sleep(0.01)
        writer = asyncio.create_task(here.refused(ENDLESS_UPDATE))
        while not (found := set(parent.process_ids) - before):
            await asyncio.sleep(0.01)
        for process in found:
            os.kill(process, signal.SIGKILL)
        assert type(await writer) is QueryProcessEnded
        assert await here.ask() == ["0"]
        assert here.losses == []

    writing(scenario)


def test_the_writing_process_of_the_next_change_is_forked_ahead(writing) -> None:
    async def scenario(here: Writing) -> None:
        await here.write('INSERT DATA { <a:s> <a:p> "1" }')
        parent = here.processes.pool.parent
        # Beside the writing process, a spare query process and one that has answered.
        while len(before := set(parent.process_ids)) < 2:
            await asyncio.sleep(0.01)
        await here.write('INSERT DATA { <a:s> <a:p> "2" }')
        assert here.processes.pool.parent.process_id in before
        assert await here.ask() == ["0", "1", "2"]

    writing(scenario)


def test_a_writing_process_that_is_killed_while_it_waits_is_replaced(writing) -> None:
    async def scenario(here: Writing) -> None:
        for number in range(1, 4):
            await here.write(f'INSERT DATA {{ <a:s> <a:p> "{number}" }}')
            parent = here.processes.pool.parent
            while len(parent.process_ids) < 2:
                await asyncio.sleep(0.01)
            for process in parent.process_ids:
                os.kill(process, signal.SIGKILL)
        assert await here.ask() == ["0", "1", "2", "3"]
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
        parent = here.processes.pool.parent
        while len(here.processes.pool.parents) > 1:
            await asyncio.sleep(0.01)
        assert here.processes.pool.parent is parent
        assert await here.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["2"]

    writing(scenario)
