"""One question, asked of a release as it is and as it would be."""

import threading
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import QueryTriples

from kg.errors import RefusedQuery
from kg.store.quad_store import Store, serialize_results
from kg.whatif.dataset import DatasetChange


@dataclass(frozen=True)
class Answers:
    """What a SELECT or ASK gives now and what it would give, as SPARQL results in JSON."""

    before: bytes
    after: bytes


class Asker:
    """Asks a copy in memory of a release, which is changed for one question at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine: pyoxigraph.Store | None = None
        self._lock = threading.Lock()

    def ask(self, change: DatasetChange, query: str) -> Answers:
        """The answers to the query.

        Raises:
            MalformedQuery, RefusedQuery, LimitExceeded: see `Store.query`; a query that makes
                triples is refused too.
        """
        before = _answer(self._store, query)
        with self._lock:
            if self._engine is None:
                self._engine = pyoxigraph.Store()
                self._engine.bulk_extend(self._store.quads())
            change.apply(self._engine)
            try:
                after = _answer(Store(self._engine, self._store.release), query)
            finally:
                DatasetChange(change.removed, change.added).apply(self._engine)
        return Answers(before, after)


def _answer(store: Store, query: str) -> bytes:
    results = store.query(query)
    if isinstance(results, QueryTriples):
        raise RefusedQuery("its form", "before and after are told of SELECT and ASK alone")
    return serialize_results(results, "json")
