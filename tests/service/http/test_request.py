import asyncio

import pytest

from service.http.request import CancelOnDisconnect


async def gone() -> dict[str, str]:
    return {"type": "http.disconnect"}


async def there() -> dict[str, str]:
    return await asyncio.Event().wait() and {}


def test_a_block_is_left_when_the_client_goes_away() -> None:
    async def scenario() -> tuple[bool, int]:
        async with CancelOnDisconnect(gone) as client:
            await asyncio.sleep(60)
            pytest.fail("it was waited for")
        task = asyncio.current_task()
        return client.is_disconnected, task.cancelling() if task else -1

    assert asyncio.run(scenario()) == (True, 0)


def test_a_block_is_finished_while_the_client_is_there() -> None:
    async def scenario() -> bool:
        async with CancelOnDisconnect(there) as client:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0)
        return client.is_disconnected

    assert asyncio.run(scenario()) is False


def test_somebody_else_who_cancels_is_heard() -> None:
    async def block() -> None:
        async with CancelOnDisconnect(there):
            await asyncio.sleep(60)

    async def scenario() -> bool:
        task = asyncio.create_task(block())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(scenario()) is True
