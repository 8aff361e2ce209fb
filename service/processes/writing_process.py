"""A writing process: changes its copy of the store, and is the next parent if that succeeds.

It was forked for this one change. Whatever goes wrong, it is gone, and the store of those who
stayed behind is as it was.
"""

import os
import socket
import threading
from typing import Final

from kg.errors import KgError
from kg.store.writable_store import WritableStore
from service.processes.change import Change, Outcome
from service.processes.changing import carry_out
from service.processes.frames import FrameKind, encode_refusal, head, read_change
from service.processes.limits import Limits
from service.processes.restrictions import (
    hush_engine,
    let_engine_speak,
    lift_limits,
    limit_processor,
    outlive_parent,
    resident_bytes,
    restrict,
    wait_for_one_thread,
)

# The main thread's on Linux, for which the limits of nesting were measured.
_STACK_BYTES: Final = 2**23
# What is left of removed quads is cleared away once the process has grown by so much, and doubled.
_MOST_LEFT_BYTES: Final = 2**26


class _Attempt(threading.Thread):
    """One change, in a thread of its own.

    The engine's random numbers are a thread's own, and once the first is drawn they go on in the
    same way in every process that is forked. So the main thread, which forks, must draw none.
    """

    def __init__(self, change: Change, store: WritableStore) -> None:
        threading.stack_size(_STACK_BYTES)
        super().__init__()
        self._change, self._store = change, store
        self.creates = False
        self.error: BaseException | None = None

    def run(self) -> None:
        """Carry out the change; whatever is raised is kept for the main thread."""
        try:
            self.creates = carry_out(self._change, self._store)
        except BaseException as error:  # noqa: BLE001
            self.error = error.with_traceback(None) if isinstance(error, KgError) else error


class Tidying:
    """Clears away what removed quads leave behind, once this process has grown much by it."""

    def __init__(self, most_left_bytes: int = _MOST_LEFT_BYTES) -> None:
        self._most_left_bytes = most_left_bytes
        self._at_last = resident_bytes()

    def tidied(self, store: WritableStore) -> WritableStore:
        """The same store, or a compact copy."""
        if resident_bytes() > 2 * self._at_last + self._most_left_bytes:
            store = store.compacted()
            self._at_last = resident_bytes()
        return store


def work(connection: socket.socket, store: WritableStore, limits: Limits) -> WritableStore | None:
    """Carry out the one change that comes over this connection; the store as it is then.

    None if it failed, which the HTTP process has been told or will see.
    """
    hush_engine()
    restrict(limits, for_good=False)
    limit_processor(limits)
    change = read_change(connection)
    if change is None:
        return None
    attempt = _Attempt(change, store)
    attempt.start()
    attempt.join()
    wait_for_one_thread()
    if isinstance(attempt.error, MemoryError):
        # As the engine ends where memory runs out, so that it is one thing seen from outside.
        os.abort()
    if isinstance(attempt.error, KgError):
        _send(connection, FrameKind.REFUSAL, encode_refusal(attempt.error))
        return None
    if attempt.error is not None:
        raise attempt.error
    lift_limits()
    outlive_parent()
    let_engine_speak()
    outcome = Outcome(attempt.creates, os.getpid())
    is_heard = _send(connection, FrameKind.LAST, outcome.encode())
    connection.close()
    return store.renewed() if is_heard else None


def _send(connection: socket.socket, kind: FrameKind, body: bytes) -> bool:
    """Whether the HTTP process is still there to be told."""
    try:
        connection.sendall(head(kind, len(body), ends=True) + body)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True
