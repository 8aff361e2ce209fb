"""Accept -> media type; graphs and results -> bytes.

The only place where a media type is chosen (RFC 9110, section 12.5.1).
"""

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
    Format,
)
from service.json_ld import write

# The service description speaks in two vocabularies more than the graph.
_PREFIXES: Final = {
    **PREFIXES,
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
}
_RANGE: Final = re.compile(r"\s*([\w!#$&^.+-]+|\*)/([\w!#$&^.+-]+|\*)\s*$")
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$")
_PARTS: Final = {mark: re.compile(rf'(?:[^{mark}"]|"(?:[^"\\]|\\.)*"?)+') for mark in ",;"}
_XML_NAME: Final = re.compile(r"[^\W\d][\w.\u00b7-]*$")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def formats_of(results: Results) -> tuple[Format, ...]:
    """The formats that these results can be written in."""
    return GRAPH_FORMATS if isinstance(results, QueryTriples) else RESULT_FORMATS


def negotiate(
    accept: Sequence[str], offered: Sequence[Format], *, format_name: str | None = None
) -> Choice:
    """The format that the client likes best; among equals, the first offered.

    Args:
        accept: the Accept headers; none or empty ones mean that anything is welcome.
        offered: in the server's order of preference.
        format_name: a name or media type that was asked for outright, stronger than Accept.

    Raises:
        NotAcceptable: nothing offered fits.
    """
    if format_name is not None:
        return _named(format_name, offered)
    header = ",".join(accept)
    if not header.strip(" \t,"):
        return Choice(offered[0], offered[0].media_type)
    ranges = [one for one in map(_range, _PARTS[","].findall(header)) if one is not None]
    best, chosen = 0.0, None
    for media_type, form in _media_types(offered):
        quality = _quality(media_type, ranges)
        if quality > best:
            best, chosen = quality, Choice(form, media_type)
    if chosen is None:
        raise NotAcceptable(f"Nothing here fits 'Accept: {header}'", _offer(offered))
    return chosen


def write_results(results: Results, choice: Choice, context: Context) -> bytes:
    """What a query returned, in the chosen format.

    Raises:
        NotAcceptable: the triples cannot be written in this format.
    """
    if isinstance(results, QueryTriples):
        return write_graph(list(results), choice, context)
    if not isinstance(choice.format.syntax, QueryResultsFormat):
        raise NotAcceptable(f"Rows are not written as {choice.media_type}", _offer(RESULT_FORMATS))
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
            f"Triples are not written as {choice.media_type}", _offer(GRAPH_FORMATS)
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


def _named(name: str, offered: Sequence[Format]) -> Choice:
    for form in offered:
        if name in (form.name, form.media_type, *form.other_names, *form.aliases):
            return Choice(form, form.media_type)
    names = [f"{form.name} ({form.media_type})" for form in offered]
    raise NotAcceptable(f"No format here is called '{name}'", names)


def _offer(offered: Sequence[Format]) -> list[str]:
    return [form.media_type for form in offered]


def _media_types(offered: Sequence[Format]) -> list[tuple[str, Format]]:
    main = [(form.media_type, form) for form in offered]
    return main + [(alias, form) for form in offered for alias in form.aliases]


def _range(text: str) -> tuple[str, str, float] | None:
    """A media range with its quality; none if it is malformed, which then asks for nothing."""
    name, *parameters = _PARTS[";"].findall(text) or [""]
    found = _RANGE.match(name)
    if found is None:
        return None
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "q":
            if _QUALITY.match(value.strip()) is None:
                return None
            quality = float(value)
    return found[1].lower(), found[2].lower(), quality


def _quality(media_type: str, ranges: Iterable[tuple[str, str, float]]) -> float:
    """How much a media type is liked: what the most specific range that fits it says."""
    kind, _, subtype = media_type.partition("/")
    fitting = [
        ((range_subtype != "*") + (range_kind != "*"), quality)
        for range_kind, range_subtype, quality in ranges
        if range_kind in (kind, "*") and range_subtype in (subtype, "*")
    ]
    return max(fitting, default=(0, 0.0))[1]


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
            raise NotAcceptable(f"RDF/XML cannot say this: {reason}", _offer(GRAPH_FORMATS))
        if isinstance(triple.object, Literal) and _NOT_XML.search(triple.object.value):
            reason = "a literal has a character that XML does not allow"
            raise NotAcceptable(f"RDF/XML cannot say this: {reason}", _offer(GRAPH_FORMATS))
