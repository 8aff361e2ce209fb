"""A change -> the store as it is then."""

import zlib
from collections.abc import Iterator
from typing import Final

from pyoxigraph import DefaultGraph, Quad, RdfFormat

from kg.errors import MalformedRdf
from kg.sources.rdf_syntaxes import parse_rdf
from kg.store.writable_store import WritableStore
from service.errors import ContentTooLarge, PreconditionFailed
from service.processes.change import (
    SYNTAXES,
    Act,
    Body,
    Change,
    Demand,
    GraphChange,
    Update,
)
from service.processes.restrictions import no_new_files

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
