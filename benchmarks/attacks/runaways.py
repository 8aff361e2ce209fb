"""Queries that never end: one after another, four to their time limit, and 200 at once."""

import asyncio
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, sparql_query
from benchmarks.attacks.verdict import Targets

_ADDRESS: Final = "127.0.0.22"
_AT_ONCE: Final = 200
# The service's default, and how much later the answer may come.
_LIMIT_SECONDS: Final = 10.0
_MAX_LATE_SECONDS: Final = 0.3
_PRODUCT: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
ENDLESS: Final = (
    f"SELECT (COUNT(*) AS ?n) {{ {_PRODUCT} }}",
    f"ASK {{ {_PRODUCT} FILTER(?b = ?d && ?e = ?g) }}",
    f'SELECT (COUNT(*) AS ?n) {{ {_PRODUCT} FILTER REGEX(CONCAT(STR(?a), STR(?d)), "(a|b)*c$") }}',
    f"SELECT ?b (COUNT(*) AS ?n) {{ {_PRODUCT} }} GROUP BY ?b",
)
_OTHERS: Final = (
    "SELECT (COUNT(*) AS ?n) { ?a (!<p:x>|^!<p:x>)* ?b . ?b (!<p:y>|^!<p:y>)* ?c }",
    f"SELECT * {{ {_PRODUCT} }} ORDER BY STR(?i) LIMIT 10",
    f"SELECT DISTINCT ?a ?d ?g {{ {_PRODUCT} FILTER(STRLEN(CONCAT(STR(?a), STR(?i))) < 0) }}",
    f'SELECT (GROUP_CONCAT(?a; separator=" ") AS ?all) {{ {_PRODUCT} }}',
    f'CONSTRUCT {{ ?a ?b ?i }} {{ {_PRODUCT} FILTER(CONCAT(STR(?a), STR(?i)) = "") }}',
)
_ENDED: Final = Targets(statuses=frozenset({"504"}))


def runaway(number: int) -> bytes:
    """Return a query that does not end; each number is another query."""
    return sparql_query(f"{ENDLESS[number % len(ENDLESS)]} #{number}")


async def run_one_by_one(target: Target) -> Tally:
    """Run each kind alone for a while, and go away."""
    tally, kinds = Tally(), (*ENDLESS, *_OTHERS)
    for query in kinds:
        await tally.send(
            target, sparql_query(query, "*/*"), _ADDRESS, leaves_after=target.seconds / len(kinds)
        )
    return tally


async def run_to_the_limit(target: Target) -> Tally:
    """Run four kinds at once until they are ended, which must happen in time."""
    tally = Tally()
    requests = [tally.send(target, runaway(number), _ADDRESS) for number in range(len(ENDLESS))]
    for answer in await asyncio.gather(*requests):
        late = answer.seconds - _LIMIT_SECONDS
        if late > _MAX_LATE_SECONDS:
            tally.failures.add(f"a query was ended {late:.2f} s after its limit")
    return tally


async def run_from_one_client(target: Target) -> Tally:
    """Send 200 endless queries at once from one client."""
    return await _run_many(target, [_ADDRESS] * _AT_ONCE)


async def run_from_many_clients(target: Target) -> Tally:
    """Send 200 endless queries at once, each from another client."""
    return await _run_many(target, [f"127.0.2.{1 + number}" for number in range(_AT_ONCE)])


async def _run_many(target: Target, addresses: list[str]) -> Tally:
    tally = Tally()
    requests = [
        tally.send(target, runaway(number), address) for number, address in enumerate(addresses)
    ]
    await asyncio.gather(*requests)
    return tally


ATTACKS: Final = (
    Attack(
        "runaways-single",
        "9 kinds of endless query, one after another, whose clients go away",
        run_one_by_one,
        targets=Targets(processor_seconds=1.0),
    ),
    Attack(
        "runaways-limit", "4 endless queries at once, to the time limit", run_to_the_limit, _ENDED
    ),
    Attack(
        "runaways-one-client",
        "200 endless queries at once, one client",
        run_from_one_client,
        _ENDED,
    ),
    Attack(
        "runaways-many-clients",
        "200 endless queries at once, 200 clients",
        run_from_many_clients,
        _ENDED,
        is_newcomer=True,
    ),
)
