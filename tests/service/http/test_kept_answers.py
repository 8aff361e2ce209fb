import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import httpx2
import pytest
import zstandard
from fastapi.testclient import TestClient

from kg.sparql.query import Query
from service.answers.formats import RESULT_FORMATS, Choice
from service.errors import QueryTimedOut
from service.http.kept_answers import AnswerCache, KeptAnswer, SharedQueries
from service.http.metrics import CLIENT_DISCONNECTED, Metrics
from service.queries.admission import Admission, AdmissionLimits
from service.queries.messages import QueryJob, QueryLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import snapshot_store
from tests.service.conftest import product


def result(content: bytes) -> KeptAnswer:
    return KeptAnswer(content, [(b"content-type", b"text/csv")])


def test_what_was_not_asked_for_longest_goes_first() -> None:
    cache = AnswerCache(max_bytes=1000, max_body_bytes=1000)
    cache.keep(b"a", result(b"a" * 200))
    cache.keep(b"b", result(b"b" * 200))
    cache.get(b"a")
    cache.keep(b"c", result(b"c" * 200))

    assert cache.get(b"a") == result(b"a" * 200)
    assert cache.get(b"b") is None
    assert cache.get(b"c") == result(b"c" * 200)
    # Each with its header and itself takes 256 bytes more.
    assert (len(cache), cache.currsize) == (2, 912)


def test_a_body_past_its_limit_is_not_kept_and_drives_out_nothing() -> None:
    cache = AnswerCache(max_bytes=2000, max_body_bytes=100)
    cache.keep(b"a", result(b"a" * 100))
    cache.keep(b"b", result(b"b" * 101))

    assert list(cache) == [b"a"]


def test_an_answer_larger_than_the_whole_is_not_kept() -> None:
    cache = AnswerCache(max_bytes=300, max_body_bytes=1000)
    cache.keep(b"a", result(b"a" * 45))
    cache.keep(b"b", result(b"b" * 44))

    assert list(cache) == [b"b"]


def test_nothing_is_kept_where_there_is_no_room_at_all() -> None:
    cache = AnswerCache(max_bytes=0, max_body_bytes=1000)
    cache.keep(b"a", result(b""))

    assert list(cache) == []


CSV = Choice(RESULT_FORMATS[2], "text/csv")
COUNT, LARGE = product("(COUNT(*) AS ?n)", "abc"), product("?a", "abc")


class Here(NamedTuple):
    shared: SharedQueries
    cache: AnswerCache
    metrics: Metrics
    processes: QueryProcesses


def unanswered(here: Here, reason: str) -> int:
    return here.metrics.value("glocal_queries_unanswered_total", {"reason": reason})


def job(text: str) -> QueryJob:
    return QueryJob(Query(text), CSV)


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
                Admission(room or AdmissionLimits()),
                spare=1,
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


@pytest.mark.slow
def test_one_query_is_run_for_all_who_ask_at_once(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(COUNT), str(number), '"tag"') for number in range(8)]
        answers = asyncio.gather(*asking)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        running = here.processes.admission.running
        assert {answer.first for answer in await answers} == {b"n\r\n1000000\r\n"}
        assert (running, here.metrics.value("glocal_queries_joined_total")) == (1, 7)
        kept = here.cache.get(b'"tag"')
        assert (kept.body, kept.content_type) == (b"n\r\n1000000\r\n", "text/csv; charset=utf-8")

    sharing(what)


@pytest.mark.slow
def test_who_asked_first_may_go_and_the_others_are_answered(sharing) -> None:
    async def what(here) -> None:
        first = asyncio.create_task(here.shared.run(job(COUNT), "a", '"tag"'))
        other = asyncio.create_task(here.shared.run(job(COUNT), "b", '"tag"'))
        await asyncio.sleep(0.01)
        first.cancel()
        assert (await other).first == b"n\r\n1000000\r\n"
        assert unanswered(here, CLIENT_DISCONNECTED) == 0

    sharing(what)


@pytest.mark.slow
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
        assert unanswered(here, CLIENT_DISCONNECTED) == 1

    sharing(what)


@pytest.mark.slow
def test_a_time_limit_is_reached_once_for_all(sharing, endless: str) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(endless), "a", '"tag"') for _ in range(4)]
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in found] == [QueryTimedOut] * 4
        assert unanswered(here, "time") == 1
        assert here.cache.get(b'"tag"') is None

    sharing(what, seconds=0.3)


