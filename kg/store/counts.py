"""Counts over many things of a store, by one query each."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode

from kg.store.quad_store import Store

_REFERENCES: Final = "SELECT ?thing (COUNT(*) AS ?n) WHERE {{ {} ?s ?p ?thing }} GROUP BY ?thing"
_PROPERTIES: Final = (
    "SELECT ?key (COUNT(DISTINCT ?thing) AS ?n) WHERE {{ {} ?thing ?key ?o }} GROUP BY ?key"
)


def count_references(store: Store, things: Iterable[NamedNode]) -> Counter[NamedNode]:
    """Return for each thing the number of triples in the default graph with it as object."""
    return _count(store, _REFERENCES, things)


def count_properties(store: Store, things: Iterable[NamedNode]) -> Counter[NamedNode]:
    """Return for each property how many of the things have it in the default graph."""
    return _count(store, _PROPERTIES, things)


def _count(store: Store, query: str, things: Iterable[NamedNode]) -> Counter[NamedNode]:
    names = " ".join(map(str, dict.fromkeys(things)))
    rows = store.select(query.format(f"VALUES ?thing {{ {names} }}"))
    counts = ((key, int(getattr(number, "value", 0))) for key, number in rows)
    return Counter({key: number for key, number in counts if isinstance(key, NamedNode)})
