"""Write statements as HTML with their status and passage, grouped by relation pattern.

Write the triples of a named graph, and those that a passage states, as HTML.

Write the statement nodes of a description as HTML: observations as a table, others as lists.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import islice
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Description
from kg.describe.evidence import ProvenanceReader
from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, QB, RDF, RDFS, shorten
from kg.store.quad_store import Store
from service.pages.layout import write_section, write_table
from service.pages.terms import Term, TermWriter

_MAX_CACHED: Final = 65_536

Graphs = Mapping[Triple, Sequence[NamedNode]]
Modes = Mapping[Term, Collection[NamedNode]]


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
    """Writes statements with their grounds, for many pages."""

    def __init__(
        self, writer: TermWriter, grounds: ProvenanceReader, patterns: RelationPatterns
    ) -> None:
        self._writer, self._grounds, self._patterns = writer, grounds, patterns
        self._ground = lru_cache(_MAX_CACHED)(self._written_ground)

    def group_by_pattern(
        self, statements: Sequence[Statement]
    ) -> list[tuple[NamedNode | None, list[Statement]]]:
        """Group statements by pattern, in order of the patterns' names; those without come last.

        A relation belongs to the patterns above it. If it has none, it belongs to the patterns in
        which other statements relate the same two ends. A statement that only names a pattern or a
        mode is left out if the same two ends have a more specific one.
        """
        patterns, marked = self._patterns.patterns, self._patterns.annotated
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
                if predicate not in marked:
                    specific.add((pattern, statement.other))
        groups = [
            (
                pattern,
                [member for member in members if not self._is_bare(member, pattern, specific)],
            )
            for pattern, members in by_pattern.items()
        ]
        return sorted(
            ((pattern, members) for pattern, members in groups if members),
            key=lambda group: (group[0] is None, group[0].value if group[0] else ""),
        )

    def _is_bare(
        self,
        statement: Statement,
        pattern: NamedNode | None,
        specific: set[tuple[NamedNode | None, Term]],
    ) -> bool:
        """Return whether a statement only names a pattern or mode and a specific one exists."""
        is_marked = statement.triple.predicate in self._patterns.annotated
        return is_marked and (pattern, statement.other) in specific

    def write_statements(
        self, statements: Iterable[Statement], graphs: Graphs, modes: Modes | None = None
    ) -> str:
        """Write statements by property, each with its grounds and the modes of its two ends."""
        modes = modes or {}
        by_property: defaultdict[tuple[bool, NamedNode], list[Statement]] = defaultdict(list)
        for statement in statements:
            by_property[statement.is_incoming, statement.triple.predicate].append(statement)
        return definition_list(
            (
                self._property(members[0]),
                [
                    self.write_statement(
                        statement,
                        graphs.get(statement.triple, ()),
                        modes.get(statement.other, ()),
                    )
                    for statement in sorted(members, key=self._by_name)
                ],
            )
            for _, members in sorted(by_property.items(), key=_by_direction)
        )

    def write_statement(
        self, statement: Statement, graphs: Sequence[NamedNode], modes: Collection[NamedNode] = ()
    ) -> str:
        """Write the other end of a statement, its modes and its grounds."""
        mode = ""
        if modes:
            links = self._writer.links(sorted(modes, key=str))
            mode = f" <i>{self._writer.say('mode', mode=links)}</i>"
        other = self._writer.link(statement.other)
        return f"{other}{mode} {self.write_grounds(graphs, statement.triple)}"

    def is_derived(self, graphs: Iterable[NamedNode]) -> bool:
        """Return whether statements in these graphs are only derived, not asserted."""
        grounds = [ground for graph in graphs if (ground := self._grounds.get(graph)) is not None]
        return bool(grounds) and all(ground.is_derived for ground in grounds)

    def write_grounds(self, graphs: Iterable[NamedNode], triple: Triple | None = None) -> str:
        """Write the grounds of a statement in these graphs, the asserted ones first."""
        grounds = [ground for graph in graphs if (ground := self._grounds.get(graph)) is not None]
        grounds.sort(key=lambda ground: (ground.is_derived, ground.graph.value))
        asserted = [self._ground(ground.graph) for ground in grounds if not ground.is_derived]
        # One derivation is enough: the link to its explanation leads to the strongest proof.
        derived = [self._ground(ground.graph) for ground in grounds if ground.is_derived][:1]
        why = [f"<small>{self._why(triple)}</small>"] if derived and triple else []
        return " ".join((*asserted, *derived, *why))

    def _written_ground(self, graph: NamedNode) -> str:
        """Write status, holders, passages and sources of a graph, with a link to it."""
        ground = self._grounds.get(graph)
        if ground is None:
            return ""
        writer, say = self._writer, self._writer.say
        prefix = say("derived") + say("colon") if ground.is_derived else ""
        css_classes = "status derived" if ground.is_derived else "status"
        parts = [f'<span class="{css_classes}">{prefix}{writer.link(ground.status)}</span>']
        parts += [say("held-by", holder=writer.link(holder)) for holder in ground.holders]
        parts += [writer.link(passage) for passage in ground.passages]
        parts += [say("source") + say("colon") + writer.link(source) for source in ground.sources]
        parts += [say("valid", time=escape(time.value)) for time in ground.times]
        parts += [writer.text(note) for note in writer.sorted_texts(ground.notes)[:1]]
        if not ground.is_derived:
            parts.append(writer.link(graph, f"<code>{escape(shorten(graph.value))}</code>"))
        return f"<small>{' · '.join(parts)}</small>"

    def _why(self, triple: Triple) -> str:
        terms = (triple.subject, triple.predicate, triple.object)
        subject, predicate, object_ = (
            shorten(term.value) if isinstance(term, NamedNode) else str(term) for term in terms
        )
        address = self._writer.local(
            "/explain", subject=subject, predicate=predicate, object=object_
        )
        return f'<a href="{escape(address)}">{self._writer.say("why")}</a>'

    def _property(self, statement: Statement) -> str:
        """Write the property of a statement; if it is incoming, with its object after it."""
        predicate, object_ = statement.triple.predicate, statement.triple.object
        if not statement.is_incoming or not isinstance(object_, NamedNode):
            return self._writer.link(predicate)
        text = self._writer.relation_text(predicate, self._writer.label(object_).value)
        return f"… {self._writer.link(predicate, escape(text))}"

    def modes_of(self, statements: Iterable[Statement]) -> Modes:
        """Return for each other end the modes in which it and the resource relate to each other."""
        modes: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            predicate = statement.triple.predicate
            modes[statement.other] |= self._patterns.modes.get(predicate, frozenset())
        return modes

    def _by_name(self, statement: Statement) -> tuple[str, str]:
        other = statement.other
        name = self._writer.label(other).value if isinstance(other, NamedNode) else ""
        return name, str(other)


def definition_list(pairs: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Write a definition list of names, each with its values, all in HTML."""
    items = "\n".join(
        f"<dt>{name}</dt>" + "".join(f"<dd>{value}</dd>" for value in values)
        for name, values in pairs
    )
    return f'<dl class="said">\n{items}</dl>\n' if items else ""


