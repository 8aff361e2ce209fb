"""Statements -> HTML: each with its status and passage, grouped by the pattern of its relation.

What a named graph holds, and what is stated in a passage -> HTML.

Statement nodes of a description -> HTML: figures as a table, the others one after another.
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
from kg.describe.evidence import Grounds
from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, QB, RDF, RDFS, shorten
from kg.store.quad_store import Store
from service.pages.layout import section, table
from service.pages.terms import Term, Writer

_MOST_REMEMBERED: Final = 65_536

Graphs = Mapping[Triple, Sequence[NamedNode]]
Modes = Mapping[Term, Collection[NamedNode]]


@dataclass(frozen=True)
class Statement:
    """A triple as it is seen from one of its ends."""

    triple: Triple
    is_incoming: bool = False

    @property
    def other(self) -> Term:
        """The other end."""
        return self.triple.subject if self.is_incoming else self.triple.object


class StatementWriter:
    """Writes statements with what they stand on, for many pages."""

    def __init__(self, writer: Writer, grounds: Grounds, patterns: RelationPatterns) -> None:
        self._writer, self._grounds, self._patterns = writer, grounds, patterns
        self._ground = lru_cache(_MOST_REMEMBERED)(self._written_ground)

    def grouped(
        self, statements: Sequence[Statement]
    ) -> list[tuple[NamedNode | None, list[Statement]]]:
        """The statements by pattern, in order of its name; at the end those without.

        A relation belongs to the patterns above it; one that has none, to those in which the
        release says that its two ends stand. What says no more than a pattern or a mode is left
        out where something more telling is said of the same two ends.
        """
        patterns, marked = self._patterns.patterns, self._patterns.marked
        by_ends: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for one in statements:
            by_ends[one.other] |= patterns.get(one.triple.predicate, frozenset())
        found: defaultdict[NamedNode | None, list[Statement]] = defaultdict(list)
        telling: set[tuple[NamedNode | None, Term]] = set()
        for one in statements:
            own: Collection[NamedNode | None] = (
                patterns.get(one.triple.predicate) or by_ends[one.other] or (None,)
            )
            for pattern in own:
                found[pattern].append(one)
                if one.triple.predicate not in marked:
                    telling.add((pattern, one.other))
        groups = [
            (pattern, [one for one in several if not self._is_bare(one, pattern, telling)])
            for pattern, several in found.items()
        ]
        return sorted(
            ((pattern, several) for pattern, several in groups if several),
            key=lambda pair: (pair[0] is None, pair[0].value if pair[0] else ""),
        )

    def _is_bare(
        self, one: Statement, pattern: NamedNode | None, telling: set[tuple[NamedNode | None, Term]]
    ) -> bool:
        return one.triple.predicate in self._patterns.marked and (pattern, one.other) in telling

    def listed(
        self, statements: Iterable[Statement], graphs: Graphs, modes: Modes | None = None
    ) -> str:
        """Statements by property, each with what it stands on, and the modes of its two ends."""
        modes = modes or {}
        by_property: defaultdict[tuple[bool, NamedNode], list[Statement]] = defaultdict(list)
        for one in statements:
            by_property[one.is_incoming, one.triple.predicate].append(one)
        return listed_terms(
            (
                self._property(ones[0]),
                [
                    self.written(one, graphs.get(one.triple, ()), modes.get(one.other, ()))
                    for one in sorted(ones, key=self._by_name)
                ],
            )
            for _, ones in sorted(by_property.items(), key=_by_direction)
        )

    def written(
        self, one: Statement, graphs: Sequence[NamedNode], modes: Collection[NamedNode] = ()
    ) -> str:
        """The other end of a statement and what the statement stands on."""
        said = ""
        if modes:
            links = self._writer.links(sorted(modes, key=str))
            said = f" <i>{self._writer.say('mode', mode=links)}</i>"
        return f"{self._writer.link(one.other)}{said} {self.grounds(graphs, one.triple)}"

    def is_derived(self, graphs: Iterable[NamedNode]) -> bool:
        """Whether statements in these graphs are nowhere asserted."""
        found = [ground for graph in graphs if (ground := self._grounds.of(graph)) is not None]
        return bool(found) and all(ground.is_derived for ground in found)

    def grounds(self, graphs: Iterable[NamedNode], triple: Triple | None = None) -> str:
        """On what statements in these graphs stand: asserted first."""
        found = [ground for graph in graphs if (ground := self._grounds.of(graph)) is not None]
        found.sort(key=lambda ground: (ground.is_derived, ground.graph.value))
        asserted = [self._ground(one.graph) for one in found if not one.is_derived]
        # One derivation is enough to ask for all: its link leads to the strongest proof.
        derived = [self._ground(one.graph) for one in found if one.is_derived][:1]
        why = [f"<small>{self._why(triple)}</small>"] if derived and triple else []
        return " ".join((*asserted, *derived, *why))

    def _written_ground(self, graph: NamedNode) -> str:
        """Status, holder, passages and sources of one graph, with a link to it."""
        one = self._grounds.of(graph)
        if one is None:
            return ""
        writer, say = self._writer, self._writer.say
        before = say("derived") + say("colon") if one.is_derived else ""
        mark = "status derived" if one.is_derived else "status"
        parts = [f'<span class="{mark}">{before}{writer.link(one.status)}</span>']
        parts += [say("held-by", holder=writer.link(holder)) for holder in one.holders]
        parts += [writer.link(passage) for passage in one.passages]
        parts += [say("source") + say("colon") + writer.link(source) for source in one.sources]
        parts += [say("valid", time=escape(time.value)) for time in one.times]
        parts += [writer.text(note) for note in writer.sorted_texts(one.notes)[:1]]
        if not one.is_derived:
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

    def _property(self, one: Statement) -> str:
        """The name of a property; of one that leads to the thing, with the thing after it."""
        predicate, end = one.triple.predicate, one.triple.object
        if not one.is_incoming or not isinstance(end, NamedNode):
            return self._writer.link(predicate)
        text = self._writer.with_end(predicate, self._writer.label(end).value)
        return f"… {self._writer.link(predicate, escape(text))}"

    def modes_of(self, statements: Iterable[Statement]) -> Modes:
        """The modes in which the thing and each other end deal with each other."""
        modes: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for one in statements:
            modes[one.other] |= self._patterns.modes.get(one.triple.predicate, frozenset())
        return modes

    def _by_name(self, one: Statement) -> tuple[str, str]:
        other = one.other
        name = self._writer.label(other).value if isinstance(other, NamedNode) else ""
        return name, str(other)


def listed_terms(pairs: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A list of properties, each with its values."""
    items = "\n".join(
        f"<dt>{name}</dt>" + "".join(f"<dd>{value}</dd>" for value in values)
        for name, values in pairs
    )
    return f'<dl class="said">\n{items}</dl>\n' if items else ""


