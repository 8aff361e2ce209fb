"""What an answer says in RDF 1.2 -> the same in RDF 1.1, for clients that did not ask for 1.2.

The SPARQL 1.2 Protocol (draft of 2026-07) lets a client announce a version, and the answer say one;
it leaves open what others get. Here they get what any parser of 1.1 reads:

- of a string with a language and a base direction, the string with its language;
- among triples, for a triple term a node that is an `rdf:Statement` with subject, predicate and
  object (RDF 1.1 Schema, section 5.3); what reifies the triple is that node itself;
- among rows, where no triples can be added, a refusal. CSV tells terms by their text in 1.2 too.

The version `1.2-basic` has strings with a direction, and no triple terms.

Quads of any data -> bytes, without what the project knows of its own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Final, NamedTuple, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.describe.json_ld_context import Context
from kg.namespaces import RDF
from service.answers.formats import CSV, JSON_LD, QUAD_FORMATS, Choice, media_types
from service.answers.serialization import Sink, write_triples
from service.errors import NotAcceptable

_Node = NamedNode | BlankNode


class _Mark(NamedTuple):
    """What stands where a row has something new, and a part of it, which is sought more quickly."""

    part: bytes
    whole: re.Pattern[bytes]

    def is_in(self, text: bytes) -> bool:
        return self.part in text and self.whole.search(text) is not None


# By media type: of triple terms, and of directions. The engine escapes quotation marks in JSON and
# XML, and tabs and line ends in TSV, so that no text looks so.
_MARKS: Final = {
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
# More than the longest mark, which may come in two pieces.
_HELD_BYTES: Final = 256


def has_directions(choice: Choice) -> bool:
    """Whether strings keep their direction; of JSON-LD 1.1 they are a part."""
    return choice.version != "1.1" or choice.format == JSON_LD


def has_triple_terms(choice: Choice) -> bool:
    """Whether triple terms stay what they are."""
    return choice.version == "1.2" and choice.format != JSON_LD


class Rows11:
    """A sink for rows in a format of results, which passes them on without what 1.1 lacks."""

    def __init__(self, sink: Sink, choice: Choice) -> None:
        self._sink = sink
        self._keeps_triples = has_triple_terms(choice)
        self._keeps_directions = has_directions(choice)
        self._triple, self._direction = _MARKS[choice.format.media_type]
        self._held = b""

    def write(self, piece: bytes) -> int:
        """Take a piece of the answer.

        Raises:
            NotAcceptable: a row has a triple term, and none was asked for.
        """
        text = self._held + piece
        if not self._keeps_triples and self._triple.is_in(text):
            raise NotAcceptable(
                "The rows have triple terms, for which there is no form in SPARQL 1.1; right would "
                "be version=1.2, in the address or after the media type in Accept",
                [],
            )
        if not self._keeps_directions and self._direction.is_in(text):
            text = self._direction.whole.sub(_without_direction, text)
        self._held = text[-_HELD_BYTES:]
        if len(text) > _HELD_BYTES:
            self._sink.write(text[:-_HELD_BYTES])
        return len(piece)

    def flush(self) -> None:
        """Nothing: what is held back waits for more, or for the end."""

    def finish(self) -> None:
        """Pass on what was held back."""
        self._sink.write(self._held)
        self._held = b""


def _without_direction(mark: re.Match[bytes]) -> bytes:
    """In TSV, the language tag before it stays."""
    return mark[1] if mark.re.groups else b""


def rows_sink(sink: Sink, choice: Choice) -> Rows11 | None:
    """What rows have to pass through in this format and version; nothing if all can stay."""
    if choice.format == CSV or (has_triple_terms(choice) and has_directions(choice)):
        return None
    return Rows11(sink, choice)


def triples_in(choice: Choice, triples: Iterable[Triple]) -> Iterator[Triple]:
    """The triples, in RDF 1.1 as far as this format and version demand it."""
    if has_triple_terms(choice):
        yield from triples
        return
    statements = _Statements(keep_directions=has_directions(choice))
    for triple in triples:
        one = triple.object
        is_new = one.direction is not None if isinstance(one, Literal) else isinstance(one, Triple)
        if is_new:
            yield from statements.said(triple)
        else:
            yield triple


class _Statements:
    """Gives each triple term one node, and describes it once."""

    def __init__(self, *, keep_directions: bool) -> None:
        self._nodes: dict[Triple, BlankNode] = {}
        self._keep_directions = keep_directions

    def said(self, triple: Triple) -> Iterator[Triple]:
        """A triple, and what has to be said for it to be without triple terms."""
        subject, predicate, term = triple.subject, triple.predicate, triple.object
        if not isinstance(term, Triple):
            yield self._plain(triple)
        elif predicate == RDF["reifies"] and isinstance(subject, NamedNode | BlankNode):
            yield from self._description(subject, term)
        else:
            node = self._nodes.get(term)
            if node is None:
                node = self._nodes[term] = BlankNode()
                yield from self._description(node, term)
            yield Triple(subject, predicate, node)

    def _description(self, node: _Node, term: Triple) -> Iterator[Triple]:
        yield Triple(node, RDF["type"], RDF["Statement"])
        yield Triple(node, RDF["subject"], term.subject)
        yield Triple(node, RDF["predicate"], term.predicate)
        yield from self.said(Triple(node, RDF["object"], term.object))

    def _plain(self, triple: Triple) -> Triple:
        one = triple.object
        if self._keep_directions or not isinstance(one, Literal) or one.direction is None:
            return triple
        return Triple(triple.subject, triple.predicate, Literal(one.value, language=one.language))


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
