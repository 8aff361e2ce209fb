import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from service.answers.formats import RESULT_FORMATS, Choice
from service.errors import QueryTimedOut
from service.http.cache import AnswerCache, CachedHead, SharedQueries
from service.http.observation import CLIENT_DISCONNECTED, Metrics
from service.http.query_answer import create_job
from service.queries.messages import QueryJob, QueryLimits
from service.queries.pool import AdmissionLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import snapshot_store
from tests.service.conftest import product

pytestmark = pytest.mark.slow


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = AnswerCache(max_bytes=1000, max_body_bytes=1000)
    cache.keep_body(b'"a"', b"a" * 200)
    cache.keep_body(b'"b"', b"b" * 200)
    cache.body(b'"a"')
    cache.keep_body(b'"c"', b"c" * 200)

    assert cache.body(b'"a"') == b"a" * 200
    assert cache.body(b'"b"') is None
    assert cache.body(b'"c"') == b"c" * 200
    assert (cache.count, cache.size_bytes) == (2, 912)


def test_a_body_past_its_limit_is_not_kept_and_drives_out_nothing() -> None:
    cache = AnswerCache(max_bytes=2000, max_body_bytes=100)
    cache.keep_body(b'"a"', b"a" * 100)

    assert cache.keep_body(b'"b"', b"b" * 101) is False
    assert (cache.body(b'"a"'), cache.body(b'"b"')) == (b"a" * 100, None)


def test_a_body_larger_than_the_whole_is_not_kept() -> None:
    cache = AnswerCache(max_bytes=300, max_body_bytes=1000)

    assert cache.keep_body(b'"a"', b"a" * 45) is False
    assert cache.keep_body(b'"b"', b"b" * 44) is True


def test_nothing_is_kept_where_there_is_no_room_at_all() -> None:
    cache = AnswerCache(max_bytes=0, max_body_bytes=1000)

    assert (cache.is_on, cache.keep_body(b'"a"', b"")) == (False, False)


def test_a_head_is_found_by_the_request_that_it_answered() -> None:
    cache = AnswerCache(max_bytes=1000, max_body_bytes=1000)
    head = CachedHead(b'"a"', [(b"etag", b'"a"')], [])
    cache.keep_head(b"request", head)

    assert cache.head(b"request") is head
    assert cache.head(b"another") is None


CSV = Choice(RESULT_FORMATS[2], "text/csv")
COUNT, LARGE = product("(COUNT(*) AS ?n)", "abc"), product("?a", "abc")


class Here(NamedTuple):
    shared: SharedQueries
    cache: AnswerCache
    metrics: Metrics
    processes: QueryProcesses


def job(text: str) -> QueryJob:
    return create_job(text, CSV)


@pytest.fixture
def sharing(store, tmp_path):
    """Run a coroutine with shared queries, their cache and metrics, on the tiny release."""
    context = tmp_path / "context.jsonld"
    context.write_text('{"@context": {}}', encoding="utf-8")

    def run(
        what: Callable[[Here], Awaitable[None]],
        *,
        seconds: float = 10,
        room: AdmissionLimits | None = None,
    ) -> None:
        async def within() -> None:
            processes = QueryProcesses(
                QueryLimits(seconds=seconds),
                room or AdmissionLimits(),
                spare=1,
                lower_after_seconds=1,
            )
            cache, metrics = AnswerCache(2**20, 2**20), Metrics()
            with snapshot_store(store) as snapshot:
                await processes.open(snapshot, context)
                try:
                    shared = SharedQueries(processes, cache, metrics, generation=0)
                    await what(Here(shared, cache, metrics, processes))
                finally:
                    await processes.close()

        asyncio.run(within())

    return run


def test_one_query_is_run_for_all_who_ask_at_once(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(COUNT), str(number), '"tag"') for number in range(8)]
        answers = asyncio.gather(*asking)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running = here.processes.admission.running
        assert {answer.first for answer in await answers} == {b"n\r\n1000000\r\n"}
        assert (running, here.cache.counts.joined) == (1, 7)
        assert here.cache.body(b'"tag"') == b"n\r\n1000000\r\n"

    sharing(what)


def test_who_asked_first_may_go_and_the_others_are_answered(sharing) -> None:
    async def what(here) -> None:
        first = asyncio.create_task(here.shared.run(job(COUNT), "a", '"tag"'))
        other = asyncio.create_task(here.shared.run(job(COUNT), "b", '"tag"'))
        await asyncio.sleep(0.01)
        first.cancel()
        assert (await other).first == b"n\r\n1000000\r\n"
        assert here.metrics.unanswered_queries[CLIENT_DISCONNECTED] == 0

    sharing(what)


def test_the_query_ends_once_all_who_asked_are_gone_and_can_be_asked_again(
    sharing, endless: str
) -> None:
    async def what(here) -> None:
        tasks = [asyncio.create_task(here.shared.run(job(endless), "a", '"tag"')) for _ in range(2)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        after = asyncio.create_task(here.shared.run(job("ASK {}"), "a", '"tag"'))
        assert (await after).first == b"true"
        assert here.processes.admission.running == 0
        assert here.metrics.unanswered_queries[CLIENT_DISCONNECTED] == 1

    sharing(what)


def test_a_time_limit_is_reached_once_for_all(sharing, endless: str) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(endless), "a", '"tag"') for _ in range(4)]
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in found] == [QueryTimedOut] * 4
        assert here.metrics.unanswered_queries["time"] == 1
        assert here.cache.body(b'"tag"') is None

    sharing(what, seconds=0.3)


def test_the_end_of_a_process_is_told_to_one_and_the_others_ask_again(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(COUNT), "a", '"tag"') for _ in range(4)]
        answers = asyncio.gather(*asking, return_exceptions=True)
        await asyncio.sleep(0.01)
        [process] = [one for one in here.processes.pool.parent._processes.values() if one._streams]
        here.processes.pool.kill(process)
        found = await answers
        assert [type(one).__name__ for one in found] == ["QueryProcessEnded", *["QueryAnswer"] * 3]

    sharing(what)


def test_of_a_large_answer_each_asker_gets_one_of_its_own(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(LARGE), str(number), '"tag"') for number in range(3)]
        answers = await asyncio.gather(*asking)
        assert len({id(answer.run) for answer in answers}) == 3
        assert [len(answer.first) >= 2**20 for answer in answers] == [True] * 3
        for answer in answers:
            answer.run.close()
        assert (here.processes.admission.running, here.cache.count) == (0, 0)

    sharing(what)


def test_without_a_tag_nothing_is_shared(sharing) -> None:
    async def what(here) -> None:
        uuid = job("SELECT (UUID() AS ?x) {}")
        answers = await asyncio.gather(*(here.shared.run(uuid, "a", None) for _ in range(3)))
        assert len({answer.first for answer in answers}) == 3
        assert (here.cache.counts.joined, here.cache.count) == (0, 0)

    sharing(what)
