"""The classes that a release declares, and the numbers of their members in a view."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from pyoxigraph import NamedNode

from kg.describe.description import sorted_iris
from kg.namespaces import BASE, GRAPH, ID, OWL, RDF, RDFS
from kg.store.quad_store import Store

_DECLARED: Final = GRAPH["ontology"]
# The members that have IRIs of the project, as `select_members` lists them for one class, and those
# of them that are entities.
COUNT_MEMBERS: Final = f"""SELECT ?class (COUNT(*) AS ?count) (SUM(?isEntity) AS ?entities) WHERE {{
    ?member a ?class
    BIND (IF(STRSTARTS(STR(?member), "{ID}"), 1, 0) AS ?isEntity)
    FILTER (STRSTARTS(STR(?member), "{BASE}"))
    MINUS {{ ?member {OWL["deprecated"]} true }}
}} GROUP BY ?class"""


class ClassTree:
    """The hierarchy of the declared classes: broader and narrower ones as the ontology asserts."""

    def __init__(self, store: Store) -> None:
        typed = store.triples(None, RDF["type"], OWL["Class"], graph=_DECLARED)
        self.classes: Sequence[NamedNode] = sorted_iris(triple.subject for triple in typed)
        declared = {*self.classes}
        pairs = {
            (triple.subject, triple.object)
            for triple in store.triples(predicate=RDFS["subClassOf"], graph=_DECLARED)
            if triple.subject in declared and triple.object in declared
        }
        self._broader = _group((lower, upper) for lower, upper in pairs if lower != upper)
        self._narrower = _group((upper, lower) for lower, upper in pairs if lower != upper)

    def broader(self, class_: NamedNode) -> Sequence[NamedNode]:
        """Return the classes that a class is directly below."""
        return self._broader.get(class_, ())

    def narrower(self, class_: NamedNode) -> Sequence[NamedNode]:
        """Return the classes directly below a class."""
        return self._narrower.get(class_, ())

    def way_to(self, class_: NamedNode) -> list[NamedNode]:
        """Return a way from the top to a class, through the first of several broader ones."""
        way = [class_]
        while above := [one for one in self.broader(way[0]) if one not in way]:
            way.insert(0, above[0])
        return way

    @cached_property
    def main_classes(self) -> Sequence[NamedNode]:
        """The classes to begin with: those at the top, or what is below them if anything is."""
        tops = [class_ for class_ in self.classes if not self.broader(class_)]
        return sorted_iris({one for top in tops for one in self.narrower(top) or (top,)})


def _group(pairs: Iterable[tuple[Any, Any]]) -> Mapping[NamedNode, Sequence[NamedNode]]:
    groups: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
    for one, other in pairs:
        groups[one].append(other)
    return {one: sorted_iris(others) for one, others in groups.items()}
