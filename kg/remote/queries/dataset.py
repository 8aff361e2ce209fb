"""The dataset of a query on a server: which graphs it may see there.

A request cannot list 1,500 named graphs for every query, and a server may show its own and other
people's. So each `GRAPH ?g` is joined with the list of the release's graphs that the server holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import NamedNode, Variable

from kg.namespaces import DERIVED, GRAPH
from kg.remote.layout import GRAPHS, NAMED_GRAPH
from kg.remote.queries.query_tree import Group, Select
from kg.remote.queries.scopes import everything_in, has_default_patterns, is_tested_outside
from kg.store.sparql.query import Query

# A graph that is not there, lest a server shows all of them.
NOWHERE: Final = NamedNode(f"{GRAPHS.value}/none")
# The names of all graphs are never sent as `named-graph-uri`: 1,500 make
# oxigraph's server look into each graph for each row, and Virtuoso repeat them in a header.
# Virtuoso has no constant `false` that is a condition.
_NOTHING: Final = " FILTER(1 = 2) "
_ONE: Final = "?graph_number_"
_DERIVED: Final = (f"{DERIVED.value}-", f"{GRAPH}follows-from-")


@dataclass(frozen=True)
class ServerDataset:
    """The graphs on a server that are the default graph of a query, and its named graphs.

    `all_named` are those of the release; `named` is None if the query may see all of them.
    `known` are others that a query of this project may name.
    """

    default: Sequence[NamedNode]
    all_named: frozenset[NamedNode]
    named: frozenset[NamedNode] | None = None
    known: frozenset[NamedNode] = frozenset()

    @property
    def visible(self) -> frozenset[NamedNode]:
        """The names of the graphs that the query may see."""
        return self.all_named if self.named is None else self.named & self.all_named

    def has(self, name: Any) -> bool:
        """Return whether a query may see the graph with a name."""
        return name in self.visible or name in self.known


@dataclass(frozen=True)
class Edit:
    """A replacement of a part of a text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Request:
    """A query as it is sent, with the graphs that the protocol names."""

    text: str
    default: Sequence[NamedNode]
    named: Sequence[NamedNode] = ()


def apply(text: str, edits: Sequence[Edit]) -> str:
    """Return the text with its edits; of nested ones, the outer one must not contain the others."""
    order = sorted(enumerate(edits), key=lambda pair: (-pair[1].start, -pair[1].end, -pair[0]))
    for _, edit in order:
        text = f"{text[: edit.start]}{edit.text}{text[edit.end :]}"
    return text


def graphs_of(select: Select) -> list[Group]:
    """Return the GRAPH groups of a query, wherever they stand."""
    found = (element for element in everything_in(select) if isinstance(element, Group))
    return [group for group in found if group.kind == "GRAPH"]


def restrict(
    query: Query,
    select: Select,
    dataset: ServerDataset,
    edits: Sequence[Edit],
    *,
    hides_constants: bool,
) -> Request:
    """Return the request whose patterns see exactly the dataset.

    `hides_constants`: with a default graph in the request and no named graphs, the server finds
    nothing in `GRAPH <iri>` but everything in `GRAPH ?g`, as Virtuoso does. Other servers find
    nothing in either of them.
    """
    text, default, visible = query.full_text, dataset.default, dataset.visible
    start, end = select.dataset
    edits = [*edits, Edit(start, end, " ")]
    groups = graphs_of(select)
    constants = {group.graph for group in groups if isinstance(group.graph, NamedNode)}
    are_constant = all(isinstance(group.graph, NamedNode) for group in groups)
    if not groups:
        return Request(apply(text, edits), default)
    if are_constant:
        named = sorted(filter(dataset.has, constants), key=str) or [NOWHERE]
        for group in groups:
            # Virtuoso finds a graph by its name even if it is not among the named graphs.
            if not dataset.has(group.graph):
                edits.append(Edit(group.start + 1, group.start + 1, _NOTHING))
        return Request(apply(text, edits), default, named)
    condition = _condition(dataset)
    if hides_constants:
        for number, group in enumerate(groups):
            edits += _hidden(group, f"{_ONE}{number}", condition, visible)
        return Request(apply(text, edits), default)
    edits += _wrapped(select, groups, condition, dataset)
    return Request(apply(text, edits), ())


def names_hidden_graph(select: Select, dataset: ServerDataset) -> bool:
    """Return whether a query has `GRAPH <iri>` for a graph that it may not see."""
    names = (group.graph for group in graphs_of(select) if isinstance(group.graph, NamedNode))
    return not all(map(dataset.has, names))


def spans_graphs(select: Select, dataset: ServerDataset) -> bool:
    """Return whether a query has `GRAPH ?g` beside patterns in a default graph of several graphs.

    Unless a server shows all named graphs beside these, it cannot be sent.
    """
    groups = graphs_of(select)
    is_one = len(dataset.default) == 1 and not is_tested_outside(select)
    has_variable = any(isinstance(group.graph, Variable) for group in groups)
    return has_variable and not is_one and has_default_patterns(select)


def _wrapped(
    select: Select,
    groups: Sequence[Group],
    condition: str,
    dataset: ServerDataset,
) -> list[Edit]:
    """Return the edits by which the default graph is a named one, and all others can be seen.

    A test by EXISTS does not change the order of joins, in which a list of graphs may come first.
    """
    opening, closing = select.where.start, select.where.end
    edits = [
        Edit(opening, opening, f"{{ GRAPH {dataset.default[0]} "),
        Edit(closing, closing, " }"),
    ]
    for group in groups:
        if isinstance(group.graph, Variable):
            listed = _listed(str(group.graph), str(GRAPHS), "", condition)
            edits.append(Edit(group.end, group.end, f" FILTER EXISTS {{{listed}}} "))
        elif not dataset.has(group.graph):
            edits.append(Edit(group.start + 1, group.start + 1, _NOTHING))
    return edits


def _condition(dataset: ServerDataset) -> str:
    """Return a condition on the listed graphs `?g` by which only the visible ones remain."""
    if dataset.named is None or dataset.visible == dataset.all_named:
        return ""
    if dataset.visible == frozenset(name for name in dataset.all_named if not _is_derived(name)):
        prefixes = " || ".join(f'STRSTARTS(STR(?g), "{prefix}")' for prefix in _DERIVED)
        return f"FILTER(!({prefixes}) && ?g != {DERIVED})"
    names = sorted(map(str, dataset.visible or {NOWHERE}))
    return f"FILTER(?g IN ({', '.join(names)}))"


def _is_derived(name: NamedNode) -> bool:
    return f"{name.value}-".startswith(_DERIVED)


def _listed(graph: str, name: str, more: str, condition: str) -> str:
    return f" GRAPH {name} {{ {graph} a {NAMED_GRAPH} {more}{condition.replace('?g', graph)} }} "


def _hidden(group: Group, fresh: str, condition: str, visible: frozenset[NamedNode]) -> list[Edit]:
    """Return the edits of a GRAPH group for a server that shows all graphs, but none by name."""
    inside = group.start + 1
    if isinstance(group.graph, NamedNode):
        test = f" FILTER({fresh} = {group.graph}) " if group.graph in visible else _NOTHING
        return [
            Edit(group.graph_start, group.graph_start + _length(group), f"{fresh} "),
            Edit(inside, inside, test),
        ]
    test = f"FILTER({fresh} = {GRAPHS}) "
    return [Edit(group.end, group.end, _listed(str(group.graph), fresh, test, condition))]


def _length(group: Group) -> int:
    return group.start - group.graph_start