def _by_direction(pair: tuple[tuple[bool, NamedNode], object]) -> tuple[bool, str]:
    is_incoming, name = pair[0]
    return is_incoming, name.value


MOST_TRIPLES: Final = 200


def holdings(
    store: Store, writer: Writer, statements: StatementWriter, thing: NamedNode
) -> Iterator[str]:
    """The triples of the graph that the thing is, and those of the graphs from the passage."""
    if store.has_graph(thing):
        yield section(writer.say("graph-holds"), _triples(store, writer, thing), name="holds")
    stated = [
        f"<li>{statements.grounds([graph])}{_triples(store, writer, graph)}</li>"
        for graph in _graphs_from(store, thing)
    ]
    if stated:
        yield section(writer.say("stated-here"), f"<ul>{''.join(stated)}</ul>\n", name="stated")


def sentence(writer: Writer, triple: Triple) -> str:
    """A triple as a line: its three terms as links."""
    said = writer.relation(triple.predicate, writer.link(triple.object))
    return f"{writer.link(triple.subject)} {said}"


def _triples(store: Store, writer: Writer, graph: NamedNode) -> str:
    """The triples of a graph, or the first of them and where all are."""
    first = list(islice(store.matching(graph=graph), MOST_TRIPLES + 1))
    shown = sorted(first[:MOST_TRIPLES], key=str)
    lines = "".join(f"<li>{sentence(writer, one)}</li>" for one in shown)
    rest = ""
    if len(first) > MOST_TRIPLES:
        address = escape(writer.local("/graphs", graph=graph.value, format="ttl"))
        rest = f'<p><a href="{address}">{writer.say("all")}</a></p>'
    return f"<ul>{lines}</ul>{rest}\n"


