"""A query that was given up does not go on for long at a server that has time limits."""

import re
import time
from contextlib import closing
from pathlib import Path

import pytest

from kg.remote.client import SparqlServer
from kg.remote.errors import StoreTimedOut
from kg.remote.store import RemoteStore
from tests.engines.programs import Program, Virtuoso

_LONG = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER(?a != ?c && ?c != ?e) }"
_SECONDS = 2
# Virtuoso ends a query after up to twice the time that it may take.
_MOST_SECONDS = 15


def _is_busy(server: Virtuoso) -> bool:
    """Whether the server runs more than the statement that asks."""
    [threads] = re.findall(r"Currently (\d+) threads running", server.run_sql("status();"))
    return int(threads) > 1


def test_a_query_that_was_given_up_ends_at_the_server(
    engine: Program, newest_release: Path
) -> None:
    if not isinstance(engine, Virtuoso):
        return
    connected = RemoteStore.connect(SparqlServer(engine.query, _SECONDS), newest_release)
    with closing(connected) as store, pytest.raises(StoreTimedOut):
        store.query(_LONG)

    end = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < end and _is_busy(engine):
        pass
    assert time.monotonic() < end
