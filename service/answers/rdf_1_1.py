"""Convert answers from RDF 1.2 to RDF 1.1, for clients that did not ask for 1.2.

In the SPARQL 1.2 Protocol (draft of 2026-07) clients may announce a version and answers may name
one; the protocol leaves open what other clients get. Here they get what any RDF 1.1 parser reads:

- a string with a language and a base direction loses its direction;
- in triples, a triple term becomes a node of type `rdf:Statement` with subject, predicate and
  object (RDF 1.1 Schema, section 5.3); a reifier is used as that node;
- rows with triple terms are refused, because no triples can be added to them. CSV needs no
  conversion: it writes terms as plain text in 1.2 too.

Version `1.2-basic` has strings with a direction, but no triple terms.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import RDF
from service.answers.formats import JSON_LD, RESULTS_CSV, Choice
from service.answers.serialization import Sink
from service.errors import NotAcceptable

_Node = NamedNode | BlankNode


class _Mark(NamedTuple):
    """The pattern that marks a term of RDF 1.2 in serialized rows."""

    # A fixed part of the pattern: searching for it first is much faster.
    substring: bytes
    pattern: re.Pattern[bytes]

    def is_in(self, text: bytes) -> bool:
        return self.substring in text and self.pattern.search(text) is not None


# By media type of every result format but CSV, the marks of triple terms and of directions. No
# literal can look like a mark: the engine escapes quotation marks in JSON and XML, and tabs and
# line ends in TSV.
_RDF_1_2_MARKS: Final = {
    "application/sparql-results+json": (
        _Mark(b'"triple"', re.compile(rb'"type":"triple"')),
        _Mark(b'"its:dir"', re.compile(rb',"its:dir":"(?:ltr|rtl)"')),
    ),
    "application/sparql-results+xml": (
        _Mark(b"<triple>", re.compile(rb"<triple>")),
        _Mark(
            b" its:dir=",
            re.compile(rb' its:dir="(?:ltr|rtl)" xmlns:its="[^"]*" its:version="[^"]*"'),
        ),
    ),
    "text/tab-separated-values": (
        _Mark(b"<<(", re.compile(rb"[\t\n]<<\(")),
        _Mark(b"--", re.compile(rb"(@[A-Za-z]+(?:-[A-Za-z0-9]+)*)--(?:ltr|rtl)(?=[\t\n])")),
    ),
}
# Longer than any mark, since a mark may be split between two pieces.
_OVERLAP_BYTES: Final = 256


def row_converter(sink: Sink, choice: Choice) -> "Rdf11RowSink | None":
    """Return the sink that converts rows on their way to this one; None if they need none."""
    if choice.format == RESULTS_CSV or (
        _allows_triple_terms(choice) and _allows_directions(choice)
    ):
        return None
    return Rdf11RowSink(sink, choice)


def _allows_directions(choice: Choice) -> bool:
    # JSON-LD 1.1 has directions too.
    return choice.version.startswith("1.2") or choice.format == JSON_LD


def _allows_triple_terms(choice: Choice) -> bool:
    # JSON-LD 1.1 has no syntax for triple terms.
    return choice.version == "1.2" and choice.format != JSON_LD


class Rdf11RowSink:
    """A sink that removes directions from serialized rows, refuses triple terms, and passes on."""

    def __init__(self, sink: Sink, choice: Choice) -> None:
        self._sink, self._held = sink, b""
        self._keeps_triples = _allows_triple_terms(choice)
        self._keeps_directions = _allows_directions(choice)
        self._triple, self._direction = _RDF_1_2_MARKS[choice.format.media_type]

    def write(self, piece: bytes) -> int:
        """Convert a piece of the rows, and pass on all but its end.

        Raises:
            NotAcceptable: a row has a triple term, and the client did not ask for RDF 1.2.
        """
        text = self._held + piece
        if not self._keeps_triples and self._triple.is_in(text):
            raise NotAcceptable(
                "The rows have triple terms, which SPARQL 1.1 results cannot express; expected "
                "version=1.2, in the address or as a parameter of the media type in Accept",
                [],
            )
        if not self._keeps_directions and self._direction.is_in(text):
            text = self._direction.pattern.sub(_without_direction, text)
        self._held = text[-_OVERLAP_BYTES:]
        if len(text) > _OVERLAP_BYTES:
            self._sink.write(text[:-_OVERLAP_BYTES])
        return len(piece)

    def flush(self) -> None:
        """Do nothing: the end stays held back until `finish`."""

    def finish(self) -> None:
        """Pass on the end, which was held back."""
        self._sink.write(self._held)
        self._held = b""


def _without_direction(mark: re.Match[bytes]) -> bytes:
    # In TSV, the mark begins with the language tag.
    return mark[1] if mark.re.groups else b""


def triples_for_version(choice: Choice, triples: Iterable[Triple]) -> Iterator[Triple]:
    """Yield the triples, converted to RDF 1.1 where this format and version require it."""
    if _allows_triple_terms(choice):
        yield from triples
        return
    converter = _Converter(keep_directions=_allows_directions(choice))
    for triple in triples:
        if _is_rdf_1_1(triple.object):
            yield triple
        else:
            yield from converter.convert(triple)


def quads_for_version(choice: Choice, quads: Iterable[Quad]) -> Iterator[Quad]:
    """Yield the quads, converted to RDF 1.1 where this format and version require it."""
    if _allows_triple_terms(choice):
        yield from quads
        return
    keep_directions = _allows_directions(choice)
    converters: defaultdict[object, _Converter] = defaultdict(
        lambda: _Converter(keep_directions=keep_directions)
    )
    for quad in quads:
        if _is_rdf_1_1(quad.object):
            yield quad
            continue
        for triple in converters[quad.graph_name].convert(quad.triple):
            yield Quad(triple.subject, triple.predicate, triple.object, quad.graph_name)


def _is_rdf_1_1(term: object) -> bool:
    if isinstance(term, Literal):
        return term.direction is None
    return not isinstance(term, Triple)


class _Converter:
    """Converts the triples of one graph to RDF 1.1.

    Each triple term gets one node, which is described once.
    """

    def __init__(self, *, keep_directions: bool) -> None:
        self._nodes: dict[Triple, BlankNode] = {}
        self._keep_directions = keep_directions

    def convert(self, triple: Triple) -> Iterator[Triple]:
        """Yield a triple without triple terms, and the triples that describe those."""
        subject, predicate, term = triple.subject, triple.predicate, triple.object
        if not isinstance(term, Triple):
            yield self._without_direction(triple)
        elif predicate == RDF["reifies"] and isinstance(subject, NamedNode | BlankNode):
            yield from self._describe(subject, term)
        else:
            node = self._nodes.get(term)
            if node is None:
                node = self._nodes[term] = BlankNode()
                yield from self._describe(node, term)
            yield Triple(subject, predicate, node)

    def _describe(self, node: _Node, term: Triple) -> Iterator[Triple]:
        yield Triple(node, RDF["type"], RDF["Statement"])
        yield Triple(node, RDF["subject"], term.subject)
        yield Triple(node, RDF["predicate"], term.predicate)
        yield from self.convert(Triple(node, RDF["object"], term.object))

    def _without_direction(self, triple: Triple) -> Triple:
        term = triple.object
        if self._keep_directions or not isinstance(term, Literal) or term.direction is None:
            return triple
        return Triple(triple.subject, triple.predicate, Literal(term.value, language=term.language))