def _graphs_from(store: Store, passage: NamedNode) -> Iterable[NamedNode]:
    found = store.matching(None, GLOCAL["fromPassage"], passage)
    graphs = (one.subject for one in found if isinstance(one.subject, NamedNode))
    return sorted(graphs, key=lambda graph: graph.value)


_OBSERVATION: Final = QB["Observation"]
_ASIDE: Final = frozenset({RDF["type"], RDFS["label"], QB["dataSet"]})

Nodes = Mapping[Term, Sequence[Triple]]


def nodes_of(description: Description) -> Nodes:
    """What is said of each statement node, blank node or part in the description of a thing."""
    found: defaultdict[Term, list[Triple]] = defaultdict(list)
    for triple in description.details:
        found[triple.subject].append(triple)
    return found


def statement_nodes(
    writer: Writer, statements: StatementWriter, description: Description, nodes: Nodes
) -> str:
    """The nodes: observations as one table, each of the others as a part of its own."""
    figures = {node: said for node, said in nodes.items() if _is_observation(said)}
    parts = [_figures(writer, statements, description, figures)] if figures else []
    others = "".join(
        section(
            writer.link(node),
            statements.listed(map(Statement, _shown(said)), description.said_in),
            level=3,
        )
        for node, said in nodes.items()
        if node not in figures
    )
    return "".join(parts) + section(writer.say("more"), others, name="more")


def _figures(
    writer: Writer, statements: StatementWriter, description: Description, figures: Nodes
) -> str:
    """A table of observations: a row for each, a column for each property that some have."""
    columns = _columns(description, figures)
    heads = [*map(writer.link, columns), writer.say("source")]
    rows = [
        [
            *(_cell(writer, said, column) for column in columns),
            f"{_sources(statements, description, said)} {_node(writer, node)}",
        ]
        for node, said in figures.items()
    ]
    caption = writer.say("figures-of", thing=writer.name(description.thing))
    return section(
        writer.say("figures"), table("figures", caption, heads, sorted(rows)), name="figures"
    )


def _columns(description: Description, figures: Nodes) -> list[NamedNode]:
    """The properties of the table: those that name things before those that say numbers."""
    numbers: dict[NamedNode, bool] = {}
    for said in figures.values():
        for one in said:
            if one.predicate not in _ASIDE and one.object != description.thing:
                numbers[one.predicate] = isinstance(one.object, Literal)
    return sorted(numbers, key=lambda column: (numbers[column], column.value))


def _cell(writer: Writer, said: Sequence[Triple], column: NamedNode) -> str:
    return writer.links(one.object for one in said if one.predicate == column)


def _sources(statements: StatementWriter, description: Description, said: Sequence[Triple]) -> str:
    graphs = dict.fromkeys(
        graph
        for one in said
        if one.predicate not in _ASIDE
        for graph in description.said_in.get(one, ())
    )
    return statements.grounds(graph for graph in graphs if not statements.is_derived([graph]))


def _node(writer: Writer, node: Term) -> str:
    if not isinstance(node, NamedNode):
        return ""
    return f"<small>{writer.link(node, f'<code>{escape(shorten(node.value))}</code>')}</small>"


def _is_observation(said: Sequence[Triple]) -> bool:
    return any(one.predicate == RDF["type"] and one.object == _OBSERVATION for one in said)


def _shown(said: Sequence[Triple]) -> Sequence[Triple]:
    return [one for one in said if one.predicate not in _ASIDE]
