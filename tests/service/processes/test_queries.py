"""Real query processes: answered, limited, killed."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from kg.errors import KgError
from kg.release import write
from kg.store import Store
from service.errors import (
    QueryOutOfMemory,
    QueryProcessEnded,
    QueryTimedOut,
    ResultTooLarge,
    TooManyQueries,
)
from service.processes.admission import Room
from service.processes.limits import Limits
from service.processes.queries import Answer, QueryProcesses

LONDON = "https://w3id.org/glocal/id/London"
FOUNDED = "SELECT ?city { ?c <https://w3id.org/glocal/ontology#foundedAt> ?city }"
ONES = " ".join("1" * 100)
HUNDREDS = " ".join(f"VALUES ?{name} {{ {ONES} }}" for name in "abcdefg")
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {HUNDREDS} }}"
# A million million rows, to be sorted.
HUGE = f"SELECT * {{ {HUNDREDS} }} ORDER BY ?a"
MANY_ROWS = f"SELECT ?a {{ {HUNDREDS} }} LIMIT 500000"


async def whole(answer: Answer) -> bytes:
    """All parts of an answer."""
    parts = [answer.first]
    while not answer.run.is_whole:
        parts.append(await answer.run.next_part())
    answer.run.close()
    return b"".join(parts)


async def child_of(processes: QueryProcesses, *, busy: int = 0) -> list[int]:
    """The process ids of the query processes, once there are more than the busy ones."""
    while True:
        life = processes.pool.life
        if life is not None and len(life.process_ids) > busy:
            return life.process_ids
        await asyncio.sleep(0.01)


def test_one_process_answers_many_queries(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[list[bytes], int]:
        answers = [(await processes.ask(job(FOUNDED), "me")).first for _ in range(20)]
        return answers, len(await child_of(processes))

    answers, processes = asking.run(scenario)

    assert answers == [f"city\r\n{LONDON}\r\n".encode()] * 20
    assert processes == 2


def test_random_values_of_two_processes_differ(asking, job) -> None:
    text = "SELECT (RAND() AS ?a) (UUID() AS ?b) {}"

    async def scenario(processes: QueryProcesses) -> list[bytes]:
        answers = await asyncio.gather(*(processes.ask(job(text), "me") for _ in range(6)))
        return [answer.first for answer in answers]

    rows = [answer.split(b"\r\n")[1].split(b",") for answer in asking.run(scenario)]

    assert [len(set(column)) for column in zip(*rows, strict=True)] == [6, 6]


def test_a_store_on_disk_is_opened_by_each_process(asking, job, store, tmp_path: Path) -> None:
    release = Store.open(write(store.quads(), {"version": "1"}, tmp_path / "release"))

    async def scenario(processes: QueryProcesses) -> bytes:
        return (await processes.ask(job(FOUNDED), "me")).first

    assert asking.run(scenario, store=release) == f"city\r\n{LONDON}\r\n".encode()


def test_a_large_result_comes_in_parts_and_whole(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[int, bytes]:
        answer = await processes.ask(job(MANY_ROWS), "me")
        return len(answer.first), await whole(answer)

    first, everything = asking.run(scenario)

    assert first == 2**20
    assert everything == b"a\r\n" + b"1\r\n" * 500_000


@pytest.mark.parametrize(
    ("text", "limits", "error"),
    [
        (ENDLESS, Limits(seconds=0.5), QueryTimedOut),
        (HUGE, Limits(seconds=50, memory_bytes=2**26), QueryOutOfMemory),
        (MANY_ROWS, Limits(seconds=50, rows=10), ResultTooLarge),
        (MANY_ROWS, Limits(seconds=50, result_bytes=1_000), ResultTooLarge),
        ("CONSTRUCT WHERE { ?s ?p ?o }", Limits(seconds=50, rows=3), ResultTooLarge),
    ],
)
def test_a_query_ends_at_each_of_its_limits_and_the_next_is_answered(
    asking, job, text: str, limits: Limits, error: type[KgError]
) -> None:
    form = "application/n-triples" if text.startswith("CONSTRUCT") else "text/csv"

    async def scenario(processes: QueryProcesses) -> bytes:
        with pytest.raises(error):
            await processes.ask(job(text, form), "me")
        assert processes.admission.running == 0
        return (await processes.ask(job("ASK {}"), "me")).first

    assert asking.run(scenario, limits) == b"true"


def test_as_many_rows_as_allowed_are_not_too_many(asking, job) -> None:
    limits = Limits(seconds=50, rows=500_000, result_bytes=1_500_003)

    async def scenario(processes: QueryProcesses) -> int:
        return len(await whole(await processes.ask(job(MANY_ROWS), "me")))

    assert asking.run(scenario, limits) == 1_500_003


def test_a_limit_that_is_reached_late_ends_the_answer_in_an_error(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> int:
        answer = await processes.ask(job(MANY_ROWS), "me")
        with pytest.raises(ResultTooLarge):
            await whole(answer)
        answer.run.close()
        return processes.admission.running

    assert asking.run(scenario, Limits(seconds=50, rows=400_000)) == 0


def test_a_call_that_is_cancelled_kills_its_process(asking, job, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[list[int], int]:
        asked = asyncio.create_task(processes.ask(job(ENDLESS), "me"))
        busy = (await child_of(processes, busy=1))[0]
        asked.cancel()
        await asyncio.wait([asked])
        return [busy], processes.admission.running

    async def and_is_gone(processes: QueryProcesses) -> tuple[bool, int]:
        [busy], running = await scenario(processes)
        return await asyncio.to_thread(is_gone, busy), running

    assert asking.run(and_is_gone) == (True, 0)


def test_a_process_that_is_killed_costs_its_own_query_and_no_other(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> list[bytes | KgError]:
        killed = asyncio.create_task(processes.ask(job(ENDLESS), "me"))
        os.kill((await child_of(processes))[0], signal.SIGKILL)
        others = [processes.ask(job("ASK {}"), "me") for _ in range(5)]
        answers = await asyncio.gather(killed, *others, return_exceptions=True)
        return [one.first if isinstance(one, Answer) else one for one in answers]

    killed, *others = asking.run(scenario)

    assert isinstance(killed, QueryProcessEnded)
    assert (killed.exit_code, killed.retry_seconds) == (-signal.SIGKILL, 1)
    assert others == [b"true"] * 5


def test_an_idle_process_that_is_killed_costs_nothing(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> bytes:
        [idle, *_] = await child_of(processes)
        os.kill(idle, signal.SIGKILL)
        life = processes.pool.life
        while life is not None and idle in life.process_ids:
            await asyncio.sleep(0.01)
        return (await processes.ask(job("ASK {}"), "me")).first

    assert asking.run(scenario) == b"true"


def test_a_parent_that_is_killed_is_started_again(asking, job, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[KgError | Answer, bytes, bool]:
        life = processes.pool.life
        assert life is not None
        running = asyncio.create_task(processes.ask(job(ENDLESS), "me"))
        children = await child_of(processes, busy=1)
        os.kill(life.process_id, signal.SIGKILL)
        [failed] = await asyncio.gather(running, return_exceptions=True)
        answer = await processes.ask(job("ASK {}"), "me")
        gone = [await asyncio.to_thread(is_gone, child) for child in children]
        assert processes.pool.life is not life
        return failed, answer.first, all(gone)

    failed, answer, are_gone = asking.run(scenario)

    assert isinstance(failed, QueryProcessEnded)
    assert (answer, are_gone) == (b"true", True)


def test_nothing_is_left_once_it_is_closed(asking, job, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> list[int]:
        asyncio.ensure_future(processes.ask(job(ENDLESS), "me")).add_done_callback(
            lambda asked: asked.exception()
        )
        children = await child_of(processes, busy=1)
        assert processes.pool.life is not None
        return [processes.pool.life.process_id, *children]

    left = asking.run(scenario)

    assert len(left) > 2
    assert all(is_gone(process) for process in left)


def test_a_long_query_gets_the_lowest_priority_and_its_process_no_other_query(asking, job) -> None:
    seconds = f"SELECT (COUNT(*) AS ?n) {{ {HUNDREDS.partition('VALUES ?d')[0]} }}"

    async def scenario(processes: QueryProcesses) -> tuple[int, bool]:
        asked = asyncio.create_task(processes.ask(job(seconds), "me"))
        [busy, *_] = await child_of(processes)
        while not asked.done() and os.getpriority(os.PRIO_PROCESS, busy) < 19:
            await asyncio.sleep(0.001)
        priority = os.getpriority(os.PRIO_PROCESS, busy)
        await asked
        life = processes.pool.life
        while life is not None and busy in life.process_ids:
            await asyncio.sleep(0.01)
        return priority, busy in await child_of(processes)

    assert asking.run(scenario, lower_after_seconds=0.01) == (19, False)


def test_one_query_more_than_there_is_room_for_is_refused(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> bytes:
        running = [asyncio.create_task(processes.ask(job(ENDLESS), "me")) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyQueries):
            await processes.ask(job("ASK {}"), "me")
        answer = await processes.ask(job("ASK {}"), "another client")
        for task in running:
            task.cancel()
        return answer.first

    room = Room(running=3, running_per_client=2, waiting_seconds=0.05)
    assert asking.run(scenario, room=room) == b"true"
