"""The marker of a release on a server, which is written when all of the release is there."""

from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import QueryResultsFormat, QuerySolutions

from kg.namespaces import DCTERMS, VOID
from kg.remote.client import SparqlServer
from kg.remote.layout import MARKER


@dataclass(frozen=True)
class Marker:
    """The hash of a release, and the number of its quads."""

    hash: str
    quads: int


def read_marker(server: SparqlServer) -> Marker | None:
    """Return the marker on a server; None if it holds no whole release. For errors see `query`."""
    pattern = f"{MARKER} {DCTERMS['identifier']} ?hash ; {VOID['triples']} ?quads"
    answer = server.query(f"SELECT ?hash ?quads {{ GRAPH {MARKER} {{ {pattern} }} }}")
    found = pyoxigraph.parse_query_results(answer.body, format=QueryResultsFormat.JSON)
    for row in found if isinstance(found, QuerySolutions) else ():
        return Marker(row["hash"].value, int(row["quads"].value))
    return None
