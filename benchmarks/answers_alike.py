"""Check that servers return the same results, so that no server is fast because it is wrong."""

import json
import urllib.request
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import RdfFormat, parse

from benchmarks.mixes import ROWS, TRIPLES, is_graph

_TIMEOUT_SECONDS: Final = 60


def check_alike(endpoints: Sequence[str], queries: Sequence[str]) -> None:
    """Send every query to every endpoint and compare the results.

    Raises:
        SystemExit: the numbers of rows or triples, or the answers to an ASK query, differ.
    """
    for query in queries:
        sizes = [_size(endpoint, query) for endpoint in endpoints]
        if len(set(sizes)) > 1:
            raise SystemExit(f"{list(endpoints)} give different results {sizes} for: {query}")


def _size(endpoint: str, query: str) -> int | bool:
    """Return the number of rows or triples, or the answer to an ASK query."""
    request = urllib.request.Request(f"{endpoint}?{urlencode({'query': query})}")
    request.add_header("Accept", TRIPLES if is_graph(query) else ROWS)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:
        body = response.read()
    if is_graph(query):
        return len(set(parse(body, format=RdfFormat.TURTLE, base_iri=endpoint)))
    results = json.loads(body)
    return results["boolean"] if "boolean" in results else len(results["results"]["bindings"])
