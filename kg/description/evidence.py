"""A description -> its statements in the graphs that hold them, and who says so and where.

For formats with named graphs alone: framing and formats for triples drop them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad, Triple

from kg.description.describer import Describer
from kg.description.description import Description
from kg.namespaces import GLOCAL
from kg.store.quad_store import Store

# What a graph rests on is told in full: page and paragraph of a passage, the sentence of a rule.
_GROUNDS: Final = (GLOCAL["fromPassage"], GLOCAL["byRule"])


@dataclass(frozen=True)
class Evidence:
    """The triples of the default graph, and the statements in their graphs."""

    triples: tuple[Triple, ...]
    named: tuple[Quad, ...]


def evidence_of(store: Store, describer: Describer, description: Description) -> Evidence:
    """The description, and its statements in the evidence and derived graphs that hold them.

    Of each of these graphs the default graph has all that is said of it (status, holder, time,
    note), of its passages (page, paragraph) and of its rule. What does not hold stands in its
    graph alone.
    """
    held = [(graph, one) for one, graphs in description.said_in.items() for graph in graphs]
    unheld = [(graph, one) for graph, ones in description.unheld.items() for one in ones]
    named = [Quad(one.subject, one.predicate, one.object, graph) for graph, one in (*held, *unheld)]
    graphs = dict.fromkeys(graph for graph, _ in (*held, *unheld))
    about = [triple for graph in graphs for triple in _with_grounds(store, graph)]
    labels = describer.labels_of([*about, *(statement for _, statement in unheld)])
    triples = dict.fromkeys((*description.triples, *about, *labels))
    return Evidence(tuple(triples), tuple(named))


def _with_grounds(store: Store, graph: NamedNode) -> Iterator[Triple]:
    """All that is said of a graph, of its passages and of its rule."""
    for triple in sorted(store.matching(graph), key=str):
        yield triple
        if triple.predicate in _GROUNDS and isinstance(triple.object, NamedNode):
            yield from sorted(store.matching(triple.object), key=str)
