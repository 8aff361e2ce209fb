"""A change -> the store as it is then.

A writing process: changes its copy of the store, and is the next parent if that succeeds.

It was forked for this one change. Whatever goes wrong, it is gone, and the store of those who
stayed behind is as it was.
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
    Act,
    Body,
    Change,
    Demand,
    FrameKind,
    GraphChange,
    Limits,
    Outcome,
    Update,
    encode_refusal,
    head,
    read_change,
)
from service.queries.restrictions import (
    hush_engine,
    let_engine_speak,
    lift_limits,
    limit_processor,
    no_new_files,
    outlive_parent,
    resident_bytes,
    restrict,
    wait_for_one_thread,
)

# Of zlib: a gzip header, and nothing else.
_GZIP: Final = 31


def carry_out(change: Change, store: WritableStore) -> bool:
    """Change the store; whether a graph is new by it.

    Raises:
        KgError: the change cannot be done, and the store may be changed by half.
    """
    if isinstance(change, Update):
        with no_new_files():
            store.update(change.text, using=change.using, base_iri=change.base_iri)
        return False
    _check(change, store)
    quads = [quad for body in change.bodies for quad in _quads(body, change)]
    if change.graph is None:
        _change_all(change.act, store, quads)
        return False
    if change.act is Act.DROP:
        store.drop(change.graph)
        return False
    act = store.replace if change.act is Act.REPLACE else store.add
    return act(change.graph, quads)


def _check(change: GraphChange, store: WritableStore) -> None:
    if change.demand is Demand.NOTHING:
        return
    graph = change.graph
    is_there = graph is None or isinstance(graph, DefaultGraph) or store.has_graph(graph)
    if is_there is not (change.demand is Demand.PRESENT):
        raise PreconditionFailed("there is a graph already" if is_there else "there is no graph")


def _change_all(act: Act, store: WritableStore, quads: list[Quad]) -> None:
    if act is Act.ADD:
        store.add_all(quads)
    else:
        store.replace_all(quads)


def _quads(body: Body, change: GraphChange) -> Iterator[Quad]:
    """The quads of a body; where it is for one graph, none may stand in a named one.

    Raises:
        MalformedRdf, ContentTooLarge: see `parse_rdf` and `_uncompressed`.
    """
    content = _uncompressed(body.content, change.most_bytes) if body.is_gzipped else body.content
    for quad in _parsed(content, SYNTAXES[body.media_type], change):
        if change.graph is not None and not isinstance(quad.graph_name, DefaultGraph):
            reason = f"the named graph {quad.graph_name} cannot be put into a graph"
            raise MalformedRdf(f"{reason}; right would be one graph, or to send it to /graphs")
        yield quad


def _parsed(content: bytes, syntax: RdfFormat, change: GraphChange) -> Iterator[Quad]:
    if syntax != RdfFormat.JSON_LD:
        return parse_rdf(content, syntax, change.base_iri)
    # It takes a tenth of a second to import, which who only reads is spared.
    from kg.sources.rdf_syntaxes import read_json_ld

    options, contexts = change.json_ld_options, change.contexts
    return read_json_ld(content, change.base_iri, contexts=contexts, options=options)


def _uncompressed(content: bytes, most_bytes: int) -> bytes:
    """What gzip has compressed, in one or several members.

    Raises:
        MalformedRdf: it is not gzip, or not all of it.
        ContentTooLarge: it has more bytes than that.
    """
    found = bytearray()
    rest = content
    while rest:
        member = zlib.decompressobj(_GZIP)
        try:
            found += member.decompress(rest, most_bytes + 1 - len(found))
        except zlib.error as error:
            raise MalformedRdf(f"the body is not compressed by gzip: {error}") from error
        if len(found) > most_bytes:
            raise ContentTooLarge(most_bytes, "bytes, uncompressed")
        if not member.eof:
            raise MalformedRdf("the compressed body ends too early")
        rest = member.unused_data
    return bytes(found)


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
