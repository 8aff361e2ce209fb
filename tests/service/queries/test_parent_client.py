import asyncio
import os
import select
import socket
import sys
import time
from asyncio import IncompleteReadError

import pytest

from kg.errors import KgError
from kg.sparql.query import Query
from service.answers.formats import RESULTS_CSV, Choice
from service.errors import QueryProcessEnded
from service.queries import child_process
from service.queries.child_process import (
    JobNotTaken,
    QueryProcess,
    error_for_ended_process,
)
from service.queries.messages import QueryJob, QueryLimits

CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)


async def own(process_id: int | None) -> QueryProcess:
    """Return a client for the process with this id; its connection leads nowhere."""
    ours, theirs = socket.socketpair()
    process = QueryProcess(1, ours, theirs)
    if process_id is not None:
        process.mark_forked(process_id)
    return process


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux alone")
def test_the_processor_time_of_a_process_is_that_which_it_has_had() -> None:
    async def scenario() -> tuple[float, float, float, float]:
        process, unborn = await own(os.getpid()), await own(None)
        seconds = time.process_time(), process.processor_seconds(), time.process_time()
        unborn_seconds = unborn.processor_seconds()
        for one in (process, unborn):
            one.close()
            one.mark_ended(None)
        return *seconds, unborn_seconds

    before, told, after, unborn = asyncio.run(scenario())

    assert before <= told <= after
    assert unborn == 0


@pytest.mark.skipif(sys.platform != "linux", reason="told by Linux alone")
@pytest.mark.parametrize(("reads", "found"), [(0, JobNotTaken), (2**16, IncompleteReadError)])
def test_a_job_that_was_read_is_told_from_one_that_was_not(reads: int, found: type) -> None:
    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        process = QueryProcess(1, ours, theirs)
        asked = asyncio.create_task(process.send_job(QueryJob(Query("ASK {}"), CSV)))
        while not select.select([theirs], [], [], 0)[0]:
            await asyncio.sleep(0)
        theirs.recv(reads)
        theirs.close()
        with pytest.raises(found):
            await asked
        process.close()
        await asyncio.sleep(0)

    asyncio.run(scenario())


def test_an_end_that_nobody_has_reported_yet_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_PATIENCE_SECONDS", 0.01)

    async def scenario() -> KgError:
        ours, theirs = socket.socketpair()
        process = QueryProcess(1, ours, theirs)
        asked = asyncio.create_task(process.send_job(QueryJob(Query("ASK {}"), CSV)))
        while not select.select([theirs], [], [], 0)[0]:
            await asyncio.sleep(0)
        theirs.recv(2**16)
        theirs.close()
        await asyncio.wait([asked])
        process.close()
        assert isinstance(asked.exception(), IncompleteReadError)
        return await error_for_ended_process(process, QueryLimits())

    found = asyncio.run(scenario())

    assert isinstance(found, QueryProcessEnded)
    assert found.exit_code is None


def test_a_process_that_has_ended_is_not_asked() -> None:
    async def scenario() -> int | None:
        process = await own(None)
        process.mark_ended(-9)
        process.close()
        with pytest.raises(JobNotTaken):
            await process.send_job(QueryJob(Query("ASK {}"), CSV))
        return process.exit_code.result()

    assert asyncio.run(scenario()) == -9
