"""What a graph of a release says of the statements in it: status, holder, passage or rule.

A description -> its statements in the graphs that hold them, and who says so and where.

For formats with named graphs alone: framing and formats for triples drop them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.description import Describer, Description
from kg.namespaces import DCTERMS, GLOCAL, RDF, SKOS
from kg.store.quad_store import Store

_MOST_REMEMBERED: Final = 65_536


@dataclass(frozen=True)
class Ground:
    """On what the statements of an evidence graph, or of a derived one, stand.

    `rules` derived them; `sources` are outside the text that is read, cited there or not.
    """

    graph: NamedNode
    status: NamedNode
    is_derived: bool
    holders: tuple[NamedNode, ...]
    passages: tuple[NamedNode, ...]
    rules: tuple[NamedNode, ...]
    sources: tuple[NamedNode, ...]
    times: tuple[Literal, ...]
    notes: tuple[Literal, ...]


class Grounds:
    """The grounds of one release, each read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.of = lru_cache(_MOST_REMEMBERED)(self._read)

    def _read(self, graph: NamedNode) -> Ground | None:
        """What the graph says of its statements; nothing of one that has no status."""
        said: dict[NamedNode, list[Any]] = {}
        for triple in self._store.matching(graph):
            said.setdefault(triple.predicate, []).append(triple.object)
        names = {
            key: tuple(sorted((one for one in ends if isinstance(one, NamedNode)), key=_name))
            for key, ends in said.items()
        }
        texts = {
            key: tuple(one for one in ends if isinstance(one, Literal))
            for key, ends in said.items()
        }
        statuses = names.get(GLOCAL["hasStatus"], ())
        if not statuses:
            return None
        cited = names.get(GLOCAL["citedFrom"], ())
        return Ground(
            graph,
            statuses[0],
            is_derived=GLOCAL["DerivedGraph"] in names.get(RDF["type"], ()),
            holders=names.get(GLOCAL["heldBy"], ()),
            passages=names.get(GLOCAL["fromPassage"], ()),
            rules=names.get(GLOCAL["byRule"], ()),
            sources=(*cited, *names.get(DCTERMS["source"], ())),
            times=texts.get(GLOCAL["validTime"], ()),
            notes=texts.get(SKOS["note"], ()),
        )


def _name(iri: NamedNode) -> str:
    return iri.value


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
