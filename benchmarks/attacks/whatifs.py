"""B2 and B3: what-ifs that cost seconds, megabytes of answers and gigabytes of memory."""

import asyncio
import time
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, whatif_patch
from benchmarks.attacks.verdict import Targets
from benchmarks.attacks.warming import PREFIXES

_ADDRESS: Final = "127.0.0.21"
_CITIES: Final = 50
_AT_ONCE: Final = 16
_CLOSED_AT_ONCE: Final = 8
_SECONDS_UNTIL_CLOSED: Final = 0.5
_LITERAL_CHARACTERS: Final = 4_000_000
# The last two names are of no property.
_PROPERTIES: Final = (*["skos:note"] * 3, *["glocal:nothing"] * 2)
_MAX_REFUSAL_BYTES: Final = 100_000


def bomb(name: str) -> bytes:
    """Return a patch of fifty new cities in one network; each follows from many others."""
    cities = " ".join(
        f"id:{name}{number} a glocal:City ; glocal:memberOf id:C40 ." for number in range(_CITIES)
    )
    return whatif_patch(f"{PREFIXES}INSERT DATA {{ {cities} }}")


async def send_bombs(target: Target) -> Tally:
    """Send sixteen bombs at once from one client."""
    tally = Tally()
    requests = [tally.send(target, bomb(f"Bomb{n}x"), _ADDRESS) for n in range(_AT_ONCE)]
    await asyncio.gather(*requests)
    return tally


async def leave_bombs(target: Target) -> Tally:
    """Send eight bombs at once, and go away after half a second; again until the time is over."""
    tally, end, number = Tally(), time.monotonic() + target.seconds, 0
    while number == 0 or time.monotonic() < end - 2 * _SECONDS_UNTIL_CLOSED:
        requests = []
        for _ in range(_CLOSED_AT_ONCE):
            number += 1
            request = bomb(f"Left{number}x")
            requests.append(
                tally.send(target, request, _ADDRESS, leaves_after=_SECONDS_UNTIL_CLOSED)
            )
        await asyncio.gather(*requests)
        await asyncio.sleep(_SECONDS_UNTIL_CLOSED)
    return tally


async def send_literals(target: Target) -> Tally:
    """Send what-ifs at once, each with a literal of four million characters; two are refused."""
    tally = Tally()
    text = "x" * _LITERAL_CHARACTERS
    requests = [
        tally.send(
            target,
            whatif_patch(f'{PREFIXES}INSERT DATA {{ id:London {name} "{text}" }}'),
            _ADDRESS,
        )
        for name in _PROPERTIES
    ]
    for answer in await asyncio.gather(*requests):
        if answer.status >= 400 and answer.size > _MAX_REFUSAL_BYTES:
            tally.failures.add(f"a refusal ({answer.status}) of {answer.size:,} bytes")
    return tally


ATTACKS: Final = (
    Attack("b2-bombs", "16 what-ifs at once that add 50 cities to a network", send_bombs),
    Attack(
        "b2-closed",
        "8 such what-ifs at once, whose clients go away after 0.5 s, again and again",
        leave_bombs,
        targets=Targets(processor_seconds=1.0),
        share_of_seconds=0.3,
    ),
    Attack(
        "b3-literals", "5 what-ifs at once with a literal of 4 million characters", send_literals
    ),
)
