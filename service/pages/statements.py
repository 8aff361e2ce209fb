"""Write statements as HTML: with their grounds, by relation pattern, by graph and by node.

The grounds of a statement are the status, the holder and the passage of each graph that contains
it. Statement nodes are written as a table if they are observations, else as lists.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import islice
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Description, sorted_iris
from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, QB, RDF, RDFS, shorten
from kg.store.quad_store import Store
from service.pages.layout import write_definitions, write_list, write_section, write_table
from service.pages.terms import Term, TermWriter

_MAX_CACHED: Final = 65_536
_MAX_TRIPLES: Final = 200
_NOT_SHOWN: Final = frozenset({RDF["type"], RDFS["label"], QB["dataSet"]})

Graphs = Mapping[Triple, Sequence[NamedNode]]
Modes = Mapping[Term, Collection[NamedNode]]
Nodes = Mapping[Term, Sequence[Triple]]


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
    """Writes statements with their grounds, for many pages in the language of `writer`."""

    def __init__(
        self, writer: TermWriter, provenance: ProvenanceReader, patterns: RelationPatterns
    ) -> None:
        self.writer, self._provenance, self._patterns = writer, provenance, patterns
        self._ground = lru_cache(_MAX_CACHED)(self._write_ground)

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
            own_patterns: Collection[NamedNode | None] = (
                patterns.get(predicate) or by_other_end[statement.other] or (None,)
            )
            for pattern in own_patterns:
                by_pattern[pattern].append(statement)
                if predicate not in annotated:
                    specific.add((pattern, statement.other))
        groups = {
            pattern: [
                member
                for member in members
                if member.triple.predicate not in annotated
                or (pattern, member.other) not in specific
            ]
            for pattern, members in by_pattern.items()
        }
        return sorted(
            ((pattern, members) for pattern, members in groups.items() if members),
            key=lambda group: (group[0] is None, group[0].value if group[0] else ""),
        )

    def modes_of(self, statements: Iterable[Statement]) -> Modes:
        """Return for each other end the modes in which it and the resource relate to each other."""
        modes: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            predicate = statement.triple.predicate
            modes[statement.other] |= self._patterns.modes.get(predicate, frozenset())
        return modes

    def write_statements(
        self, statements: Iterable[Statement], graphs: Graphs, modes: Modes | None = None
    ) -> str:
        """Write statements by property, each with its grounds and the modes of its two ends."""
        by_property: defaultdict[tuple[bool, str], list[Statement]] = defaultdict(list)
        for statement in statements:
            by_property[statement.is_incoming, statement.triple.predicate.value].append(statement)
        return write_definitions(
            (
                self._property(members[0]),
                [
                    self._value(
                        member, graphs.get(member.triple, ()), (modes or {}).get(member.other, ())
                    )
                    for member in sorted(members, key=self._by_name)
                ],
            )
            for _, members in sorted(by_property.items())
        )

    def is_derived(self, graphs: Iterable[NamedNode]) -> bool:
        """Return whether statements in these graphs are only derived, not asserted."""
        grounds = self._grounds(graphs)
        return bool(grounds) and all(ground.is_derived for ground in grounds)

    def write_grounds(self, graphs: Iterable[NamedNode], triple: Triple | None = None) -> str:
        """Write the grounds of a statement in these graphs, the asserted ones first."""
        grounds = sorted(self._grounds(graphs), key=lambda ground: ground.graph.value)
        asserted = [self._ground(ground) for ground in grounds if not ground.is_derived]
        # One derivation is enough: the link to its explanation leads to the strongest proof.
        derived = [self._ground(ground) for ground in grounds if ground.is_derived][:1]
        why = [f"<small>{self._why(triple)}</small>"] if derived and triple else []
        return " ".join((*asserted, *derived, *why))

    def _grounds(self, graphs: Iterable[NamedNode]) -> list[GraphProvenance]:
        return [ground for graph in graphs if (ground := self._provenance.get(graph)) is not None]

    def _write_ground(self, ground: GraphProvenance) -> str:
        """Write status, holders, passages and sources of a graph, with a link to it."""
        writer, say = self.writer, self.writer.say
        prefix = say("derived") + say("colon") if ground.is_derived else ""
        css_classes = "status derived" if ground.is_derived else "status"
        parts = [f'<span class="{css_classes}">{prefix}{writer.link(ground.status)}</span>']
        parts += [say("held-by", holder=writer.link(holder)) for holder in ground.holders]
        parts += [writer.link(passage) for passage in ground.passages]
        parts += [say("source") + say("colon") + writer.link(source) for source in ground.sources]
        parts += [say("valid", time=escape(time.value)) for time in ground.times]
        parts += writer.texts(ground.notes)[:1]
        if not ground.is_derived:
            parts.append(writer.code_link(ground.graph))
        return f"<small>{' · '.join(parts)}</small>"

    def _why(self, triple: Triple) -> str:
        subject, predicate, object_ = (
            shorten(term.value) if isinstance(term, NamedNode) else str(term) for term in triple
        )
        address = self.writer.local(
            "/explain", subject=subject, predicate=predicate, object=object_
        )
        return f'<a href="{escape(address)}">{self.writer.say("why")}</a>'

    def _property(self, statement: Statement) -> str:
        """Write the property of a statement; if it is incoming, with its object after it."""
        predicate, object_ = statement.triple.predicate, statement.triple.object
        if not statement.is_incoming or not isinstance(object_, NamedNode):
            return self.writer.link(predicate)
        text = self.writer.relation_text(predicate, self.writer.label(object_).value)
        return f"… {self.writer.link(predicate, escape(text))}"

    def _value(
        self, statement: Statement, graphs: Sequence[NamedNode], modes: Collection[NamedNode]
    ) -> str:
        """Write the other end of a statement, its modes and its grounds."""
        links = self.writer.links(sorted(modes, key=str))
        mode = f" <i>{self.writer.say('mode', mode=links)}</i>" if modes else ""
        other = self.writer.link(statement.other)
        return f"{other}{mode} {self.write_grounds(graphs, statement.triple)}"

    def _by_name(self, statement: Statement) -> tuple[str, str]:
        other = statement.other
        name = self.writer.label(other).value if isinstance(other, NamedNode) else ""
        return name, str(other)


def write_triple(writer: TermWriter, triple: Triple) -> str:
    """Write a triple as a line, with its three terms as links."""
    predicate_and_object = writer.relation_link(triple.predicate, writer.link(triple.object))
    return f"{writer.link(triple.subject)} {predicate_and_object}"


def graph_sections(store: Store, statements: StatementWriter, thing: NamedNode) -> Iterator[str]:
    """Yield the triples of a named graph, and those that are stated in a passage."""
    say = statements.writer.say
    if store.has_graph(thing):
        content = _triples(store, statements.writer, thing)
        yield write_section(say("graph-holds"), content, name="holds")
    triples = store.triples(None, GLOCAL["fromPassage"], thing)
    items = [
        f"{statements.write_grounds([graph])}{_triples(store, statements.writer, graph)}"
        for graph in sorted_iris(triple.subject for triple in triples)
    ]
    yield write_section(say("stated-here"), write_list(items), name="stated")


def _triples(store: Store, writer: TermWriter, graph: NamedNode) -> str:
    """Write the triples of a graph, or only some of them and a link to all."""
    triples = list(islice(store.triples(graph=graph), _MAX_TRIPLES + 1))
    shown = sorted(triples[:_MAX_TRIPLES], key=str)
    lines = "".join(f"<li>{write_triple(writer, triple)}</li>" for triple in shown)
    rest = ""
    if len(triples) > _MAX_TRIPLES:
        address = escape(writer.local("/graphs", graph=graph.value, format="ttl"))
        rest = f'<p><a href="{address}">{writer.say("all")}</a></p>'
    return f"<ul>{lines}</ul>{rest}\n"


def group_by_node(description: Description) -> Nodes:
    """Group the triples about statement nodes, blank nodes and parts in a description by node."""
    nodes: defaultdict[Term, list[Triple]] = defaultdict(list)
    for triple in description.details:
        nodes[triple.subject].append(triple)
    return nodes


def write_nodes(statements: StatementWriter, description: Description, nodes: Nodes) -> str:
    """Write the nodes: the observations as one table, each other one as a section of its own."""
    writer = statements.writer
    figures = {
        node: triples
        for node, triples in nodes.items()
        if Triple(triples[0].subject, RDF["type"], QB["Observation"]) in triples
    }
    table = _figures(statements, description, figures) if figures else ""
    others = "".join(
        write_section(
            writer.link(node),
            statements.write_statements(
                (Statement(triple) for triple in triples if triple.predicate not in _NOT_SHOWN),
                description.graphs_by_statement,
            ),
            level=3,
        )
        for node, triples in nodes.items()
        if node not in figures
    )
    return table + write_section(writer.say("more"), others, name="more")


def _figures(statements: StatementWriter, description: Description, figures: Nodes) -> str:
    """Write a table of observations: a row for each, a column for each property that any has."""
    writer, say = statements.writer, statements.writer.say
    columns = _columns(description, figures)
    rows = []
    for node, triples in figures.items():
        cells = [
            writer.links(triple.object for triple in triples if triple.predicate == column)
            for column in columns
        ]
        name = f"<small>{writer.code_link(node)}</small>" if isinstance(node, NamedNode) else ""
        rows.append([*cells, f"{_sources(statements, description, triples)} {name}"])
    heads = [*map(writer.link, columns), say("source")]
    caption = say("figures-of", thing=writer.name(description.thing))
    table = write_table("figures", caption, heads, sorted(rows))
    return write_section(say("figures"), table, name="figures")


def _columns(description: Description, figures: Nodes) -> list[NamedNode]:
    """Return the properties of the table: first those with resources, then those with literals."""
    has_literals: dict[NamedNode, bool] = {}
    for triples in figures.values():
        for triple in triples:
            if triple.predicate not in _NOT_SHOWN and triple.object != description.thing:
                has_literals[triple.predicate] = isinstance(triple.object, Literal)
    return sorted(has_literals, key=lambda column: (has_literals[column], column.value))


def _sources(
    statements: StatementWriter, description: Description, triples: Sequence[Triple]
) -> str:
    graphs = dict.fromkeys(
        graph
        for triple in triples
        if triple.predicate not in _NOT_SHOWN
        for graph in description.graphs_by_statement.get(triple, ())
    )
    return statements.write_grounds(graph for graph in graphs if not statements.is_derived([graph]))
