"""Requests that try to make the service connect to a listener on this machine (SSRF)."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, http_request, sparql_query, whatif_patch
from benchmarks.attacks.uploads import write_graphs
from benchmarks.attacks.victim import HOST

_ADDRESS: Final = "127.0.0.27"
_SECONDS_TO_CONNECT: Final = 1.0
# Names and spellings of this machine.
_HOSTS: Final = (
    *("127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"),
    *("0", "127.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1.", "localhost."),
    *("user:password@127.0.0.1", "query.wikidata.org@127.0.0.1", "１２７.0.0.1", "127.0.0.1%00"),
)
_QUERIES: Final = (
    "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
    "SELECT * {{ s\\u0065rvice <{url}> {{ ?s ?p ?o }} }}",
    "BASE <{url}> SELECT * {{ SERVICE <x> {{ ?s ?p ?o }} }}",
    "PREFIX x: <{url}> ASK {{ {{ SELECT * {{ SERVICE x: {{ ?s ?p ?o }} }} }} }}",
    "SELECT * {{ BIND(<{url}> AS ?e) SERVICE ?e {{ ?s ?p ?o }} }}",
    "SELECT * {{ FILTER EXISTS {{ SERVICE <{url}> {{ ?s ?p ?o }} }} }}",
    "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
    "LOAD <{url}>",
    "LOAD SILENT <{url}> INTO GRAPH <urn:g>",
)


async def reach_out(target: Target) -> Tally:
    """Send such requests; the listener must see no connection.

    To a scratch store, it also sends updates and JSON-LD whose context is at the listener.
    """
    tally, seen = Tally(), 0

    async def note(_reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal seen
        seen += 1
        writer.close()

    listener = await asyncio.start_server(note, HOST, 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        requests = list(_requests(port, target))
        for request in requests:
            await tally.send(target, request, _ADDRESS)
        await asyncio.sleep(_SECONDS_TO_CONNECT)
    if seen:
        tally.failures.add(f"the listener saw {seen} connections")
    tally.held = f"{len(requests)} requests"
    return tally


def _requests(port: int, target: Target) -> Iterator[bytes]:
    for host in _HOSTS:
        url = f"http://{host}:{port}/"
        for query in _QUERIES:
            yield sparql_query(query.format(url=url))
    url = f"http://{HOST}:{port}/"
    context = f'{{"@context": "{url}", "@id": "{url}", "name": "x"}}'.encode()
    linked = {"Content-Type": "application/ld+json", "Link": f'<{url}>; rel="x"'}
    yield http_request("POST", "/whatif", context, linked)
    yield whatif_patch(f"LOAD <{url}>")
    for update in (
        "LOAD <{url}>",
        "INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
    ):
        authorization = {"Authorization": f"Bearer {target.token}"}
        headers = {**authorization, "Content-Type": "application/sparql-update"}
        yield http_request("POST", "/sparql", update.format(url=url).encode(), headers)
    yield write_graphs(target, "POST", context, linked)
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{url}">]><r>&x;</r>'.encode()
    yield write_graphs(target, "POST", entity, {"Content-Type": "application/rdf+xml"})


ATTACKS: Final = (
    Attack("ssrf", "queries that name a listener on this machine", reach_out),
    Attack(
        "ssrf-scratch",
        "queries, updates and uploads that name a listener on this machine",
        reach_out,
        is_scratch=True,
    ),
)
