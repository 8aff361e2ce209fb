"""Graphs and results -> bytes, in a format that was chosen."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, Final, Protocol, cast

from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    serialize,
)

from kg.describe.json_ld_context import Context
from kg.describe.json_ld_writer import write
from kg.namespaces import DESCRIBING_PREFIXES, XSD
from kg.store.serialization import encode_statements as write_text
from service.answers.formats import (
    GRAPH_FORMATS,
    JSON_LD,
    QUAD_FORMATS,
    RDF_XML,
    RESULT_FORMATS,
    Choice,
    media_types,
)
from service.errors import NotAcceptable

# Fewer triples are looked at before they are written.
_FEW: Final = 10_000
_XML_NAME: Final = re.compile(r"[^\W\d][\w.\u00b7-]*$")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Sink(Protocol):
    """A binary file that is written to; its `write` may refuse more."""

    def write(self, piece: bytes, /) -> int: ...  # noqa: D102
    def flush(self) -> None: ...  # noqa: D102


def write_rows(results: QuerySolutions | QueryBoolean, choice: Choice, sink: Sink) -> None:
    """Write rows or a yes or no in the chosen format, row by row.

    Raises:
        NotAcceptable: the format is none for rows.
    """
    if not isinstance(choice.format.syntax, QueryResultsFormat):
        raise NotAcceptable(
            f"Rows are not written as {choice.media_type}", media_types(RESULT_FORMATS)
        )
    results.serialize(cast("IO[bytes]", sink), format=choice.format.syntax)


def write_triples(triples: Iterator[Triple], choice: Choice, context: Context, sink: Sink) -> None:
    """Write the triples that a query returned; if they are many, triple by triple.

    Of few triples only the prefixes that they use are declared. JSON-LD is written as one piece.

    Raises:
        NotAcceptable: the triples cannot be written in this format.
    """
    first = list(islice(triples, _FEW))
    syntax = choice.format.syntax
    if choice.format == JSON_LD or len(first) < _FEW or not isinstance(syntax, RdfFormat):
        sink.write(write_graph([*first, *triples], choice, context))
        return
    every: Iterator[Triple] = chain(first, triples)
    if choice.format == RDF_XML:
        every = map(_checked_for_xml, every)
    serialize(every, cast("IO[bytes]", sink), format=syntax, prefixes=dict(DESCRIBING_PREFIXES))


def write_graph(
    triples: Sequence[Triple],
    choice: Choice,
    context: Context,
    *,
    root: NamedNode | None = None,
    named: Sequence[Quad] = (),
) -> bytes:
    """Triples, and in the formats that can hold them also the quads of named graphs.

    Args:
        triples: of the default graph, those of one subject together.
        choice: one of `GRAPH_FORMATS`.
        context: what JSON-LD is compacted by.
        root: the node that JSON-LD puts first.
        named: left out where the format has triples only.

    Raises:
        NotAcceptable: the triples cannot be written in this format.
    """
    quads = named if choice.format in QUAD_FORMATS else ()
    if choice.format == JSON_LD:
        everything: list[Quad | Triple] = [*triples, *quads]
        return write(
            context, everything, root=root, profiles=choice.profiles, address=choice.context
        )
    if choice.format == RDF_XML:
        triples = [_checked_for_xml(triple) for triple in triples]
    syntax = choice.format.syntax
    if not isinstance(syntax, RdfFormat):
        raise NotAcceptable(
            f"Triples are not written as {choice.media_type}", media_types(GRAPH_FORMATS)
        )
    default = (
        [Quad(one.subject, one.predicate, one.object) for one in triples] if quads else triples
    )
    used = _prefixes([*triples, *quads])
    return write_text([*default, *quads], syntax, used)


def write_json(content: object) -> bytes:
    """Plain JSON, readable as it is."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def has_quads(choice: Choice) -> bool:
    """Whether the chosen format can hold named graphs."""
    return choice.format in QUAD_FORMATS


def _prefixes(quads: Iterable[Quad | Triple]) -> dict[str, str]:
    """Those prefixes that some term can be written with."""
    spaces = set()
    for quad in quads:
        for one in (quad.subject, quad.predicate, quad.object, getattr(quad, "graph_name", None)):
            if isinstance(one, Literal):
                is_plain = one.language or one.datatype == XSD["string"]
                one = None if is_plain else one.datatype
            if isinstance(one, NamedNode):
                spaces.add(one.value[: max(one.value.rfind("/"), one.value.rfind("#")) + 1])
    return {prefix: iri for prefix, iri in DESCRIBING_PREFIXES.items() if iri in spaces}


def _checked_for_xml(triple: Triple) -> Triple:
    """The triple, unless the engine would write it as XML that no parser reads."""
    name = re.split(r"[/#:]", triple.predicate.value)[-1]
    if _XML_NAME.match(name) is None:
        reason = f"{triple.predicate} ends in nothing that can be an XML name"
        raise NotAcceptable(f"RDF/XML cannot say this: {reason}", media_types(GRAPH_FORMATS))
    if isinstance(triple.object, Literal) and _NOT_XML.search(triple.object.value):
        reason = "a literal has a character that XML does not allow"
        raise NotAcceptable(f"RDF/XML cannot say this: {reason}", media_types(GRAPH_FORMATS))
    return triple
