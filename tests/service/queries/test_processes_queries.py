"""Real query processes: whole answers, and each limit."""

import asyncio

import pytest

from kg.errors import KgError
from service.errors import QueryOutOfMemory, QueryTimedOut, ResultTooLarge, TooManyQueries
from service.queries.messages import QueryLimits
from service.queries.pool import AdmissionLimits
from service.queries.processes import QueryAnswer, QueryProcesses

ONES = " ".join("1" * 100)
HUNDREDS = " ".join(f"VALUES ?{name} {{ {ONES} }}" for name in "abcdefg")
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {HUNDREDS} }}"
# A million million rows, to be sorted.
HUGE = f"SELECT * {{ {HUNDREDS} }} ORDER BY ?a"
MANY_ROWS = f"SELECT ?a {{ {HUNDREDS} }} LIMIT 500000"


async def whole(answer: QueryAnswer) -> bytes:
    """All parts of an answer."""
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
        (ENDLESS, QueryLimits(seconds=0.5), QueryTimedOut),
        (HUGE, QueryLimits(seconds=50, memory_bytes=2**26), QueryOutOfMemory),
        (MANY_ROWS, QueryLimits(seconds=50, rows=10), ResultTooLarge),
        (MANY_ROWS, QueryLimits(seconds=50, result_bytes=1_000), ResultTooLarge),
        ("CONSTRUCT WHERE { ?s ?p ?o }", QueryLimits(seconds=50, rows=3), ResultTooLarge),
    ],
)
def test_a_query_ends_at_each_of_its_limits_and_the_next_is_answered(
    asking, job, text: str, limits: QueryLimits, error: type[KgError]
) -> None:
    form = "application/n-triples" if text.startswith("CONSTRUCT") else "text/csv"

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

    room = AdmissionLimits(running=3, running_per_client=2, waiting_seconds=0.05)
    assert asking.run(scenario, room=room) == b"true"
