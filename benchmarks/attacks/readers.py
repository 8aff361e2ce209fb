"""B4 and others: clients that read or send slowly, and hold what they were given."""

import asyncio
import time
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, connect, read_slowly, sparql_query
from benchmarks.attacks.verdict import Targets

_ADDRESSES: Final = tuple(f"127.0.0.{number}" for number in range(30, 34))
_READERS_PER_ADDRESS: Final = 16
_ROWS: Final = 900_000
_SLOW_SENDERS: Final = 300
# Two bytes a second: such a head would take a minute.
_SECONDS_BETWEEN_BYTES: Final = 0.5
_HEAD: Final = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
_BODY: Final = (
    b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sparql-query\r\n"
    b"Content-Length: 50000\r\n\r\n"
)


def long_result(number: int) -> bytes:
    """Return a query with a result of 900,000 rows, about 100 MB; each number is another query."""
    return sparql_query(f"SELECT ?a ?c{number} {{ ?a ?p ?b . ?c{number} ?q ?d }} LIMIT {_ROWS}")


async def read_long_results(target: Target) -> Tally:
    """Read 64 long results slowly, from four addresses."""
    tally = Tally()
    numbered = enumerate(_ADDRESSES * _READERS_PER_ADDRESS)
    readers = [
        read_slowly(target, tally, long_result(number), address, target.seconds)
        for number, address in numbered
    ]
    await asyncio.gather(*readers)
    return tally


async def send_slowly(target: Target) -> Tally:
    """Send 300 heads and 300 bodies at two bytes a second; a client that is cut off comes again."""
    tally, end = Tally(), time.monotonic() + target.seconds

    async def send_again(number: int, start: bytes) -> None:
        address = f"127.0.{1 + number % 200}.40"
        while time.monotonic() < end:
            tally.begin()
            tally.end(await _send_one(target, start, address, end))

    senders = [
        send_again(number, start) for number in range(_SLOW_SENDERS) for start in (_HEAD, _BODY)
    ]
    await asyncio.gather(*senders)
    return tally


async def _send_one(target: Target, start: bytes, address: str, end: float) -> str:
    """Send one request slowly until the end or until it is refused; return what came of it."""
    loop = asyncio.get_running_loop()
    try:
        connection = await connect(target.port, address)
    except ConnectionError:
        await asyncio.sleep(_SECONDS_BETWEEN_BYTES)
        return "not accepted"
    try:
        await loop.sock_sendall(connection, start)
        while time.monotonic() < end:
            await asyncio.sleep(_SECONDS_BETWEEN_BYTES)
            await loop.sock_sendall(connection, b"a")
    except ConnectionError:
        return "cut off"
    finally:
        connection.close()
    return "left"


ATTACKS: Final = (
    Attack(
        "b4-slow-readers",
        "4 addresses x 16 readers that take 40 bytes a second of 900,000 rows",
        read_long_results,
        # With 64 of them at once on two cores, some reach their time limit.
        Targets(statuses=frozenset({"504"})),
        is_newcomer=True,
    ),
    Attack(
        "slow-senders",
        "600 connections that send heads and bodies at two bytes a second",
        send_slowly,
        is_newcomer=True,
    ),
)
