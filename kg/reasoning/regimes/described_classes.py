"""Class expressions in a query, taken out of its text and given names.

A query of OWL may ask for the instances of a class that it describes itself:

    SELECT ?x { ?x a [ owl:intersectionOf ( :A :B ) ] }

The description states nothing, and need not be in the data. So it is replaced by a name, and its
predicate by another one, which leaves no trace in the answers for other variables:

    SELECT ?x { ?x <urn:x-glocal:described:type> <urn:x-glocal:class:1> }

Then the query can be answered over the data with the triples of these names, which
`kg.reasoning.upkeep.described_members` derives. A description is replaced if it has no variables,
and stands as the object of a single predicate that is not part of a path, outside of GRAPH and
SERVICE. It may be in brackets, or be the statements about a label (`_:c owl:unionOf ( :A :B ) .
?x a _:c`). All others are matched as triples.

Source: SPARQL 1.1 Entailment Regimes, section 7.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from kg.errors import LimitExceeded
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.class_expressions import EXPRESSION_PREDICATES
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken

_NAMES: Final = "urn:x-glocal:class:"
_PREDICATES: Final = "urn:x-glocal:described:"
_STANDS_FOR: Final = NamedNode("urn:x-glocal:stands-for")
# Expressions are read by recursion, and a rule is made for each.
_MAX_QUADS: Final = 400
_LOCAL_NAMES: Final = tuple(name.value.removeprefix(OWL) for name in EXPRESSION_PREDICATES)
_BRACKETS: Final = {"[": "]", "(": ")", "{": "}"}
# What may come before the subject of triples, and what ends them beside a full stop.
_BEFORE_SUBJECT: Final = frozenset("{}.)")
_KEYWORDS: Final = frozenset(
    {"FILTER", "OPTIONAL", "BIND", "UNION", "MINUS", "VALUES", "GRAPH", "SERVICE"}
)
_PATH_OPERATORS: Final = frozenset("/|^!")
# The predicates whose object may be a class.
_OF_CLASSES: Final = frozenset(
    {
        RDF["type"],
        *(RDFS[name] for name in ("subClassOf", "domain", "range")),
        *(OWL[name] for name in ("equivalentClass", "disjointWith")),
    }
)


@dataclass(frozen=True)
class DescribedClasses:
    """A query with names in place of the classes that it describes.

    `description` describes them, with blank nodes; `names` has the name of each in the query.
    """

    query: Query
    description: tuple[Quad, ...]
    names: Mapping[BlankNode, NamedNode]


class _Span(NamedTuple):
    """Tokens from `start` to before `end`, by their index."""

    start: int
    end: int


class _Use(NamedTuple):
    """A described class as an object: the tokens from its predicate on, and the class in Turtle."""

    span: _Span
    turtle: str


def described_predicate(predicate: NamedNode) -> NamedNode:
    """Return the predicate that replaces this one before the name of a described class."""
    # Only the local name, since the tokens of an IRI with "#" may not be clear.
    return NamedNode(f"{_PREDICATES}{predicate.value.rpartition('#')[2]}")


def take_out_classes(query: Query) -> DescribedClasses | None:
    """Return the query without the classes that it describes; None if it describes none.

    Raises MalformedQuery if an IRI is malformed or a prefix is not declared, and LimitExceeded if
    the description is too long.
    """
    if not any(name in query.text for name in _LOCAL_NAMES):
        return None
    return _Reader(query).read()


class _Reader:
    def __init__(self, query: Query) -> None:
        self._query = query
        self._tokens = [part for token in query.tokens for part in _without_full_stop(token)]
        self._closing = _match_brackets(self._tokens)
        self._start = self._start_of_pattern()
        self._elsewhere = list(self._find_elsewhere())
        self._statements = self._find_statements()
        self._spans = [span for spans in self._statements.values() for span in spans]

    def read(self) -> DescribedClasses | None:
        uses = [*self._label_uses(), *self._bracket_uses()]
        if not uses:
            return None
        nodes = dict.fromkeys(use.turtle for use in uses)
        names = {node: NamedNode(f"{_NAMES}{number}") for number, node in enumerate(nodes, 1)}
        try:
            quads = list(self._parse(names))
        except SyntaxError:
            # It describes no class in RDF, or is no SPARQL either, as the engine will say.
            return None
        if len(quads) > _MAX_QUADS:
            reason = "Ask for fewer or smaller classes at once."
            raise LimitExceeded("triples that describe the classes of a query", _MAX_QUADS, reason)
        changes = [(*self._offsets(span), "") for span in self._spans]
        for use in uses:
            predicate = self._predicate(use.span.start) or RDF["type"]
            replacement = f"{described_predicate(predicate)} {names[use.turtle]} "
            changes.append((*self._offsets(use.span), replacement))
        return DescribedClasses(
            self._with_changes(changes),
            tuple(quad for quad in quads if quad.predicate != _STANDS_FOR),
            {
                quad.object: quad.subject
                for quad in quads
                if quad.predicate == _STANDS_FOR
                and isinstance(quad.object, BlankNode)
                and isinstance(quad.subject, NamedNode)
            },
        )

    def _text(self, index: int) -> str:
        return self._tokens[index].text if 0 <= index < len(self._tokens) else ""

    def _start_of_pattern(self) -> int:
        """Return the index of the first token that may belong to a pattern, not to a template."""
        if self._query.form != "CONSTRUCT":
            return 0
        words = (index for index, token in enumerate(self._tokens) if token.keyword == "CONSTRUCT")
        template = next(words) + 1
        # A `CONSTRUCT WHERE` is its own template.
        is_short = self._text(template) != "{" or template not in self._closing
        return len(self._tokens) if is_short else self._closing[template] + 1

    def _find_elsewhere(self) -> Iterator[_Span]:
        """Yield the groups of GRAPH and SERVICE, which are matched with other data."""
        for index, token in enumerate(self._tokens):
            if token.keyword in ("GRAPH", "SERVICE"):
                while index < len(self._tokens) and self._text(index) != "{":
                    index += 1
                yield _Span(index, self._closing.get(index, index) + 1)

    def _find_statements(self) -> dict[str, list[_Span]]:
        """Return the statements about each label that stands for a described class."""
        found: dict[str, list[_Span]] = {}
        for index in range(self._start, len(self._tokens)):
            token = self._tokens[index]
            is_subject = self._text(index - 1) in _BEFORE_SUBJECT
            if token.kind == "blank" and is_subject and not _is_in(index, self._elsewhere):
                found.setdefault(token.text, []).append(_Span(index, self._end_of_triples(index)))
        kept = {
            label: spans
            for label, spans in found.items()
            if any(self._describes(_Span(start + 1, end)) for start, end in spans)
            and all(self._is_ground(span) for span in spans)
        }
        # One that is also used in another way belongs to the pattern, and so does what names it.
        while wrong := [label for label in kept if not self._is_description(label, kept)]:
            for label in wrong:
                del kept[label]
        return kept

    def _is_description(self, label: str, statements: Mapping[str, Sequence[_Span]]) -> bool:
        """Return whether a label and those in its statements stand for classes and nothing else."""
        spans = [span for each in statements.values() for span in each]
        own = (token for span in statements[label] for token in self._tokens[slice(*span)])
        return all(token.text in statements for token in own if token.kind == "blank") and all(
            _is_in(index, spans)
            or (index >= self._start and self._is_object(_Span(index, index + 1)))
            for index, token in enumerate(self._tokens)
            if token.text == label
        )

    def _label_uses(self) -> Iterator[_Use]:
        for index, token in enumerate(self._tokens):
            if token.text in self._statements and not _is_in(index, self._spans):
                yield _Use(_Span(index - 1, index + 1), token.text)

    def _bracket_uses(self) -> Iterator[_Use]:
        """Yield the outermost descriptions in brackets outside of statements about labels."""
        index = self._start
        while index < len(self._tokens):
            end = self._closing.get(index, index) + 1
            span = _Span(index, end)
            if (
                self._text(index) == "["
                and not _is_in(index, self._spans)
                and self._is_object(span)
                and self._is_ground(span, ("variable", "blank"))
                and self._describes(_Span(index + 1, end - 1))
            ):
                yield _Use(_Span(index - 1, end), self._source(span))
                index = end
            else:
                index += 1

    def _end_of_triples(self, index: int) -> int:
        """Return the index of what ends the triples of the subject at an index."""
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.text in ("}", ".") or token.keyword in _KEYWORDS:
                break
            index = self._closing.get(index, index) + 1
        return index

    def _describes(self, span: _Span) -> bool:
        """Return whether one of the predicates in a list of predicates and objects describes."""
        index, is_verb = span.start, True
        while index < span.end:
            if is_verb and self._predicate(index) in EXPRESSION_PREDICATES:
                return True
            is_verb = self._text(index) == ";"
            index = self._closing.get(index, index) + 1
        return False

    def _is_ground(self, span: _Span, kinds: Container[str] = ("variable",)) -> bool:
        tokens = self._tokens[slice(*span)]
        return not any(token.kind in kinds or token.text == "{" for token in tokens)

    def _is_object(self, span: _Span) -> bool:
        """Return whether this is the only object of a predicate, not a path, that a class has."""
        verb = span.start - 1
        if verb < 0 or self._text(verb - 1) in _PATH_OPERATORS or self._text(span.end) == ",":
            return False
        return self._predicate(verb) in _OF_CLASSES and not _is_in(verb, self._elsewhere)

    def _predicate(self, index: int) -> NamedNode | None:
        """Return the IRI of a token, or `rdf:type` for the word `a`; None for anything else."""
        token = self._tokens[index]
        if token.kind in ("iri", "name"):
            with suppress(ValueError):
                return NamedNode(self._query.resolve(token))
        return RDF["type"] if token.text == "a" and token.kind == "word" else None

    def _source(self, span: _Span) -> str:
        return self._query.full_text[
            self._tokens[span.start].offset : self._tokens[span.end - 1].end
        ]

    def _offsets(self, span: _Span) -> tuple[int, int]:
        """Return where a span begins and ends; statements about a label take their full stop."""
        has_stop = span in self._spans and self._text(span.end) == "."
        last = self._tokens[span.end if has_stop else span.end - 1]
        return self._tokens[span.start].offset, last.end

    def _parse(self, names: Mapping[str, NamedNode]) -> Iterator[Quad]:
        """Yield the quads of all descriptions, and for each use which node a name stands for."""
        prologue = self._query.prologue
        lines = [f"PREFIX {prefix}: <{iri}>" for prefix, iri in prologue.prefixes.items()]
        # On a line of its own, since a comment may end a description.
        lines += (f"{self._source(span)}\n." for span in self._spans)
        lines += (f"{name} {_STANDS_FOR} {node}\n." for node, name in names.items())
        base = prologue.base or None
        yield from parse("\n".join(lines), RdfFormat.TURTLE, base_iri=base, rename_blank_nodes=True)

    def _with_changes(self, changes: Iterable[tuple[int, int, str]]) -> Query:
        """Return the query with parts of its text replaced, on the same lines."""
        text = self._query.full_text
        for start, end, replacement in sorted(changes, reverse=True):
            lines = "\n" * text.count("\n", start, end)
            text = f"{text[:start]}{replacement}{lines}{text[end:]}"
        declarations = self._query.declarations
        return replace(self._query, text=text[len(declarations) :])


def _is_in(index: int, spans: Iterable[_Span]) -> bool:
    return any(start <= index < end for start, end in spans)


def _without_full_stop(token: SparqlToken) -> Iterator[SparqlToken]:
    """Yield a name or label without the full stop that the tokenizer takes for a part of it."""
    if token.kind not in ("name", "blank") or not token.text.endswith("."):
        yield token
        return
    name = token.text.rstrip(".")
    yield token._replace(text=name)
    for position in range(len(name), len(token.text)):
        yield SparqlToken("mark", ".", token.offset + position)


def _match_brackets(tokens: Sequence[SparqlToken]) -> dict[int, int]:
    """Return the index of the closing token of each bracket, brace and parenthesis."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.text in _BRACKETS:
            opened.append(index)
        elif opened and token.text == _BRACKETS[tokens[opened[-1]].text]:
            closing[opened.pop()] = index
    return closing
