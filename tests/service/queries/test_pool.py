"""Admission, and real query processes with their parent: reused, killed, replaced."""

import asyncio
import os
import signal
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import Quad, RdfFormat

from kg.content import own_content
from kg.errors import KgError
from kg.namespaces import GLOCAL, ID
from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from service.errors import EvaluatorsDown, QueryProcessEnded, QueryProcessesDown
from service.queries import pool
from service.queries.memory import private_bytes
from service.queries.messages import QueryLimits
from service.queries.pool import ProcessPool
from service.queries.processes import QueryAnswer, QueryProcesses
from service.queries.snapshot import (
    EVALUATOR_PROGRAM,
    AdoptedProcess,
    ParentOptions,
    Snapshot,
    StartedParent,
    snapshot_store,
    spawn_parent,
)
from tests.service.conftest import product

pytestmark = pytest.mark.slow


LONDON = "https://w3id.org/glocal/id/London"
FOUNDED = "SELECT ?city { ?c <https://w3id.org/glocal/ontology#foundedAt> ?city }"
FACT = Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"])


def test_one_process_answers_many_queries(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[list[bytes], int]:
        answers = [(await processes.run(job(FOUNDED), "me")).first for _ in range(20)]
        # The spare one may still be forked.
        while (count := len(await asking.children(processes))) < 2:
            await asyncio.sleep(0)
        return answers, count

    answers, processes = asking.run(scenario)

    assert answers == [f"city\r\n{LONDON}\r\n".encode()] * 20
    assert processes == 2


def test_processes_are_kept_while_they_are_needed_and_then_let_go(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[list[int], list[int]]:
        async def ten() -> list[int]:
            await asyncio.gather(*(processes.run(job("ASK {}"), "me") for _ in range(10)))
            # The spare one may still be forked.
            while len(found := await asking.children(processes)) < 11:
                await asyncio.sleep(0)
            return found

        first, again = await ten(), await ten()
        processes.pool.trim()
        kept = await asking.children(processes)
        processes.pool.trim()
        while len(await asking.children(processes)) > 1:
            await asyncio.sleep(0.01)
        return first, [again, kept]

    first, others = asking.run(scenario)

    assert len(first) == 11
    assert others == [first, first]


def test_a_process_that_has_grown_is_not_kept_as_a_spare_one(
    asking, job, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only this test trims.
    monkeypatch.setattr(pool, "_SECONDS_BETWEEN_TRIMS", 60)
    # Ten thousand values to tell apart: more than a spare process keeps, less than ends any.
    value = f"CONCAT(STR(RAND()), '{'x' * 2_000}')"
    large = product(f"(COUNT(DISTINCT {value}) AS ?n)", "ab")

    async def scenario(processes: QueryProcesses) -> tuple[list[bool], list[bool]]:
        async def are_large() -> list[bool]:
            return [private_bytes(one) > 2**24 for one in await asking.children(processes)]

        await processes.run(job(large), "me")
        before = await are_large()
        processes.pool.trim()
        processes.pool.trim()
        while any(after := await are_large()):
            await asyncio.sleep(0.01)
        return before, after

    before, after = asking.run(scenario)

    # A spare process may not have been forked yet.
    assert before.count(True) == 1
    assert after
    assert not any(after)


def test_a_request_while_evaluators_start_does_not_have_them_replaced(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 0)
    starts = 0

    async def start_slowly(options: ParentOptions) -> StartedParent:
        nonlocal starts
        starts += 1
        await asyncio.sleep(0.2)
        return await spawn_parent(options)

    async def scenario() -> tuple[list[int], list[int]]:
        evaluators = ProcessPool(spare=1)
        with snapshot_store(store) as snapshot:
            limits, content = QueryLimits(seconds=30), own_content()
            options = ParentOptions(snapshot, None, limits, EVALUATOR_PROGRAM, content)
            await evaluators.open(options, lambda: None, start_slowly)
            try:
                # The start has begun, and has no process yet.
                await asyncio.sleep(0.1)
                first = (await evaluators.wait_for_parent()).process_id
                # A parent that is to be replaced is killed after a second.
                await asyncio.sleep(1.5)
                return [first], [parent.process_id for parent in evaluators.parents]
            finally:
                await evaluators.close()

    first, after = asyncio.run(scenario())

    assert (first, starts) == (after, 1)


def test_evaluators_of_a_folder_that_has_gone_are_down_at_once_and_up_once_it_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pool, "_IDLE_SECONDS", 3600)
    quads = tmp_path / "quads.nq"
    starts: list[ParentOptions] = []

    async def start(options: ParentOptions) -> StartedParent:
        starts.append(options)
        return await spawn_parent(options)

    async def scenario() -> None:
        evaluators = ProcessPool(spare=1)
        limits, snapshot = QueryLimits(seconds=30), Snapshot(quads, is_on_disk=False)
        options = ParentOptions(snapshot, None, limits, EVALUATOR_PROGRAM, own_content())
        await evaluators.open(options, lambda: None, start)
        try:
            for _ in range(2):
                with pytest.raises(EvaluatorsDown):
                    await evaluators.wait_for_parent()
                # No job has waited for a second attempt.
                assert len(starts) == 1
            pyoxigraph.serialize(store.quads(), quads, format=RdfFormat.N_QUADS)
            while evaluators.parent is None:
                await asyncio.sleep(0.01)
        finally:
            await evaluators.close()

    asyncio.run(scenario())


def test_random_values_of_two_processes_differ(asking, job) -> None:
    text = "SELECT (RAND() AS ?a) (UUID() AS ?b) {}"

    async def scenario(processes: QueryProcesses) -> list[bytes]:
        answers = await asyncio.gather(*(processes.run(job(text), "me") for _ in range(6)))
        return [answer.first for answer in answers]

    rows = [answer.split(b"\r\n")[1].split(b",") for answer in asking.run(scenario)]

    assert [len(set(column)) for column in zip(*rows, strict=True)] == [6, 6]


def test_a_store_on_disk_is_opened_by_each_process(asking, job, store, tmp_path: Path) -> None:
    release = Store.open(write_release(store.quads(), {"version": "1"}, tmp_path / "release"))

    async def scenario(processes: QueryProcesses) -> bytes:
        return (await processes.run(job(FOUNDED), "me")).first

    assert asking.run(scenario, store=release) == f"city\r\n{LONDON}\r\n".encode()


def test_a_process_that_is_killed_costs_its_own_query_and_no_other(asking, job, endless) -> None:
    async def scenario(processes: QueryProcesses) -> list[bytes | KgError]:
        killed = asyncio.create_task(processes.run(job(endless), "me"))
        os.kill(await asking.busy(processes), signal.SIGKILL)
        others = [processes.run(job("ASK {}"), "me") for _ in range(5)]
        answers = await asyncio.gather(killed, *others, return_exceptions=True)
        return [one.first if isinstance(one, QueryAnswer) else one for one in answers]

    killed, *others = asking.run(scenario)

    assert isinstance(killed, QueryProcessEnded)
    assert (killed.exit_code, killed.retry_seconds) == (-signal.SIGKILL, 1)
    assert others == [b"true"] * 5


def test_an_idle_process_that_is_killed_costs_nothing(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> bytes:
        [idle, *_] = await asking.children(processes)
        os.kill(idle, signal.SIGKILL)
        parent = processes.pool.parent
        while parent is not None and idle in parent.process_ids:
            await asyncio.sleep(0.01)
        return (await processes.run(job("ASK {}"), "me")).first

    assert asking.run(scenario) == b"true"


def test_idle_processes_that_nobody_knows_to_be_dead_cost_nothing_either(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> bytes:
        await processes.run(job("ASK {}"), "me")
        for idle in await asking.children(processes, more_than=1):
            os.kill(idle, signal.SIGKILL)
        # Nothing has been awaited since: no end has been seen.
        return (await processes.run(job("ASK {}"), "me")).first

    assert asking.run(scenario) == b"true"


def test_a_parent_that_is_killed_is_started_again(asking, job, endless, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[KgError | QueryAnswer, bytes, bool]:
        parent = processes.pool.parent
        assert parent is not None
        running = asyncio.create_task(processes.run(job(endless), "me"))
        await asking.busy(processes)
        children = await asking.children(processes)
        os.kill(parent.process_id, signal.SIGKILL)
        [failed] = await asyncio.gather(running, return_exceptions=True)
        answer = await processes.run(job("ASK {}"), "me")
        gone = [await asyncio.to_thread(is_gone, child) for child in children]
        assert processes.pool.parent is not parent
        return failed, answer.first, all(gone)

    failed, answer, are_gone = asking.run(scenario)

    assert isinstance(failed, QueryProcessEnded)
    assert (answer, are_gone) == (b"true", True)


def test_a_job_for_a_process_that_its_killed_parent_never_forked_is_not_lost(asking, job) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[bool, bytes]:
        parent = await processes.pool.wait_for_parent()
        idle = await asking.children(processes)
        os.kill(parent.process_id, signal.SIGSTOP)
        for process in idle:
            os.kill(process, signal.SIGKILL)
        asked = asyncio.create_task(processes.run(job("ASK {}"), "me"))
        await asyncio.sleep(0.3)
        was_answered = asked.done()
        os.kill(parent.process_id, signal.SIGKILL)
        return was_answered, (await asked).first

    assert asking.run(scenario) == (False, b"true")


@pytest.mark.parametrize("failing", [1, 2])
def test_a_parent_that_cannot_be_started_at_once_is_started_later(
    asking, job, failing: int
) -> None:
    starts: list[ParentOptions] = []

    async def start(options: ParentOptions) -> StartedParent:
        starts.append(options)
        if len(starts) == failing:
            raise QueryProcessesDown
        return await spawn_parent(options)

    async def scenario(processes: QueryProcesses) -> bytes:
        parent = await processes.pool.wait_for_parent()
        os.kill(parent.process_id, signal.SIGKILL)
        while len(starts) < 3:
            await asyncio.sleep(0.01)
        return (await processes.run(job("ASK {}"), "me")).first

    assert asking.run(scenario, start_parent=start) == b"true"
    assert len(starts) == 3


def test_a_parent_is_started_again_after_a_writer_process_that_died_before_its_adoption(
    asking, job
) -> None:
    async def scenario(processes: QueryProcesses) -> tuple[bool, bytes]:
        parent = processes.pool.parent
        assert parent is not None
        writer, control = parent.fork_writer()
        while writer.process_id is None:
            await asyncio.sleep(0.01)
        processes.pool.kill(writer)
        await writer.exit_code
        program = AdoptedProcess(writer.process_id)
        is_adopted = await processes.pool.adopt(writer, program, control)
        control.close()
        os.kill(parent.process_id, signal.SIGKILL)
        while processes.pool.parent is parent:
            await asyncio.sleep(0.01)
        return is_adopted, (await processes.run(job("ASK {}"), "me")).first

    assert asking.run(scenario) == (False, b"true")


def test_nothing_is_left_once_it_is_closed(asking, job, endless, is_gone) -> None:
    async def scenario(processes: QueryProcesses) -> list[int]:
        asyncio.ensure_future(processes.run(job(endless), "me")).add_done_callback(
            lambda asked: asked.exception()
        )
        children = await asking.children(processes, more_than=1)
        assert processes.pool.parent is not None
        return [processes.pool.parent.process_id, *children]

    left = asking.run(scenario)

    assert len(left) > 2
    assert all(is_gone(process) for process in left)
