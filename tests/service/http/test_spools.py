import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.http.spools import Backlog, Spools

PARTS = [bytes([number]) * 100_000 for number in range(20)]


class Watched(Spools):
    """Counts how often a query has waited for a reader."""

    waits = 0

    async def wait(self) -> None:
        self.waits += 1
        await super().wait()


def run(scenario: Callable[[Watched], Awaitable[None]], *, most: int, per_client: int) -> Spools:
    spools = Watched(most, per_client)

    async def in_time() -> None:
        async with asyncio.timeout(60):
            await scenario(spools)

    asyncio.run(in_time())
    return spools


async def take_all(backlog: Backlog) -> bytes:
    taken = bytearray()
    while part := await backlog.get():
        taken += part
    return bytes(taken)


def test_what_is_not_taken_waits_in_a_file_and_comes_out_in_order() -> None:
    async def scenario(spools: Watched) -> None:
        backlog = Backlog(spools, "192.0.2.1")
        for part in PARTS:
            await backlog.put(part)
        backlog.end()
        assert spools.bytes > 1_500_000
        assert await take_all(backlog) == b"".join(PARTS)
        backlog.close()

    assert run(scenario, most=10**8, per_client=10**7).bytes == 0


def test_a_reader_that_keeps_up_needs_no_file() -> None:
    async def scenario(spools: Watched) -> None:
        backlog = Backlog(spools, "192.0.2.1")
        for part in PARTS:
            await backlog.put(part)
            assert await backlog.get() == part
        backlog.close()
        assert backlog._file is None

    run(scenario, most=10**8, per_client=10**7)


@pytest.mark.parametrize(
    ("most", "per_client", "clients"),
    [(10**6, 10**7, ("192.0.2.1", "192.0.2.2")), (10**7, 10**6, ("192.0.2.1", "192.0.2.1"))],
)
def test_beyond_the_bounds_a_query_waits_for_a_reader(
    most: int, per_client: int, clients: tuple[str, str]
) -> None:
    async def scenario(spools: Watched) -> None:
        first, second = (Backlog(spools, client) for client in clients)

        async def fill(backlog: Backlog) -> None:
            for part in PARTS:
                await backlog.put(part)
            backlog.end()

        filling = [asyncio.create_task(fill(each)) for each in (first, second)]
        while spools.waits < 2:
            await asyncio.sleep(0.01)
        assert not any(task.done() for task in filling)
        assert spools.bytes <= 10**6
        taken = await asyncio.gather(take_all(first), take_all(second))
        assert taken == [b"".join(PARTS)] * 2
        for each in (first, second):
            each.close()

    assert run(scenario, most=most, per_client=per_client).bytes == 0


def test_what_was_not_taken_is_given_back_at_the_end() -> None:
    async def scenario(spools: Watched) -> None:
        backlog = Backlog(spools, "2001:db8::1")
        for part in PARTS:
            await backlog.put(part)
        assert await backlog.get() == PARTS[0]
        backlog.close()

    assert run(scenario, most=10**8, per_client=10**7).bytes == 0
