"""Which patterns and modes the relations of a release belong to, as its ontology says."""

from collections import defaultdict
from collections.abc import Mapping

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL, RDFS
from kg.store.quad_store import Store

Marks = Mapping[NamedNode, frozenset[NamedNode]]


class RelationPatterns:
    """Reads from a release by which patterns and modes its relations are ordered.

    `patterns` and `modes` have each property that is marked with some, or stands below one that
    is; `marked` those that are marked themselves, and say no more than the mark.
    """

    def __init__(self, store: Store) -> None:
        below = _narrower(store)
        self.marked: set[NamedNode] = set()
        self.patterns = self._read(store, GLOCAL["ofPattern"], below)
        self.modes = self._read(store, GLOCAL["ofMode"], below)

    def _read(
        self, store: Store, mark: NamedNode, below: Mapping[NamedNode, set[NamedNode]]
    ) -> Marks:
        found: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for triple in store.matching(predicate=mark):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                self.marked.add(triple.subject)
                for name in _reached(triple.subject, below):
                    found[name].add(triple.object)
        return {name: frozenset(marks) for name, marks in found.items()}


def _narrower(store: Store) -> Mapping[NamedNode, set[NamedNode]]:
    """Each property with those right below it."""
    below: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
    for triple in store.matching(predicate=RDFS["subPropertyOf"]):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            below[triple.object].add(triple.subject)
    return below


def _reached(top: NamedNode, below: Mapping[NamedNode, set[NamedNode]]) -> set[NamedNode]:
    found = {top}
    waiting = [top]
    while waiting:
        new = below.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found
