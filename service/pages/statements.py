"""Statements as pages show them: by relation pattern and property, with their grounds, as figures.

The grounds of a statement are the status, the holder and the passage of each graph that contains
it. Observations are shown as one table of figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.namespaces import QB, RDF, RDFS, shorten
from service.pages.terms import Term, TermWriter

_MAX_CACHED: Final = 65_536
# Properties of statement nodes that tell a reader nothing.
NOT_SHOWN: Final = frozenset({RDF["type"], RDFS["label"], QB["dataSet"]})

Graphs = Mapping[Triple, Sequence[NamedNode]]
# The graphs that assert statements, and those that are derived.
_Grounds = tuple[list[GraphProvenance], list[GraphProvenance]]


@dataclass(frozen=True)
class Statement:
    """A triple as seen from its subject, or from its object if `is_incoming`."""

    triple: Triple
    is_incoming: bool = False

    @property
    def other(self) -> Term:
        """The term at the other end."""
        return self.triple.subject if self.is_incoming else self.triple.object


class StatementWriter:
    """Orders statements and writes their grounds, for many pages in the language of `terms`."""

    def __init__(
        self, terms: TermWriter, provenance: ProvenanceReader, patterns: RelationPatterns
    ) -> None:
        self.terms, self._provenance, self._patterns = terms, provenance, patterns
        keep = lru_cache(_MAX_CACHED)
        self._grounds, self._written_grounds = keep(self._read_grounds), keep(self._write_grounds)
        self._parameter = keep(_encode_parameter)

    def group_by_pattern(
        self, statements: Sequence[Statement]
    ) -> list[tuple[NamedNode | None, list[Statement]]]:
        """Group statements by pattern, in order of the patterns' names; those without come last.

        A relation belongs to the patterns above it. If it has none, it belongs to the patterns in
        which other statements relate the same two ends. A statement that only names a pattern or a
        mode is left out if the same two ends have a more specific one.
        """
        patterns, annotated = self._patterns.patterns, self._patterns.annotated
        by_other_end: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            by_other_end[statement.other] |= patterns.get(statement.triple.predicate, frozenset())
        by_pattern: defaultdict[NamedNode | None, list[Statement]] = defaultdict(list)
        specific: set[tuple[NamedNode | None, Term]] = set()
        for statement in statements:
            predicate = statement.triple.predicate
            for pattern in patterns.get(predicate) or by_other_end[statement.other] or (None,):
                by_pattern[pattern].append(statement)
                if predicate not in annotated:
                    specific.add((pattern, statement.other))
        groups: list[tuple[NamedNode | None, list[Statement]]] = []
        for pattern in sorted(by_pattern, key=lambda one: (one is None, one.value if one else "")):
            kept = [
                member
                for member in by_pattern[pattern]
                if member.triple.predicate not in annotated
                or (pattern, member.other) not in specific
            ]
            groups += [(pattern, kept)] if kept else []
        return groups

    def modes_of(self, statements: Iterable[Statement]) -> Mapping[Term, Sequence[NamedNode]]:
        """Return for each other end the modes, if any, in which it and the resource relate."""
        modes: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            predicate = statement.triple.predicate
            modes[statement.other] |= self._patterns.modes.get(predicate, frozenset())
        return {other: sorted(several, key=str) for other, several in modes.items() if several}

    def group_by_property(
        self, statements: Iterable[Statement]
    ) -> Iterator[tuple[Markup, list[Statement]]]:
        """Yield each property as a link, with its statements in order of their other ends' names.

        The property of incoming statements has their object after it.
        """
        by_property: defaultdict[tuple[bool, str], list[Statement]] = defaultdict(list)
        for statement in statements:
            by_property[statement.is_incoming, statement.triple.predicate.value].append(statement)
        for _, members in sorted(by_property.items()):
            yield self._write_property(members[0]), sorted(members, key=self._by_name)

    def is_derived(self, graphs: Sequence[NamedNode]) -> bool:
        """Return whether statements in these graphs are only derived, not asserted."""
        asserted, derived = self._grounds(tuple(graphs))
        return bool(derived) and not asserted

    def write_grounds(
        self, graphs: Sequence[NamedNode], triple: Triple | None = None
    ) -> tuple[Markup, str]:
        """Write the grounds of a statement in these graphs, the asserted ones first.

        The second value is the address of the explanation of the triple if it is derived.
        """
        written, explanation = self._written_grounds(tuple(graphs)), ""
        if triple and self._grounds(tuple(graphs))[1]:
            subject, predicate, object_ = map(self._parameter, triple)
            query = f"subject={subject}&predicate={predicate}&object={object_}"
            explanation = self.terms.local(f"/explain?{query}")
        return written, explanation

    def _read_grounds(self, graphs: tuple[NamedNode, ...]) -> _Grounds:
        """Return the provenance of the graphs that assert statements, and of those derived."""
        grounds: _Grounds = [], []
        for ground in filter(None, map(self._provenance.get, sorted(graphs, key=str))):
            grounds[ground.is_derived].append(ground)
        return grounds

    def _write_grounds(self, graphs: tuple[NamedNode, ...]) -> Markup:
        asserted, derived = self._grounds(graphs)
        # One derivation is enough: the link to its explanation leads to the strongest proof.
        written: Markup = self.terms.macros["provenance"]([*asserted, *derived[:1]])
        return written

    def _write_property(self, statement: Statement) -> Markup:
        predicate, object_ = statement.triple.predicate, statement.triple.object
        if not statement.is_incoming or not isinstance(object_, NamedNode):
            return self.terms.link(predicate)
        text = self.terms.relation_text(predicate, self.terms.label(object_).value)
        written: Markup = self.terms.macros["incoming"](predicate, text)
        return written

    def _by_name(self, statement: Statement) -> tuple[str, str]:
        other = statement.other
        return self.terms.label(other).value if isinstance(other, NamedNode) else "", str(other)


def _encode_parameter(term: Term) -> str:
    """Encode a term as the value of a parameter of `/explain`."""
    return quote(shorten(term.value) if isinstance(term, NamedNode) else str(term), safe="")


def tabulate(
    statements: StatementWriter,
    thing: NamedNode,
    nodes: Mapping[Term, Sequence[Triple]],
    graphs: Graphs,
) -> tuple[list[NamedNode], list[tuple[list[Markup], Markup, Term]]]:
    """Return a table of observations about a thing, one per node: its columns and its rows.

    The properties with resources come first, then those with literals. A row has the cells, the
    grounds and the node.
    """
    has_literals = {
        triple.predicate: isinstance(triple.object, Literal)
        for triples in nodes.values()
        for triple in triples
        if triple.predicate not in NOT_SHOWN and triple.object != thing
    }
    columns = sorted(has_literals, key=lambda column: (has_literals[column], column.value))
    write, rows = statements.terms.macros["links"], []
    for node, triples in nodes.items():
        cells = [write([t.object for t in triples if t.predicate == column]) for column in columns]
        shown = [triple for triple in triples if triple.predicate not in NOT_SHOWN]
        found = dict.fromkeys(graph for triple in shown for graph in graphs.get(triple, ()))
        asserting = [graph for graph in found if not statements.is_derived([graph])]
        rows.append((cells, statements.write_grounds(asserting)[0], node))
    return columns, sorted(rows, key=lambda row: (row[0], row[1], str(row[2])))
