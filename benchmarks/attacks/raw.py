"""5,000 conversations of raw bytes with a store that is written to; each answer must be HTTP."""

import asyncio
import random
import socket
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

from benchmarks.attacks.bout import TOKEN, scratch_arguments
from benchmarks.attacks.bystander import Bystander
from benchmarks.attacks.checks import Checks
from benchmarks.attacks.clients import connect
from benchmarks.attacks.conversations import Conversation, converse
from benchmarks.attacks.report import Case
from benchmarks.attacks.responses import Malformed, read_responses
from benchmarks.attacks.victim import serving

_CONVERSATIONS: Final = 5000
_CLIENTS: Final = 32
_SEED: Final = 0
_GRAPH: Final = f"/graphs{Bystander.QUERY}"
# After the last byte; a service that waits for the rest has been told by then that there is none.
_WAITING_SECONDS: Final = 0.5
_LIMIT_SECONDS: Final = 120
_PART_BYTES: Final = 262_144


def talk(_release: Path, folder: Path) -> list[Case]:
    """Hold all conversations, 32 at a time, and look at the service afterwards."""
    with serving(scratch_arguments(folder), folder) as victim:
        bystander = Bystander(victim)
        counts, faults = asyncio.run(_talk_all(victim.port))
        seen = ", ".join(f"{count:,} × {kind}" for kind, count in sorted(counts.items()))
        return [
            Case(f"{_CONVERSATIONS:,} conversations", "answers in HTTP", seen, not faults),
            *(Case("one of them", "no fault", fault, is_as_expected=False) for fault in faults),
            *bystander.cases(),
        ]


async def _talk_all(port: int) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    faults: list[str] = []
    numbers = iter(range(_CONVERSATIONS))

    async def talk_on(client: int) -> None:
        address = f"127.0.0.{100 + client % 8}"
        for number in numbers:
            held = converse(random.Random(f"{_SEED} {number}"), TOKEN, _GRAPH)  # noqa: S311
            received, is_ended = await _hold(port, held, address)
            kinds, fault = judge(held, received, is_ended=is_ended)
            counts.update(kinds)
            if fault:
                faults.append(f"number {number}: {fault}")

    await asyncio.gather(*(talk_on(client) for client in range(_CLIENTS)))
    return counts, faults


def judge(held: Conversation, received: bytes, *, is_ended: bool) -> tuple[list[str], str]:
    """Return the statuses of the answers, and what is wrong with them, if anything."""
    try:
        responses = read_responses(received, held.methods)
    except Malformed as error:
        return ["malformed"], str(error)
    kinds = [str(response.status) for response in responses] or ["closed"]
    if not is_ended:
        return kinds, "the connection stayed open"
    if held.is_sound and len(responses) != len(held.methods):
        return kinds, f"{len(responses)} answers to {len(held.methods)} requests: {kinds}"
    wrong = [one for one in responses if one.status >= 500 and b"retry-after" not in one.fields]
    return kinds, f"{wrong[0].status} {wrong[0].body[:200]!r}" if wrong else ""


async def _hold(port: int, held: Conversation, address: str) -> tuple[bytes, bool]:
    """Send the pieces, then receive; return what came, and whether the connection was ended."""
    loop, received = asyncio.get_running_loop(), bytearray()
    connection = await connect(port, address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def send() -> None:
        # A service may refuse, and close, before it has read all.
        with suppress(ConnectionError):
            for piece in held.pieces:
                await loop.sock_sendall(connection, piece)
                await asyncio.sleep(0.001)
            if not held.is_sound:
                await asyncio.sleep(_WAITING_SECONDS)
                connection.shutdown(socket.SHUT_WR)

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(_LIMIT_SECONDS):
            with suppress(ConnectionError):
                while part := await loop.sock_recv(connection, _PART_BYTES):
                    received += part
        return bytes(received), True
    except TimeoutError:
        return bytes(received), False
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await sending
        connection.close()


CHECKS: Final = Checks("raw-requests", "5,000 conversations of raw bytes", talk)