@pytest.mark.slow
def test_the_end_of_a_process_is_told_to_one_and_the_others_ask_again(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(COUNT), "a", '"tag"') for _ in range(4)]
        answers = asyncio.gather(*asking, return_exceptions=True)
        await asyncio.sleep(0.01)
        [process] = [
            one for one in here.processes.pool.parent._processes.values() if one._is_reading
        ]
        here.processes.pool.kill(process)
        found = await answers
        assert [type(one).__name__ for one in found] == ["QueryProcessEnded", *["QueryAnswer"] * 3]

    sharing(what)


@pytest.mark.slow
def test_of_a_large_answer_each_asker_gets_one_of_its_own(sharing) -> None:
    async def what(here) -> None:
        asking = [here.shared.run(job(LARGE), str(number), '"tag"') for number in range(3)]
        answers = await asyncio.gather(*asking)
        assert len({id(answer.run) for answer in answers}) == 3
        assert [len(answer.first) >= 2**20 for answer in answers] == [True] * 3
        for answer in answers:
            answer.run.close()
        assert (here.processes.admission.running, len(here.cache)) == (0, 0)

    sharing(what)


@pytest.mark.slow
def test_without_a_tag_nothing_is_shared(sharing) -> None:
    async def what(here) -> None:
        uuid = job("SELECT (UUID() AS ?x) {}")
        answers = await asyncio.gather(*(here.shared.run(uuid, "a", None) for _ in range(3)))
        assert len({answer.first for answer in answers}) == 3
        assert (here.metrics.value("glocal_queries_joined_total"), len(here.cache)) == (0, 0)

    sharing(what)


PREFIX = "PREFIX glocal: <https://w3id.org/glocal/ontology#> "
MANY = f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(100)))} }} }}"
LONG = "/openapi.json"


