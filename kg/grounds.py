"""What a graph of a release says of the statements in it: status, holder, passage or rule."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

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
