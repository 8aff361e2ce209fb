"""Compaction in the process that it concerns, in query processes, and in a whole service."""

import asyncio
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.sparql.query import Query
from kg.store.writable_store import WritableStore
from service.answers.formats import RESULTS_CSV, RESULTS_JSON, Choice
from service.errors import QueryProcessEnded
from service.queries.admission import Admission, AdmissionLimits
from service.queries.compaction import Compaction
from service.queries.messages import (
    GraphChange,
    GraphOperation,
    QueryJob,
    QueryLimits,
    SentBody,
    Update,
)
from service.queries.parent_client import ParentProcess
from service.queries.processes import QueryProcesses
from service.queries.restrictions import resident_bytes
from service.queries.snapshot import Snapshot
from tests.service.conftest import Running, children_of, serve
from tests.service.queries.conftest import adopting_orphans

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process holds"),
]

S, P, G = NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:g")
CSV = Choice(RESULTS_CSV, RESULTS_CSV.media_type)
TOKEN = {"authorization": "Bearer secret", "content-type": "application/n-triples"}
COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"


def lines(cycle: int, count: int) -> bytes:
    """N-Triples that have no term in common with those of another cycle."""
    return "".join(f'<a:{cycle}-{one}> <a:p> "{cycle}-{one}" .\n' for one in range(count)).encode()


def judge_memory() -> None:
    """Exit with an error unless compaction is due exactly when removed quads take much memory."""
    store, base_bytes = WritableStore.in_memory([]), resident_bytes()
    compaction = Compaction(base_bytes, store)
    quads = [Quad(S, P, Literal(f"{one}")) for one in range(150_000)]
    store.add(G, quads)
    assert not compaction.is_due(store)
    store.drop(G)
    assert compaction.is_due(store)
    # One that has loaded as much itself is not due again before that has doubled.
    store.add(G, quads)
    loaded = Compaction(base_bytes, store)
    assert not loaded.is_due(store)
    assert loaded.allowed_bytes(150_000) > 2 * resident_bytes() - base_bytes
    store.drop(G)
    assert loaded.is_due(store)


def test_compaction_is_due_when_removed_quads_take_much_memory() -> None:
    # In a process as small as that of a parent.
    process = multiprocessing.get_context("spawn").Process(target=judge_memory)
    process.start()
    process.join(60)

    assert process.exitcode == 0


class Writing:
    """Query processes on a writable store."""

    def __init__(self, processes: QueryProcesses) -> None:
        self._processes = processes
        self.pool = processes.pool

    async def load(self, cycle: int, count: int = 60_000) -> None:
        body = SentBody(lines(cycle, count), "application/n-triples")
        await self._change(GraphOperation.REPLACE, [body])

    async def drop(self) -> None:
        await self._change(GraphOperation.DROP)

    async def update(self, text: str) -> None:
        await self._processes.writer.apply(Update(text, "a:"), "me")

    async def _change(self, operation: GraphOperation, bodies: list[SentBody] = []) -> None:  # noqa: B006
        change = GraphChange(operation, G, "a:", bodies, max_bytes=2**27)
        await self._processes.writer.apply(change, "me")

    async def ask(self, text: str, choice: Choice = CSV) -> tuple[str, str]:
        """Return the rows of a result, and its media type."""
        answer = await self._processes.run(QueryJob(Query(text), choice), "me")
        answer.run.close()
        return answer.first.decode(), answer.content_type

    def command_of_parent(self) -> bytes:
        assert self.pool.parent is not None
        return Path(f"/proc/{self.pool.parent.process_id}/cmdline").read_bytes()

    async def load_and_drop_until_compacted(self) -> None:
        for cycle in range(20):
            await self.load(cycle)
            await self.drop()
            if b"/dev/stdin" in self.command_of_parent():
                return
        raise AssertionError("no fresh process has become the parent")


def run(scenario: Callable[[Writing], Awaitable[None]], folder: Path) -> None:
    """Run a scenario on a store of one quad."""
    (folder / "one.nq").write_text("_:kept <a:p> <a:o> .\n", encoding="utf-8")

    async def start_and_run() -> None:
        processes = QueryProcesses(QueryLimits(seconds=30), Admission(AdmissionLimits()), spare=1)
        await processes.open(Snapshot(folder / "one.nq", is_on_disk=False, is_writable=True), None)
        try:
            async with asyncio.timeout(180):
                await scenario(Writing(processes))
        finally:
            await processes.close()

    with adopting_orphans():
        asyncio.run(start_and_run())


