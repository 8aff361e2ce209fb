"""Counts over many things of a store, by few queries."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions

from kg.store.quad_store import Store

# The things of one query; with more, servers are not asked for these only.
_MAX_TOGETHER: Final = 100
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
    counts: Counter[NamedNode] = Counter()
    for values in _values(things):
        rows = store.query(query.format(values))
        if not isinstance(rows, QuerySolutions):
            raise TypeError("a SELECT has solutions")
        for key, number in rows:
            if isinstance(key, NamedNode) and isinstance(number, Literal):
                counts[key] += int(number.value)
    return counts


def _values(things: Iterable[NamedNode]) -> Iterator[str]:
    """Yield VALUES with the things, a part of them at a time."""
    every = list(dict.fromkeys(things))
    for start in range(0, len(every), _MAX_TOGETHER):
        some = every[start : start + _MAX_TOGETHER]
        yield f"VALUES ?thing {{ {' '.join(map(str, some))} }}"