def _by_direction(item: tuple[tuple[bool, NamedNode], object]) -> tuple[bool, str]:
    is_incoming, name = item[0]
    return is_incoming, name.value


MAX_TRIPLES: Final = 200


def graph_sections(
    store: Store, writer: TermWriter, statements: StatementWriter, thing: NamedNode
) -> Iterator[str]:
    """Yield the triples of a named graph, and those that are stated in a passage."""
    if store.has_graph(thing):
        yield write_section(writer.say("graph-holds"), _triples(store, writer, thing), name="holds")
    stated_items = [
        f"<li>{statements.write_grounds([graph])}{_triples(store, writer, graph)}</li>"
        for graph in _graphs_from(store, thing)
    ]
    if stated_items:
        yield write_section(
            writer.say("stated-here"), f"<ul>{''.join(stated_items)}</ul>\n", name="stated"
        )


def write_triple(writer: TermWriter, triple: Triple) -> str:
    """Write a triple as a line, with its three terms as links."""
    predicate_and_object = writer.relation_link(triple.predicate, writer.link(triple.object))
    return f"{writer.link(triple.subject)} {predicate_and_object}"


def _triples(store: Store, writer: TermWriter, graph: NamedNode) -> str:
    """Write the triples of a graph, or only some of them and a link to all."""
    triples = list(islice(store.triples(graph=graph), MAX_TRIPLES + 1))
    shown = sorted(triples[:MAX_TRIPLES], key=str)
    lines = "".join(f"<li>{write_triple(writer, triple)}</li>" for triple in shown)
    rest = ""
    if len(triples) > MAX_TRIPLES:
        address = escape(writer.local("/graphs", graph=graph.value, format="ttl"))
        rest = f'<p><a href="{address}">{writer.say("all")}</a></p>'
    return f"<ul>{lines}</ul>{rest}\n"