def test_a_fresh_process_has_all_that_the_store_had(tmp_path: Path) -> None:
    async def scenario(here: Writing) -> None:
        await here.update("CREATE GRAPH <a:empty> ; INSERT DATA { <a:s> <a:p> 1 ~ <a:r> }")
        before = await here.ask("SELECT * { ?s ?p ?o } ORDER BY ?s")
        await here.load_and_drop_until_compacted()
        generation, process = here.pool.generation, here.pool.parent

        assert await here.ask("SELECT * { ?s ?p ?o } ORDER BY ?s") == before
        assert (await here.ask("SELECT ?g { GRAPH ?g {} }"))[0].split() == ["g", "a:empty"]
        json = Choice(RESULTS_JSON, RESULTS_JSON.media_type)
        _, media_type = await here.ask("SELECT ?o { <a:r> ?p ?o }", json)
        assert "version=1.2" in media_type
        # Later changes fork from it, and it takes no memory but its own.
        await here.update("DROP GRAPH <a:empty>")
        assert here.pool.generation == generation + 1
        assert here.pool.parent is not process
        standard_input = Path(f"/proc/{here.pool.parent.process_id}/fd/0").readlink()
        assert standard_input == Path(os.devnull)
        assert (await here.ask("SELECT ?g { GRAPH ?g {} }"))[0].split() == ["g"]

    run(scenario, tmp_path)


def test_a_fresh_process_has_the_limits_and_open_files_of_any_parent(tmp_path: Path) -> None:
    def properties(process: int) -> list[object]:
        names = (resource.RLIMIT_STACK, resource.RLIMIT_AS, resource.RLIMIT_CPU)
        limits = [resource.prlimit(process, name) for name in names]
        return [*limits, len(list(Path(f"/proc/{process}/fd").iterdir()))]

    async def scenario(here: Writing) -> None:
        await here.ask("ASK {}")
        # While it forks, a parent has the sockets of the child open.
        while len(here.pool.parent.process_ids) < 2 or here.pool.idle_process_ids == []:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        before = properties(here.pool.parent.process_id)
        await here.load_and_drop_until_compacted()

        async with asyncio.timeout(10):
            while properties(here.pool.parent.process_id) != before:
                await asyncio.sleep(0.05)

    run(scenario, tmp_path)


def test_a_fresh_process_that_is_killed_changes_nothing(tmp_path: Path) -> None:
    async def kill_fresh_process(writing_parent: ParentProcess) -> bool:
        """Kill the process that takes the place of a child of this parent, if any does."""
        while not writing_parent.is_over:
            for child in children_of(writing_parent.process_id):
                with suppress(OSError):
                    if b"/dev/stdin" in Path(f"/proc/{child}/cmdline").read_bytes():
                        os.kill(child, signal.SIGKILL)
                        return True
            await asyncio.sleep(0)
        return False

    async def scenario(here: Writing) -> None:
        for cycle in range(20):
            await here.load(cycle)
            parent = here.pool.parent
            killing = asyncio.create_task(kill_fresh_process(parent))
            try:
                await here.drop()
            except QueryProcessEnded:
                break
            assert not await killing

        assert await killing
        assert here.pool.parent is parent
        rows, _ = await here.ask(COUNT)

        assert rows.split() == ["n", "60000"]
        await here.update("INSERT DATA { GRAPH <a:g> { <a:s> <a:p> 1 } }")
        assert (await here.ask(COUNT))[0].split() == ["n", "60001"]

    run(scenario, tmp_path)


@contextmanager
def small_files(max_bytes: int) -> Iterator[None]:
    """Let this process and those that it starts write no file of more bytes than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_store_that_no_file_can_hold_goes_on_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario(here: Writing) -> None:
        await here.update(f"INSERT DATA {{ <a:s> <a:p> '{'x' * 50_000}' }}")
        for cycle in range(6):
            await here.load(cycle)
            assert (await here.ask(COUNT))[0].split() == ["n", "60000"]
            await here.drop()
        assert (await here.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))[0].split() == ["n", "2"]

    with small_files(20_000):
        run(scenario, tmp_path)

    assert "cannot be reclaimed: [Errno 27] File too large" in capfd.readouterr().err


def memory_of(service: Running) -> int:
    """Return the bytes that a service takes, pages that its processes share counted once."""
    members, total = [service.process.pid], 0
    for member in members:  # grows while the loop runs
        members += children_of(member)
        # A process may end in the meantime.
        with suppress(OSError):
            text = Path(f"/proc/{member}/smaps_rollup").read_text("ascii")
            pss = next(line for line in text.splitlines() if line.startswith("Pss:"))
            total += 1024 * int(pss.split()[1])
    return total


def test_loading_and_removing_over_and_over_leaves_no_memory_behind(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret", encoding="ascii")
    options = ("--scratch", "--writable", "--token-file", str(token))
    with serve(*options, log_requests=False) as service:
        graph, start_bytes = f"{service.address}/graphs?graph=a:g", memory_of(service)
        for cycle in range(12):
            put = httpx2.put(graph, content=lines(cycle, 60_000), headers=TOKEN, timeout=60)
            gone = httpx2.delete(graph, headers=TOKEN, timeout=60)
            assert (put.status_code, gone.status_code) == (201, 204)
        end = time.monotonic() + 10
        while (growth := memory_of(service) - start_bytes) > 100e6 and time.monotonic() < end:
            time.sleep(0.1)

        assert start_bytes > 0
        assert growth < 100e6
