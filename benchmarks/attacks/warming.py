"""Requests that make a new service build what it builds only once, before memory is measured."""

import asyncio
import http
import json
from typing import Final
from urllib.parse import urlencode

from benchmarks.attacks.clients import exchange, http_request, sparql_query, whatif_patch
from benchmarks.attacks.victim import AttackFailed

_ADDRESS: Final = "127.9.0.2"
PREFIXES: Final = (
    "PREFIX id: <https://w3id.org/glocal/id/> PREFIX glocal: <https://w3id.org/glocal/ontology#> "
    "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
)
EXPLANATION: Final = "/explain?" + urlencode(
    {"subject": "id:C40", "predicate": "glocal:foundedAt", "object": "id:London"}
)


def reconciliation(names: dict[str, str]) -> bytes:
    """Return a request to match these names, by the name of the query."""
    batch = json.dumps({key: {"query": name} for key, name in names.items()})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return http_request("POST", "/reconcile", urlencode({"queries": batch}).encode(), form)


_REQUESTS: Final = (
    sparql_query("SELECT * { ?s ?p ?o } LIMIT 10"),
    http_request("GET", EXPLANATION),
    whatif_patch(f"{PREFIXES}INSERT DATA {{ id:London glocal:memberOf id:Eurocities }}"),
    reconciliation({"q": "London"}),
    http_request("GET", "/lookup?wikidata=Q84"),
    *(
        http_request("GET", path, headers={"Accept": media_type})
        for path, media_type in (
            ("/data/id/London", "text/html"),
            ("/data/id/London", "application/ld+json"),
            ("/ontology", "text/html"),
            ("/ontology", "text/turtle"),
            ("/rules", "text/html"),
            ("/void", "text/turtle"),
            ("/catalog", "text/turtle"),
            ("/sitemap.xml", "*/*"),
            ("/reconcile", "application/json"),
            ("/reconcile/suggest/entity?prefix=Lon", "application/json"),
            ("/metrics", "text/plain"),
            ("/openapi.json", "application/json"),
        )
    ),
)


def warm_up(port: int) -> None:
    """Send one request of each kind; raise AttackFailed if one fails."""
    asyncio.run(_send_all(port))


async def _send_all(port: int) -> None:
    for request in _REQUESTS:
        answer = await exchange(port, request, _ADDRESS)
        if answer.status not in (http.HTTPStatus.OK, http.HTTPStatus.SEE_OTHER):
            text = answer.received.partition(b"\r\n\r\n")[2].decode("utf-8", "replace")
            raise AttackFailed(
                f"{request[:80]!r} failed before the attack: {answer.kind} {text[:200]}"
            )
