"""Whether servers give the same answers: what is quick because it is wrong is no peer."""

import json
import urllib.request
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from pyoxigraph import RdfFormat, parse

from benchmarks.mixes import ROWS, TRIPLES, is_graph

_TIMEOUT_SECONDS: Final = 60


def check_alike(endpoints: Sequence[str], queries: Sequence[str]) -> None:
    """Ask each endpoint each query.

    Raises:
        SystemExit: two answers have not as many rows or triples, or are not the same yes or no.
    """
    for query in queries:
        sizes = [_size(endpoint, query) for endpoint in endpoints]
        if len(set(sizes)) > 1:
            raise SystemExit(f"{sizes} of {list(endpoints)} are the answers to: {query}")


def _size(endpoint: str, query: str) -> int | bool:
    accepted = TRIPLES if is_graph(query) else ROWS
    request = urllib.request.Request(f"{endpoint}?{urlencode({'query': query})}")
    request.add_header("Accept", accepted)
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:
        body = answer.read()
    if is_graph(query):
        return len(set(parse(body, format=RdfFormat.TURTLE, base_iri=endpoint)))
    said = json.loads(body)
    return said["boolean"] if "boolean" in said else len(said["results"]["bindings"])
