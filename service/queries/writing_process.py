"""A writer process: makes one change to its copy of the store, and then becomes the next parent.

If anything goes wrong it exits, and the store of all other processes is unchanged.
"""

import gzip
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Final

from pyoxigraph import DefaultGraph, Quad, RdfFormat

from kg.errors import KgError, MalformedRdf, MalformedUpdate
from kg.sources.reading import GZIP_ERRORS
from kg.store.rdf_version import may_make_rdf_1_2, needs_rdf_1_2
from kg.store.writable_store import WritableStore
from service.errors import ContentTooLarge, PreconditionFailed
from service.queries import messages, restrictions
from service.queries.messages import Change, FrameKind, GraphChange, Precondition, QueryLimits

# As large as the main thread's stack on Linux, for which the nesting limits were measured.
_STACK_BYTES: Final = 2**23


def apply_one_change(
    connection: socket.socket, store: WritableStore, limits: QueryLimits, *, has_rdf_1_2: bool
) -> tuple[WritableStore, bool] | None:
    """Carry out the one change that comes over this connection.

    Returns the changed store, and whether it has triple terms or base directions (`has_rdf_1_2`:
    before the change); None if the change failed or the HTTP process has gone.
    """
    restrictions.silence_stderr()
    restrictions.limit_memory(limits, for_good=False)
    restrictions.limit_processor_time(limits)
    change: Change | None = messages.read_job(connection)
    if change is None:
        return None
    # The engine has a random number generator for each thread. Once the main thread has used its
    # own, every process forked from it would continue with the same random numbers. So the main
    # thread, which forks, must not use it.
    threading.stack_size(_STACK_BYTES)

    def attempt() -> tuple[bool, bool] | KgError:
        try:
            return apply_change(change, store, has_rdf_1_2=has_rdf_1_2)
        except KgError as error:
            # Its traceback holds iterators of the engine, which only this thread may drop.
            return error.with_traceback(None)

    with ThreadPoolExecutor(1) as threads:
        attempted = threads.submit(attempt)
    restrictions.wait_for_one_thread()
    if isinstance(attempted.exception(), MemoryError):
        # The engine aborts too when memory runs out, so the HTTP process sees only one case.
        os.abort()
    outcome = attempted.result()
    if isinstance(outcome, KgError):
        _send(connection, FrameKind.REFUSAL, messages.encode_refusal(outcome))
        return None
    creates, has_rdf_1_2 = outcome
    restrictions.lift_limits()
    restrictions.outlive_parent()
    restrictions.restore_stderr()
    report = messages.OUTCOME.pack(creates, os.getpid(), store.contradictions)
    was_sent = _send(connection, FrameKind.LAST, report)
    connection.close()
    return (store.with_fresh_caches(), has_rdf_1_2) if was_sent else None


def _send(connection: socket.socket, kind: FrameKind, body: bytes) -> bool:
    """Send a frame, and return whether the HTTP process was still there to receive it."""
    try:
        connection.sendall(messages.encode_header(kind, len(body), process_ends=True) + body)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def apply_change(change: Change, store: WritableStore, *, has_rdf_1_2: bool) -> tuple[bool, bool]:
    """Change the store; return whether a graph was created, and whether the store has RDF 1.2.

    Raises KgError if the change failed; part of it may have been made.
    """
    creates, has_rdf_1_2 = _apply(change, store, has_rdf_1_2)
    store.settle()
    return creates, has_rdf_1_2


def _apply(change: Change, store: WritableStore, has_rdf_1_2: bool) -> tuple[bool, bool]:
    if isinstance(change, messages.Update):
        with restrictions.forbid_opening_files():
            _update(change, store)
        creates, may_have_rdf_1_2 = False, has_rdf_1_2 or may_make_rdf_1_2(change.text)
    else:
        _check_precondition(change, store)
        uploaded = UploadedQuads(change)
        creates, may_have_rdf_1_2 = _change_graph(change, store, uploaded), has_rdf_1_2
        if uploaded.has_rdf_1_2:
            return creates, True
    # Only a store that has or had RDF 1.2 is searched, which takes 0.6 s for a million quads.
    return creates, may_have_rdf_1_2 and any(map(needs_rdf_1_2, store.quads()))


def _update(change: messages.Update, store: WritableStore) -> None:
    text = f"{change.declarations}{change.text}"
    try:
        store.update(text, using=change.using, base_iri=change.base_iri)
    except MalformedUpdate as error:
        # The position is that in the text of the client.
        line = error.line and error.line - change.declarations.count("\n")
        raise MalformedUpdate(error.reason, line, error.column) from error


class UploadedQuads:
    """The quads of all bodies of a change, one by one: a list takes 400 MB for a million quads.

    `has_rdf_1_2` tells whether any quad so far has a triple term or a base direction.
    """

    def __init__(self, change: GraphChange) -> None:
        self._change = change
        self.has_rdf_1_2 = False

    def __iter__(self) -> Iterator[Quad]:
        for body in self._change.bodies:
            for quad in _read_body(body, self._change):
                self.has_rdf_1_2 = self.has_rdf_1_2 or needs_rdf_1_2(quad)
                yield quad


def _change_graph(change: GraphChange, store: WritableStore, quads: Iterable[Quad]) -> bool:
    adds = change.operation is messages.GraphOperation.ADD
    if change.graph is None:
        (store.add_all if adds else store.replace_all)(quads)
        return False
    if change.operation is messages.GraphOperation.DROP:
        store.drop(change.graph)
        return False
    return (store.add if adds else store.replace)(change.graph, quads)


def _check_precondition(change: GraphChange, store: WritableStore) -> None:
    if change.precondition is Precondition.NOTHING:
        return
    graph = change.graph
    exists = graph is None or isinstance(graph, DefaultGraph) or store.has_graph(graph)
    if exists is not (change.precondition is Precondition.PRESENT):
        raise PreconditionFailed(f"the graph {'already exists' if exists else 'does not exist'}")


def _read_body(body: messages.SentBody, change: GraphChange) -> Iterator[Quad]:
    """Yield the quads of a body; for a change of one graph, it may contain no named graph."""
    # This import takes a tenth of a second. Only the parent of a writable store does it in advance.
    from kg.sources.rdf_syntaxes import parse_rdf, read_json_ld

    content = bytes(body.content)
    if body.is_gzipped:
        content = _decompress(content, change.max_bytes)
    syntax, base_iri = messages.SYNTAXES[body.media_type], change.base_iri
    if syntax == RdfFormat.JSON_LD:
        contexts, options = change.contexts, change.json_ld_options
        quads = read_json_ld(content, base_iri, contexts=contexts, options=options)
    else:
        quads = parse_rdf(content, syntax, base_iri)
    for quad in quads:
        if change.graph is not None and not isinstance(quad.graph_name, DefaultGraph):
            reason = f"the body contains the named graph {quad.graph_name}"
            raise MalformedRdf(f"{reason}; expected a single graph, or a request to /graphs itself")
        yield quad


def _decompress(content: bytes, max_bytes: int) -> bytes:
    """Decompress gzip of one or several members."""
    try:
        with gzip.open(BytesIO(content)) as file:
            decompressed = file.read(max_bytes + 1)
    except GZIP_ERRORS as error:
        raise MalformedRdf(f"the body is not valid gzip: {error}") from error
    if len(decompressed) > max_bytes:
        raise ContentTooLarge(max_bytes, "bytes, uncompressed")
    return decompressed
