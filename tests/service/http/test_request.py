import asyncio
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive

from kg.errors import MalformedParameter
from service.http.request import CancelOnDisconnect, decode_parameters


async def gone() -> dict[str, str]:
    return {"type": "http.disconnect"}


def still_there() -> tuple[asyncio.Event, Receive]:
    """Return when it is asked whether a client is there, and what asks one that stays."""
    is_asked = asyncio.Event()

    async def receive() -> Message:
        is_asked.set()
        return await asyncio.Event().wait() and {}

    return is_asked, receive


def test_a_block_is_left_when_the_client_goes_away() -> None:
    async def scenario() -> tuple[bool, int]:
        async with CancelOnDisconnect(gone) as client:
            await asyncio.sleep(60)
            pytest.fail("it was waited for")
        task = asyncio.current_task()
        return client.is_disconnected, task.cancelling() if task else -1

    assert asyncio.run(scenario()) == (True, 0)


def test_a_block_is_finished_while_the_client_is_there() -> None:
    is_asked, receive = still_there()

    async def scenario() -> bool:
        async with CancelOnDisconnect(receive) as client:
            async with asyncio.timeout(60):  # ends a hang
                await is_asked.wait()
        await asyncio.sleep(0)
        return client.is_disconnected

    assert asyncio.run(scenario()) is False


def test_somebody_else_who_cancels_is_heard() -> None:
    is_asked, receive = still_there()

    async def block() -> None:
        async with CancelOnDisconnect(receive):
            await asyncio.Event().wait()

    async def scenario() -> bool:
        task = asyncio.create_task(block())
        async with asyncio.timeout(60):  # ends a hang
            await is_asked.wait()
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(scenario()) is True


PIECES = (
    "a",
    "=",
    "&",
    "+",
    "%",
    "%2",
    "%zz",
    "%20",
    "%3D",
    "%26",
    "%e4%bd%a0",
    "%C3",
    "ü",
    "\n",
    ";",
)


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_parameters_are_decoded_as_by_the_library(text: str) -> None:
    try:
        expected: object = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        expected = MalformedParameter
    try:
        decoded: object = decode_parameters(text.encode(), "the address")
    except MalformedParameter:
        decoded = MalformedParameter

    assert decoded == expected
