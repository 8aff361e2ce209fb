"""A query that was given up does not go on for long at a server that has time limits."""

import time
from contextlib import closing
from pathlib import Path

import pytest

from kg.remote.client import SparqlServer
from kg.remote.errors import StoreTimedOut
from kg.remote.store import RemoteStore
from tests.engines.programs import Program

_LONG = "SELECT (COUNT(*) AS ?n) { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER(?a != ?c && ?c != ?e) }"
_SECONDS = 2
# Virtuoso ends a query after up to twice the time that it may take.
_MOST_SECONDS = 15


def _processor_seconds(program: Program) -> float:
    assert program.process is not None
    fields = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _is_busy(program: Program) -> bool:
    """Return whether a server uses a tenth of a processor, for a second."""
    before = _processor_seconds(program)
    time.sleep(1)
    return _processor_seconds(program) - before > 0.1


def test_a_query_that_was_given_up_ends_at_the_server(
    engine: Program, newest_release: Path
) -> None:
    if engine.name != "virtuoso":
        return
    connected = RemoteStore.connect(SparqlServer(engine.query, _SECONDS), newest_release)
    with closing(connected) as store, pytest.raises(StoreTimedOut):
        store.query(_LONG)

    end = time.monotonic() + _MOST_SECONDS
    while time.monotonic() < end and _is_busy(engine):
        pass
    assert time.monotonic() < end
