"""Statement nodes of a description -> HTML: figures as a table, the others one after another."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.description import Description
from kg.namespaces import QB, RDF, RDFS, shorten
from service.pages.frame import section, table
from service.pages.statements import Statement, StatementWriter
from service.pages.writer import Term, Writer

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
