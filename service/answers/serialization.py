"""Write query results, graphs and quads in the negotiated format.

Graphs of a release get the prefixes and the JSON-LD context of this project; quads of any data set
get neither.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO, Any, Final, Protocol, cast

import pyoxigraph
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolution,
    RdfFormat,
    Triple,
    Variable,
    serialize,
)

from kg.describe.json_ld_context import Context
from kg.describe.json_ld_writer import write_document
from kg.namespaces import DESCRIBING_PREFIXES, XSD
from kg.store.serialization import NOT_XML
from kg.store.serialization import serialize_sorted as write_text
from service.answers import formats
from service.answers.formats import JSON_LD, QUAD_FORMATS, RDF_XML, Choice, Format
from service.errors import NotAcceptable

# Fewer triples than this are collected before they are written.
_STREAMED_FROM: Final = 10_000
_XML_NAME: Final = re.compile(r"[^\W\d][\w.\u00b7-]*$")
_NO_CONTEXT: Final = Context({"@context": {}})


class Sink(Protocol):
    """A binary file to write to; `write` may raise to refuse more."""

    def write(self, piece: bytes, /) -> int: ...  # noqa: D102
    def flush(self) -> None: ...  # noqa: D102


def write_results(
    results: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean, choice: Choice, sink: Sink
) -> None:
    """Write the solutions of a SELECT, row by row, or the boolean of an ASK."""
    if not isinstance(choice.format.syntax, QueryResultsFormat):
        raise _refusal(f"{choice.media_type} cannot hold rows", formats.RESULT_FORMATS)
    results.serialize(cast("IO[bytes]", sink), format=choice.format.syntax)


def write_rows(
    rows: Iterable[QuerySolution],
    variables: Sequence[Variable],
    sink: Sink,
    total: int | None = None,
) -> None:
    """Write some solutions of a SELECT in SPARQL JSON, as the engine writes all of them.

    The head has the total number of solutions, if that is known.
    """
    bindings = [
        {name.value: _binding(row[name]) for name in variables if row[name] is not None}
        for row in rows
    ]
    head: dict[str, Any] = {"vars": [name.value for name in variables]}
    if total is not None:
        head["total"] = total
    content = {"head": head, "results": {"bindings": bindings}}
    sink.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def _binding(term: Any) -> dict[str, Any]:
    """Return a term as an object of SPARQL JSON."""
    if isinstance(term, Triple):
        parts = {name: _binding(getattr(term, name)) for name in ("subject", "predicate", "object")}
        return {"type": "triple", "value": parts}
    if not isinstance(term, Literal):
        return {"type": "uri" if isinstance(term, NamedNode) else "bnode", "value": term.value}
    written = {"type": "literal", "value": term.value}
    if term.language:
        written["xml:lang"] = term.language
        if term.direction is not None:
            written["its:dir"] = term.direction.value
    elif term.datatype != XSD["string"]:
        written["datatype"] = term.datatype.value
    return written


def write_triples(
    triples: Iterator[Triple],
    choice: Choice,
    context: Context | None,
    sink: Sink,
    options: Mapping[str, str | bool],
) -> None:
    """Write the triples that a query returned; a large number is streamed, except in JSON-LD.

    Few triples declare only the prefixes that they use. Without a context, JSON-LD is expanded,
    with these API options. Raises NotAcceptable if the format cannot express a triple.
    """
    if choice.format == JSON_LD and context is None:
        write_quads(map(_as_quad, triples), choice, sink, options)
        return
    first = list(islice(triples, _STREAMED_FROM))
    syntax = choice.format.syntax
    if choice.format == JSON_LD or len(first) < _STREAMED_FROM or not isinstance(syntax, RdfFormat):
        sink.write(write_graph([*first, *triples], choice, context or _NO_CONTEXT))
        return
    every = chain(first, triples)
    checked = map(_check_for_xml, every) if choice.format == RDF_XML else every
    serialize(checked, cast("IO[bytes]", sink), format=syntax, prefixes=dict(DESCRIBING_PREFIXES))


def write_graph(
    triples: Sequence[Triple],
    choice: Choice,
    context: Context,
    *,
    root: NamedNode | None = None,
    named: Sequence[Quad] = (),
    prefixes: Mapping[str, str] = DESCRIBING_PREFIXES,
    with_lists: bool = False,
) -> bytes:
    """Write a graph, grouped by subject, and quads of named graphs if the format can hold them.

    JSON-LD is compacted with the context, and has the node `root` first; RDF lists are its own
    if that is asked. Of the prefixes, those
    that are used are declared. Raises NotAcceptable if
    the format cannot express a triple.
    """
    quads = named if choice.format in QUAD_FORMATS else ()
    statements: list[Quad | Triple] = [*triples, *quads]
    if choice.format == JSON_LD:
        return write_document(
            context,
            statements,
            root=root,
            profiles=choice.profiles,
            address=choice.context,
            with_lists=with_lists,
        )
    if choice.format == RDF_XML:
        triples = [_check_for_xml(triple) for triple in triples]
    syntax = choice.format.syntax
    if not isinstance(syntax, RdfFormat):
        raise _refusal(f"{choice.media_type} cannot hold triples", formats.GRAPH_FORMATS)
    default_graph = map(_as_quad, triples) if quads else triples
    return write_text([*default_graph, *quads], syntax, _used_prefixes(statements, prefixes))


def write_json(content: object) -> bytes:
    """Write plain JSON, indented for people to read."""
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def write_quads(
    quads: Iterable[Quad], choice: Choice, sink: Sink, options: Mapping[str, str | bool]
) -> None:
    """Write the quads one by one, or as one expanded JSON-LD document with these API options."""
    if choice.format == JSON_LD:
        # Imported late: it takes a tenth of a second.
        from kg.sources.rdf_syntaxes import write_json_ld

        sink.write(write_json_ld(quads, options=options))
        return
    syntax = choice.format.syntax
    if choice.format not in QUAD_FORMATS or not isinstance(syntax, RdfFormat):
        raise _refusal(f"{choice.media_type} cannot hold named graphs", QUAD_FORMATS)
    serialize(quads, cast("IO[bytes]", sink), format=syntax)


def require_xml(rows: bytes) -> None:
    """Raise NotAcceptable if serialized rows have a character that XML cannot carry."""
    if found := NOT_XML.search(rows):
        code = ord(found[0].decode())
        others = [form for form in formats.RESULT_FORMATS if form != formats.RESULTS_XML]
        raise _refusal(
            f"A row has the character U+{code:04X}, which JSON can carry, XML not", others
        )


def _refusal(reason: str, offered: Sequence[Format]) -> NotAcceptable:
    return NotAcceptable(reason, formats.media_types(offered))


def _as_quad(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object)


def _used_prefixes(
    statements: Iterable[Quad | Triple], prefixes: Mapping[str, str]
) -> dict[str, str]:
    namespaces = set()
    for quad in statements:
        for term in (quad.subject, quad.predicate, quad.object, getattr(quad, "graph_name", None)):
            if isinstance(term, Literal):
                is_plain = term.language or term.datatype == XSD["string"]
                term = None if is_plain else term.datatype
            if isinstance(term, NamedNode):
                end = max(term.value.rfind("/"), term.value.rfind("#")) + 1
                namespaces.add(term.value[:end])
    return {prefix: iri for prefix, iri in prefixes.items() if iri in namespaces}


def _check_for_xml(triple: Triple) -> Triple:
    """Return the triple; raise if the engine would write it as malformed XML."""
    if isinstance(triple.object, Triple):
        _check_for_xml(triple.object)
    name = re.split(r"[/#:]", triple.predicate.value)[-1]
    if _XML_NAME.match(name) is None:
        reason = f"{triple.predicate} does not end in an XML name"
    elif isinstance(triple.object, Literal) and NOT_XML.search(triple.object.value.encode()):
        reason = "a literal has a character that XML does not allow"
    else:
        return triple
    raise _refusal(f"RDF/XML cannot express this: {reason}", formats.GRAPH_FORMATS)
