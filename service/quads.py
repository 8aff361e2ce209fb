"""Quads of any data -> bytes, without what the project knows of its own."""

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final, cast

from pyoxigraph import Quad, RdfFormat, Triple, serialize

from kg.describe.json_ld_context import Context
from service.errors import NotAcceptable
from service.formats import JSON_LD, QUAD_FORMATS, Choice, media_types
from service.rdf11 import triples_in
from service.representations import Sink, write_triples

NO_CONTEXT: Final = Context({"@context": {}})


def quads_in(choice: Choice, quads: Iterable[Quad]) -> Iterator[Quad]:
    """The quads, in RDF 1.1 as far as this format and version demand it."""
    for quad in quads:
        for one in triples_in(choice, [quad.triple]):
            yield Quad(one.subject, one.predicate, one.object, quad.graph_name)


def write_plainly(
    triples: Iterator[Triple], choice: Choice, sink: Sink, options: Mapping[str, str | bool]
) -> None:
    """Write triples; JSON-LD without a context.

    Raises:
        NotAcceptable: see `write_triples`.
    """
    if choice.format == JSON_LD:
        quads = (Quad(one.subject, one.predicate, one.object) for one in triples)
        write_quads(quads, choice, sink, options)
    else:
        write_triples(triples, choice, NO_CONTEXT, sink)


def write_quads(
    quads: Iterable[Quad], choice: Choice, sink: Sink, options: Mapping[str, str | bool]
) -> None:
    """Write the quads one by one; JSON-LD as one piece, expanded, by these options of its API.

    Raises:
        NotAcceptable: the format has no named graphs.
    """
    if choice.format == JSON_LD:
        # It takes a tenth of a second to import.
        from kg.sources.rdf_syntaxes import write_json_ld

        sink.write(write_json_ld(quads, options=options))
        return
    syntax = choice.format.syntax
    if choice.format not in QUAD_FORMATS or not isinstance(syntax, RdfFormat):
        raise NotAcceptable(
            f"Named graphs are not written as {choice.media_type}", media_types(QUAD_FORMATS)
        )
    serialize(quads, cast("IO[bytes]", sink), format=syntax)
