"""What a named graph holds, and what is stated in a passage -> HTML."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode, Triple

from kg.namespaces import GLOCAL
from kg.store.quad_store import Store
from service.pages.frame import section
from service.pages.statements import StatementWriter
from service.pages.writer import Writer

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
