"""The statements of the graphs that belong to a passage, a holder or a rule, or of one graph."""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import islice
from math import inf
from typing import Any, Final, NamedTuple

from markupsafe import Markup
from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import literals, sorted_iris
from kg.describe.evidence import ProvenanceReader
from kg.namespaces import EVIDENCE, GLOCAL, QB, RDF, is_in
from kg.statuses import status_of
from kg.store.quad_store import Store
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import Graphs, NodeRows, Row, StatementWriter

# The statements of a section that are shown.
_MAX_TRIPLES: Final = 200
_MAX_GRAPHS: Final = 500
# Triples of a graph among which the first ones are looked for, which takes 0.2 s in memory.
_MAX_SORTED: Final = 50_000
_EXCERPT: Final = "SELECT ?s ?p ?o {{ GRAPH {graph} {{ ?s ?p ?o }} }} LIMIT {limit}"


class Contents(NamedTuple):
    """Statements of one or several graphs; `is_all` if none is left out.

    Those of each statement node are one entry of `nodes`, all others are `rows`. Those of one graph
    have its note, if it has one, and its grounds as their heading. If `is_first`, those that are
    left out come after them in the order of their terms.
    """

    rows: Sequence[Row]
    is_all: bool
    graph: NamedNode | None = None
    notes: Sequence[Literal] = ()
    heading: Markup = Markup()
    nodes: Sequence[NodeRows] = ()
    is_first: bool = True

    @property
    def length(self) -> int:
        """The number of entries: of statements, those of a node together being one."""
        return len(self.rows) + len(self.nodes)


class Derivation(NamedTuple):
    """A graph that a rule fills, with the number of its triples and the first ones."""

    graph: NamedNode
    triples: int
    contents: Contents


