"""Graphs and results -> bytes, in a format that was chosen."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from kg.namespaces import PREFIXES, XSD
from kg.store import Results
from service.context import Context
from service.errors import NotAcceptable
from service.formats import (
    GRAPH_FORMATS,
    JSON_LD,
    QUAD_FORMATS,
    RDF_XML,
    RESULT_FORMATS,
    Choice,
    media_types,
)
from service.json_ld import write

# The service description speaks in two vocabularies more than the graph.
_PREFIXES: Final = {
    **PREFIXES,
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
}
_XML_NAME: Final = re.compile(r"[^\W\d][\w.\u00b7-]*$")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_results(results: Results, choice: Choice, context: Context) -> bytes:
    """What a query returned, in the chosen format.

    Raises:
        NotAcceptable: the triples cannot be written in this format.
    """
    if isinstance(results, QueryTriples):
        return write_graph(list(results), choice, context)
    if not isinstance(choice.format.syntax, QueryResultsFormat):
        raise NotAcceptable(
            f"Rows are not written as {choice.media_type}", media_types(RESULT_FORMATS)
        )
    return results.serialize(format=choice.format.syntax) or b""


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
        return write(context, [*triples, *quads], root=root)
    if choice.format == RDF_XML:
        _check_xml(triples)
    syntax = choice.format.syntax
    if not isinstance(syntax, RdfFormat):
        raise NotAcceptable(
            f"Triples are not written as {choice.media_type}", media_types(GRAPH_FORMATS)
        )
    default = (
        [Quad(one.subject, one.predicate, one.object) for one in triples] if quads else triples
    )
    used = _prefixes([*triples, *quads])
    return serialize([*default, *quads], format=syntax, prefixes=used) or b""


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
    return {prefix: iri for prefix, iri in _PREFIXES.items() if iri in spaces}


def _check_xml(triples: Iterable[Triple]) -> None:
    """Refuse what the engine would write as XML that no parser reads."""
    for triple in triples:
        name = re.split(r"[/#:]", triple.predicate.value)[-1]
        if _XML_NAME.match(name) is None:
            reason = f"{triple.predicate} ends in nothing that can be an XML name"
            raise NotAcceptable(f"RDF/XML cannot say this: {reason}", media_types(GRAPH_FORMATS))
        if isinstance(triple.object, Literal) and _NOT_XML.search(triple.object.value):
            reason = "a literal has a character that XML does not allow"
            raise NotAcceptable(f"RDF/XML cannot say this: {reason}", media_types(GRAPH_FORMATS))