def _graphs_from(store: Store, passage: NamedNode) -> Iterable[NamedNode]:
    triples = store.triples(None, GLOCAL["fromPassage"], passage)
    graphs = (triple.subject for triple in triples if isinstance(triple.subject, NamedNode))
    return sorted(graphs, key=lambda graph: graph.value)


_OBSERVATION: Final = QB["Observation"]
_NOT_SHOWN: Final = frozenset({RDF["type"], RDFS["label"], QB["dataSet"]})

Nodes = Mapping[Term, Sequence[Triple]]


def group_by_node(description: Description) -> Nodes:
    """Group the triples about statement nodes, blank nodes and parts in a description by node."""
    nodes: defaultdict[Term, list[Triple]] = defaultdict(list)
    for triple in description.details:
        nodes[triple.subject].append(triple)
    return nodes


def write_nodes(
    writer: TermWriter, statements: StatementWriter, description: Description, nodes: Nodes
) -> str:
    """Write the nodes: the observations as one table, each other one as a section of its own."""
    figures = {node: triples for node, triples in nodes.items() if _is_observation(triples)}
    parts = [_figures(writer, statements, description, figures)] if figures else []
    others = "".join(
        write_section(
            writer.link(node),
            statements.write_statements(
                map(Statement, _shown(triples)), description.graphs_by_statement
            ),
            level=3,
        )
        for node, triples in nodes.items()
        if node not in figures
    )
    return "".join(parts) + write_section(writer.say("more"), others, name="more")


def _figures(
    writer: TermWriter, statements: StatementWriter, description: Description, figures: Nodes
) -> str:
    """Write a table of observations: a row for each, a column for each property that any has."""
    columns = _columns(description, figures)
    heads = [*map(writer.link, columns), writer.say("source")]
    rows = [
        [
            *(_cell(writer, triples, column) for column in columns),
            f"{_sources(statements, description, triples)} {_node(writer, node)}",
        ]
        for node, triples in figures.items()
    ]
    caption = writer.say("figures-of", thing=writer.name(description.thing))
    return write_section(
        writer.say("figures"), write_table("figures", caption, heads, sorted(rows)), name="figures"
    )


def _columns(description: Description, figures: Nodes) -> list[NamedNode]:
    """Return the properties of the table: first those with resources, then those with literals."""
    has_literals: dict[NamedNode, bool] = {}
    for triples in figures.values():
        for triple in triples:
            if triple.predicate not in _NOT_SHOWN and triple.object != description.thing:
                has_literals[triple.predicate] = isinstance(triple.object, Literal)
    return sorted(has_literals, key=lambda column: (has_literals[column], column.value))


def _cell(writer: TermWriter, triples: Sequence[Triple], column: NamedNode) -> str:
    return writer.links(triple.object for triple in triples if triple.predicate == column)


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


def _node(writer: TermWriter, node: Term) -> str:
    if not isinstance(node, NamedNode):
        return ""
    return f"<small>{writer.link(node, f'<code>{escape(shorten(node.value))}</code>')}</small>"


def _is_observation(triples: Sequence[Triple]) -> bool:
    return any(
        triple.predicate == RDF["type"] and triple.object == _OBSERVATION for triple in triples
    )


def _shown(triples: Sequence[Triple]) -> Sequence[Triple]:
    return [triple for triple in triples if triple.predicate not in _NOT_SHOWN]
