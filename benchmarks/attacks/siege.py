"""Sixty-four clients that mix endless queries, what-if bombs and slow readers."""

import asyncio
import random
import time
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, read_slowly
from benchmarks.attacks.readers import long_result
from benchmarks.attacks.runaways import runaway
from benchmarks.attacks.verdict import Targets
from benchmarks.attacks.whatifs import bomb

_CLIENTS: Final = 64
# A client that goes away after this, so that each client does several things.
_PATIENCE_SECONDS: Final = (2.0, 15.0)
_PAUSE_SECONDS: Final = 0.05


async def besiege(target: Target) -> Tally:
    """Let 64 clients, each with an address, do one after another until the time is over."""
    tally, end = Tally(), time.monotonic() + target.seconds

    async def attack_until_end(client: int) -> None:
        generator = random.Random(f"{target.seed} {client}")  # noqa: S311
        number, address = client, f"127.0.3.{1 + client}"
        while (left := end - time.monotonic()) > 0:
            number += _CLIENTS
            patience = min(generator.uniform(*_PATIENCE_SECONDS), left)
            match generator.randrange(3):
                case 0:
                    await tally.send(target, runaway(number), address, leaves_after=patience)
                case 1:
                    request = bomb(f"Siege{number}x")
                    await tally.send(target, request, address, leaves_after=patience)
                case _:
                    await read_slowly(target, tally, long_result(number), address, patience)
            await asyncio.sleep(_PAUSE_SECONDS)

    await asyncio.gather(*(attack_until_end(client) for client in range(_CLIENTS)))
    return tally


ATTACKS: Final = (
    Attack(
        "siege",
        "64 clients from 64 addresses mix endless queries, what-if bombs and slow readers",
        besiege,
        Targets(max_ask_seconds=1.0, statuses=frozenset({"504"})),
        is_newcomer=True,
        share_of_seconds=6.0,
    ),
)
