"""Floods of requests that are answered outside of the query processes: names and proofs."""

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import urlencode

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, http_request
from benchmarks.attacks.warming import reconciliation

_ADDRESS: Final = "127.0.0.23"
_AT_ONCE: Final = 16
_NAMES: Final = 100
# The longest that the service takes.
_LETTERS_OF_A_NAME: Final = 500
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz "
_CITIES: Final = ("London", "Paris", "Guangzhou", "Seoul", "Milan", "Montreal", "Shanghai")
_PROPERTIES: Final = ("glocal:memberOf", "glocal:relatedTo", "rdf:type", "glocal:foundedAt")
_OBJECTS: Final = ("id:C40", "id:UCLG", "id:Metropolis", "glocal:City", "glocal:Agent", "id:London")


def names_to_match(generator: random.Random) -> bytes:
    """Return a batch of a hundred random names, for which no exact match exists."""
    names = {f"q{n}": "".join(generator.choices(_LETTERS, k=40)) for n in range(_NAMES)}
    return reconciliation(names)


def name_to_find(generator: random.Random) -> bytes:
    """Return a request for a random name."""
    name = "".join(generator.choices(_LETTERS, k=generator.randint(1, _LETTERS_OF_A_NAME)))
    return http_request("GET", "/lookup?" + urlencode({"alias": name}))


def triple_to_prove(generator: random.Random) -> bytes:
    """Return a request for up to fifty proofs of a triple that may hold."""
    triple = {
        "subject": f"id:{generator.choice(_CITIES)}",
        "predicate": generator.choice(_PROPERTIES),
        "object": generator.choice(_OBJECTS),
        "limit": str(generator.randint(1, 50)),
    }
    return http_request("GET", "/explain?" + urlencode(triple))


async def flood(make: Callable[[random.Random], bytes], target: Target) -> Tally:
    """Send such requests, sixteen at a time from one client, until the time is over."""
    tally, end = Tally(), time.monotonic() + target.seconds
    generator = random.Random(target.seed)  # noqa: S311 (not used for security)

    async def send_until_end() -> None:
        while time.monotonic() < end:
            await tally.send(target, make(generator), _ADDRESS)

    await asyncio.gather(*(send_until_end() for _ in range(_AT_ONCE)))
    return tally


ATTACKS: Final = tuple(
    Attack(f"flood-{name}", f"16 at a time: {summary}", partial(flood, make), share_of_seconds=0.6)
    for name, summary, make in (
        ("reconcile", "batches of 100 names without a match", names_to_match),
        ("lookup", "names of up to 500 letters", name_to_find),
        ("explain", "up to 50 proofs of a triple", triple_to_prove),
    )
)