class GraphReader:
    """Reads the statements of graphs, for the pages of one release in one view."""

    def __init__(self, store: Store, provenance: ProvenanceReader) -> None:
        self._store, self._provenance = store, provenance

    def read_from_passage(self, statements: StatementWriter, passage: NamedNode) -> list[Contents]:
        """Return what was read from a passage by evidence graph, the strongest first."""
        found = self._ranked(self._store.triples(None, GLOCAL["fromPassage"], passage))
        return [self.read_graph(statements, graph, passage) for graph in found]

    def read_of_holder(self, statements: StatementWriter, holder: NamedNode) -> list[Contents]:
        """Return what somebody claims, hopes or plans by evidence graph, the strongest first.

        After some hundred statements the rest is left out, and the last of the graphs says so.
        """
        held = self._store.triples(None, GLOCAL["heldBy"], holder)
        # What is derived may be in thousands of graphs.
        graphs = self._ranked(triple for triple in held if is_in(triple.subject, EVIDENCE))
        told: list[Contents] = []
        for graph in graphs:
            if sum(several.length for several in told) >= _MAX_TRIPLES:
                return [*told, Contents([], is_all=False)]
            told.append(self.read_graph(statements, graph))
        return told

    def read_consequences(self, statements: StatementWriter, holder: NamedNode) -> Contents | None:
        """Return what follows from the claims of a holder, in the judgement of the curators."""
        graphs = self._ranked(self._store.triples(None, GLOCAL["followsFromClaimOf"], holder))
        return self._merge(statements, graphs) if graphs else None

    def read_of_rule(self, statements: StatementWriter, rule: NamedNode) -> list[Derivation]:
        """Return the graphs with what a rule derives."""
        found = sorted_iris(t.subject for t in self._store.triples(None, GLOCAL["byRule"], rule))
        return [
            Derivation(
                graph,
                self._count(graph),
                self.read_graph(statements, graph),
            )
            for graph in found[:_MAX_GRAPHS]
            if self._store.has_graph(graph)
        ]

    def read_graph(
        self, statements: StatementWriter, graph: NamedNode, here: NamedNode | None = None
    ) -> Contents:
        """Return the statements of a graph with its note and its grounds.

        The grounds do not name the passage that the page is about, `here`.
        """
        triples, is_all = self._triples(graph)
        is_first = is_all or not self._is_large(graph)
        graphs = dict.fromkeys(triples, (graph,))
        rows, nodes = self._write(statements, graphs, with_grounds=False)
        if (ground := self._provenance.get(graph)) is None:
            return Contents(rows, is_all, graph, nodes=nodes, is_first=is_first)
        terms = statements.terms
        others = tuple(passage for passage in ground.passages if passage != here)
        heading = terms.macros["provenance"]([ground._replace(passages=others)], is_noted=False)
        notes = terms.sorted_texts(ground.notes)[:1]
        return Contents(rows, is_all, graph, notes, heading, nodes, is_first)

    def find_neighbours(self, passage: NamedNode) -> list[NamedNode | None]:
        """Return the passages before and after a passage of the same source."""
        place = self._places.get(passage)
        if place is None:
            return [None, None]
        source, passages = self._source(passage), self._passages
        return [
            passages[index]
            if 0 <= index < len(passages) and self._source(passages[index]) == source
            else None
            for index in (place - 1, place + 1)
        ]

    def build(self) -> None:
        """Read the order of the passages."""
        _ = self._places

    @cached_property
    def _passages(self) -> list[NamedNode]:
        """All passages as their sources are read; lost notes, without a place, end their page."""
        found = {triple.subject for triple in self._store.triples(predicate=GLOCAL["inSource"])}
        passages = [one for one in found if isinstance(one, NamedNode)]

        def key(passage: NamedNode) -> tuple[str, float, float, str]:
            page, offset = (self._number(passage, name) for name in ("page", "offset"))
            return self._source(passage), page, offset, passage.value

        return sorted(passages, key=key)

    @cached_property
    def _places(self) -> Mapping[NamedNode, int]:
        return {passage: place for place, passage in enumerate(self._passages)}

    def _number(self, passage: NamedNode, name: str) -> float:
        values = literals(self._store, passage, GLOCAL[name])
        return min((float(value.value) for value in values), default=inf)

    def _source(self, passage: NamedNode) -> str:
        triples = self._store.triples(passage, GLOCAL["inSource"])
        return min((str(triple.object) for triple in triples), default="")

    def _ranked(self, about: Iterable[Triple]) -> list[NamedNode]:
        """Return the graphs that these triples describe, from the strongest status down."""
        graphs = sorted_iris(triple.subject for triple in about)[:_MAX_GRAPHS]
        grounds = {graph: self._provenance.get(graph) for graph in graphs}
        ranks = {
            graph: (status_of(ground.status).rank, *map(str, ground.holders), _count_up(graph))
            for graph, ground in grounds.items()
            if ground is not None
        }
        return sorted(ranks, key=lambda graph: ranks[graph])

    def _merge(self, statements: StatementWriter, graphs: Iterable[NamedNode]) -> Contents:
        found: defaultdict[Triple, list[NamedNode]] = defaultdict(list)
        is_all = True
        for graph in graphs:
            triples, is_whole = self._triples(graph)
            is_all = is_all and is_whole
            for triple in triples:
                if triple not in found and len(found) >= _MAX_TRIPLES:
                    is_all = False
                else:
                    found[triple].append(graph)
        rows, nodes = self._write(statements, found)
        return Contents(rows, is_all, nodes=nodes)

    def _write(
        self, statements: StatementWriter, graphs: Graphs, *, with_grounds: bool = True
    ) -> tuple[Sequence[Row], Sequence[NodeRows]]:
        """Write triples as sentences, and those of each statement node as one entry."""
        nodes = {one for one in {one.subject for one in graphs} if self._is_node(one)}
        plain = {one: each for one, each in graphs.items() if one.subject not in nodes}
        of_nodes = defaultdict[Any, list[Statement]](list)
        for triple in graphs:
            if triple.subject in nodes:
                of_nodes[triple.subject].append(Statement(triple))
        return statements.sentences(plain, with_grounds=with_grounds), [
            statements.node_rows(node, parts, graphs, holds=False, with_grounds=with_grounds)
            for node, parts in of_nodes.items()
        ]

    def _is_node(self, subject: Any) -> bool:
        """Return whether a resource is a statement node, in whatever graph that is said."""
        quads = self._store.quads(subject, RDF["type"])
        return any(quad.object in self._node_classes for quad in quads)

    def _triples(self, graph: NamedNode) -> tuple[list[Triple], bool]:
        """Return triples of a graph, those of statement nodes without their types, and if all.

        They are the first ones in the order of their terms, unless the graph is large.
        """
        if self._is_large(graph):
            return self._read_excerpt(graph), False
        triples = islice(self._store.triples(graph=graph), _MAX_SORTED)
        told = heapq.nsmallest(_MAX_TRIPLES + 1, filter(self._tells, triples), key=str)
        return told[:_MAX_TRIPLES], len(told) <= _MAX_TRIPLES

    def _read_excerpt(self, graph: NamedNode) -> list[Triple]:
        """Return some triples of a graph, sorted; which ones depends on the store."""
        rows = self._store.select(_EXCERPT.format(graph=graph, limit=_MAX_TRIPLES))
        triples = [Triple(*row) for row in rows]
        return sorted(filter(self._tells, triples), key=str)

    def _is_large(self, graph: NamedNode) -> bool:
        return self._store.triple_counts.get(graph.value, 0) > _MAX_SORTED

    def _count(self, graph: NamedNode) -> int:
        listed = self._store.triple_counts.get(graph.value)
        return sum(1 for _ in self._store.triples(graph=graph)) if listed is None else listed

    def _tells(self, triple: Triple) -> bool:
        is_typing = triple.predicate == RDF["type"] and triple.object in self._node_classes
        return not is_typing and triple.predicate != QB["dataSet"]

    @cached_property
    def _node_classes(self) -> set[Any]:
        """The classes of statement nodes, whose names say their class."""
        return {t.subject for t in self._store.triples(predicate=GLOCAL["describesThrough"])}


def _count_up(graph: NamedNode) -> str:
    """Return a sort key that has the numbers in a name in the order of counting."""
    return re.sub(r"\d+", lambda number: number[0].zfill(9), graph.value)
