"""Apply a change to the store.

A writer process: changes its copy of the store, and becomes the next parent if that succeeds.

It is forked for one change. If anything goes wrong it exits, and the store of all other processes
is unchanged.
"""

import os
import socket
import threading
import zlib
from collections.abc import Iterator
from typing import Final

from pyoxigraph import DefaultGraph, Quad, RdfFormat

from kg.errors import KgError, MalformedRdf
from kg.sources.rdf_syntaxes import parse_rdf
from kg.store.writable_store import WritableStore
from service.errors import ContentTooLarge, PreconditionFailed
from service.queries.messages import (
    SYNTAXES,
    Change,
    FrameKind,
    GraphChange,
    GraphOperation,
    Outcome,
    Precondition,
    QueryLimits,
    RdfBody,
    Update,
    encode_header,
    encode_refusal,
    read_change,
)
from service.queries.restrictions import (
    forbid_opening_files,
    lift_limits,
    limit_memory,
    limit_processor_time,
    outlive_parent,
    resident_bytes,
    restore_stderr,
    silence_stderr,
    wait_for_one_thread,
)

# The window size that makes zlib expect a gzip header and nothing else.
_GZIP_WINDOW: Final = 31


def apply_change(change: Change, store: WritableStore) -> bool:
    """Change the store, and return whether a graph was created.

    Raises:
        KgError: the change failed; part of it may have been made.
    """
    if isinstance(change, Update):
        with forbid_opening_files():
            store.update(change.text, using=change.using, base_iri=change.base_iri)
        return False
    _check_precondition(change, store)
    quads = [quad for body in change.bodies for quad in _read_body(body, change)]
    if change.graph is None:
        _change_all_graphs(change.operation, store, quads)
        return False
    if change.operation is GraphOperation.DROP:
        store.drop(change.graph)
        return False
    write = store.replace if change.operation is GraphOperation.REPLACE else store.add
    return write(change.graph, quads)


def _check_precondition(change: GraphChange, store: WritableStore) -> None:
    if change.precondition is Precondition.NOTHING:
        return
    graph = change.graph
    exists = graph is None or isinstance(graph, DefaultGraph) or store.has_graph(graph)
    if exists is not (change.precondition is Precondition.PRESENT):
        raise PreconditionFailed(
            "the graph already exists" if exists else "the graph does not exist"
        )


def _change_all_graphs(act: GraphOperation, store: WritableStore, quads: list[Quad]) -> None:
    if act is GraphOperation.ADD:
        store.add_all(quads)
    else:
        store.replace_all(quads)


def _read_body(body: RdfBody, change: GraphChange) -> Iterator[Quad]:
    """Read the quads of a body; for a change of one graph, it may contain no named graph.

    Raises:
        MalformedRdf, ContentTooLarge: see `parse_rdf` and `_decompress`.
    """
    content = _decompress(body.content, change.max_bytes) if body.is_gzipped else body.content
    for quad in _parse(content, SYNTAXES[body.media_type], change):
        if change.graph is not None and not isinstance(quad.graph_name, DefaultGraph):
            reason = f"the body contains the named graph {quad.graph_name}"
            raise MalformedRdf(f"{reason}; expected a single graph, or a request to /graphs itself")
        yield quad


def _parse(content: bytes, syntax: RdfFormat, change: GraphChange) -> Iterator[Quad]:
    if syntax != RdfFormat.JSON_LD:
        return parse_rdf(content, syntax, change.base_iri)
    # This import takes a tenth of a second, so only processes that read JSON-LD do it.
    from kg.sources.rdf_syntaxes import read_json_ld

    options, contexts = change.json_ld_options, change.contexts
    return read_json_ld(content, change.base_iri, contexts=contexts, options=options)


def _decompress(content: bytes, max_bytes: int) -> bytes:
    """Decompress gzip of one or several members.

    Raises:
        MalformedRdf: the content is not gzip, or is incomplete.
        ContentTooLarge: it has more than `max_bytes` when decompressed.
    """
    decompressed = bytearray()
    rest = content
    while rest:
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            decompressed += member.decompress(rest, max_bytes + 1 - len(decompressed))
        except zlib.error as error:
            raise MalformedRdf(f"the body is not valid gzip: {error}") from error
        if len(decompressed) > max_bytes:
            raise ContentTooLarge(max_bytes, "bytes, uncompressed")
        if not member.eof:
            raise MalformedRdf("the gzipped body is incomplete")
        rest = member.unused_data
    return bytes(decompressed)


# As large as the main thread's stack on Linux, for which the nesting limits were measured.
_STACK_BYTES: Final = 2**23
# The store is compacted once the process has more than doubled, and grown by this much beyond that.
_MAX_GROWTH_BYTES: Final = 2**26


class _Attempt(threading.Thread):
    """A thread that makes one change.

    The engine has a random number generator for each thread. Once the main thread has used its
    own, every process forked from it would continue with the same random numbers. So the main
    thread, which forks, must not use it.
    """

    def __init__(self, change: Change, store: WritableStore) -> None:
        threading.stack_size(_STACK_BYTES)
        super().__init__()
        self._change, self._store = change, store
        self.creates = False
        self.error: BaseException | None = None

    def run(self) -> None:
        """Carry out the change, and keep any error for the main thread."""
        try:
            self.creates = apply_change(self._change, self._store)
        except BaseException as error:  # noqa: BLE001
            self.error = error.with_traceback(None) if isinstance(error, KgError) else error


class Compaction:
    """Compacts the store once removed quads have left this process much larger than before."""

    def __init__(self, most_left_bytes: int = _MAX_GROWTH_BYTES) -> None:
        self._most_left_bytes = most_left_bytes
        self._last_bytes = resident_bytes()

    def compact_if_grown(self, store: WritableStore) -> WritableStore:
        """Return the store itself, or a compact copy if the process has grown too much."""
        if resident_bytes() > 2 * self._last_bytes + self._most_left_bytes:
            store = store.compact_copy()
            self._last_bytes = resident_bytes()
        return store


def apply_one_change(
    connection: socket.socket, store: WritableStore, limits: QueryLimits
) -> WritableStore | None:
    """Carry out the one change that comes over this connection.

    Returns:
        The changed store, or None if the change failed or the HTTP process has gone.
    """
    silence_stderr()
    limit_memory(limits, for_good=False)
    limit_processor_time(limits)
    change = read_change(connection)
    if change is None:
        return None
    attempt = _Attempt(change, store)
    attempt.start()
    attempt.join()
    wait_for_one_thread()
    if isinstance(attempt.error, MemoryError):
        # The engine aborts too when memory runs out, so the HTTP process sees only one case.
        os.abort()
    if isinstance(attempt.error, KgError):
        _send(connection, FrameKind.REFUSAL, encode_refusal(attempt.error))
        return None
    if attempt.error is not None:
        raise attempt.error
    lift_limits()
    outlive_parent()
    restore_stderr()
    outcome = Outcome(attempt.creates, os.getpid())
    was_sent = _send(connection, FrameKind.LAST, outcome.encode())
    connection.close()
    return store.with_fresh_caches() if was_sent else None


def _send(connection: socket.socket, kind: FrameKind, body: bytes) -> bool:
    """Send a frame, and return whether the HTTP process was still there to receive it."""
    try:
        connection.sendall(encode_header(kind, len(body), ends=True) + body)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True