def outcomes(client: TestClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    found = [line.rpartition(" ") for line in lines if line.startswith("glocal_cache_requests_t")]
    return {name.partition('"')[2].rstrip('"}'): float(value) for name, _, value in found}


def decoded(body: bytes) -> bytes:
    """Decode zstd, which the client, unlike gzip and br, does not."""
    is_coded = body.startswith(b"\x28\xb5\x2f\xfd")
    return zstandard.ZstdDecompressor().decompressobj().decompress(body) if is_coded else body


def ask(client: TestClient, query: str, **headers: str) -> httpx2.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/sparql", params={"query": query}, headers=names)


@pytest.mark.slow
def test_the_same_query_is_answered_again_in_the_same_bytes(client: TestClient) -> None:
    first = ask(client, f"{MANY} # again")
    before = outcomes(client)
    again = ask(client, f"{MANY} # again")
    after = outcomes(client)

    assert again.content == first.content
    assert after["hit"] == before["hit"] + 1
    first.headers.pop("x-request-id")
    again.headers.pop("x-request-id")
    assert dict(again.headers) == dict(first.headers)


@pytest.mark.slow
def test_a_query_by_post_is_kept_too_and_is_never_a_304(client: TestClient) -> None:
    form = {"query": f"{MANY} # by post"}
    first = client.post("/sparql", data=form)
    before = outcomes(client)
    held = {"if-none-match": first.headers["etag"]}
    again = client.post("/sparql", data=form, headers=held)
    other = client.post("/sparql", data={"query": "ASK { } # by post"}, headers=held)

    assert (again.status_code, again.content) == (200, first.content)
    assert outcomes(client)["hit"] == before["hit"] + 1
    assert other.json()["boolean"] is True


@pytest.mark.slow
def test_each_coding_has_its_own_tag_and_is_revalidated_by_it(client: TestClient) -> None:
    query = f"{MANY} # coded"
    plain = ask(client, query, accept_encoding="identity")
    tags = {"": plain.headers["etag"]}
    for coding in ("gzip", "br", "zstd"):
        coded = ask(client, query, accept_encoding=coding)
        tags[coding] = coded.headers["etag"]
        assert coded.headers["content-encoding"] == coding
        assert coded.headers["vary"] == "Accept, Accept-Encoding"
        assert json.loads(decoded(coded.content)) == plain.json()
        held = ask(client, query, accept_encoding=coding, if_none_match=tags[coding])
        assert (held.status_code, held.content) == (304, b"")
        assert held.headers["etag"] == tags[coding]
    assert tags["gzip"] == f'{tags[""][:-1]}-gzip"'
    assert len(set(tags.values())) == 4


@pytest.mark.slow
def test_a_coded_answer_that_is_held_is_not_made_again(client: TestClient) -> None:
    query = f"{MANY} # held before it is kept"
    tag = ask(client, query, accept_encoding="gzip").headers["etag"]
    # Another spelling of Accept is another request to the cache, with the same answer.
    held = ask(client, query, accept_encoding="gzip", accept="*/*;q=0.7", if_none_match=f"W/{tag}")

    assert (held.status_code, held.headers["etag"]) == (304, tag)
    assert held.headers["access-control-allow-origin"] == "*"


@pytest.mark.slow
def test_a_short_answer_and_one_to_a_client_without_codings_are_sent_as_they_are(
    client: TestClient,
) -> None:
    short = ask(client, "ASK { }", accept_encoding="gzip")
    plain = client.get(LONG, headers={"accept-encoding": "identity"})
    coded = client.get(LONG, headers={"accept-encoding": "gzip"})

    assert "content-encoding" not in short.headers
    assert "content-encoding" not in plain.headers
    assert coded.headers["content-encoding"] == "gzip"
    assert int(coded.headers["content-length"]) < len(plain.content) / 4
    assert coded.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.slow
@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_a_query_that_differs_from_time_to_time_is_never_kept(
    client: TestClient, function: str
) -> None:
    answers = {ask(client, f"SELECT ({function} AS ?x) {{ }}").text for _ in range(3)}
    headers = ask(client, f"SELECT ({function} AS ?x) {{ }}").headers

    assert len(answers) == 3 or function == "BNODE()"
    assert ("etag" in headers, headers["cache-control"]) == (False, "no-store")


@pytest.mark.slow
def test_a_refusal_is_not_kept(client: TestClient) -> None:
    before = outcomes(client)
    statuses = [ask(client, "SELECT {").status_code for _ in range(2)]

    assert statuses == [400, 400]
    assert outcomes(client) == before


@pytest.mark.slow
def test_a_kept_answer_is_not_taken_for_another_format_host_or_method(client: TestClient) -> None:
    query = "SELECT (<x> AS ?x) { }"
    here = ask(client, query, accept="text/csv")
    there = ask(client, query, accept="text/csv", host="elsewhere.org")
    as_json = ask(client, query)
    posted = client.post("/sparql", params={"query": query}, headers={"accept": "text/csv"})

    assert here.text == "x\r\nhttp://testserver/x\r\n"
    assert there.text == "x\r\nhttp://elsewhere.org/x\r\n"
    assert as_json.headers["content-type"] == "application/sparql-results+json"
    assert posted.status_code == 415


@pytest.mark.slow
def test_a_resource_says_how_long_it_is_fresh(client: TestClient) -> None:
    for path in ("/data/id/London.ttl", "/ontology", "/queries", "/sparql?query=ASK%7B%7D"):
        headers = client.get(path).headers
        assert headers["cache-control"] == "public, max-age=60, must-revalidate", path
        assert headers["etag"].startswith('"'), path


@pytest.mark.slow
def test_many_who_ask_at_once_are_answered_by_one_query(serving) -> None:
    counted = product("(COUNT(*) AS ?n)", "abc")
    with serving() as service, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(service.ask, [counted] * 16))
        lines = httpx2.get(f"{service.address}/metrics").text.splitlines()

    assert {answer.json()["results"]["bindings"][0]["n"]["value"] for answer in answers} == {
        "1000000"
    }
    [joined] = [line for line in lines if line.startswith("glocal_queries_joined_total")]
    [kept] = [
        line for line in lines if line.startswith('glocal_cache_requests_total{outcome="hit"')
    ]
    assert float(joined.split()[1]) + float(kept.split()[1]) == 15


@pytest.mark.slow
def test_a_large_answer_is_streamed_in_its_coding_and_not_kept(serving) -> None:
    with serving() as service:
        asked = {"query": product("?a", "abc"), "format": "csv"}
        address = f"{service.address}/sparql"
        request = httpx2.Request("GET", address, params=asked, headers={"accept-encoding": "gzip"})
        with httpx2.Client(timeout=60) as client:
            answer = client.send(request, stream=True)
            coded = b"".join(answer.iter_raw())
        metrics = httpx2.get(f"{service.address}/metrics").text

    assert gzip.decompress(coded) == b"a\r\n" + b"1\r\n" * 1_000_000
    assert answer.headers["etag"].endswith('-gzip"')
    assert "glocal_cache_answers 0.0" in metrics


@pytest.mark.slow
def test_without_a_cache_everything_is_answered_anew(serving) -> None:
    with serving(cache_mebibytes=0) as service:
        answers = [service.ask("ASK { }").json()["boolean"] for _ in range(3)]
        metrics = httpx2.get(f"{service.address}/metrics").text

    assert answers == [True] * 3
    assert 'glocal_cache_requests_total{outcome="hit"} 0.0' in metrics
