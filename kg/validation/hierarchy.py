"""Reachability in a graph, and the class hierarchy of an ontology."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import combinations
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import OWL, RDF, RDFS

Subject = NamedNode | BlankNode | Triple
Object = NamedNode | BlankNode | Literal | Triple
_Node = TypeVar("_Node")


def closure(pairs: Iterable[tuple[_Node, _Node]]) -> dict[_Node, set[_Node]]:
    """Return the transitive closure: each first member with everything reachable from it."""
    direct: defaultdict[_Node, set[_Node]] = defaultdict(set)
    for lower, upper in pairs:
        direct[lower].add(upper)
    return {start: reachable(start, lambda node: direct.get(node, ())) for start in direct}


def reachable(start: _Node, next_nodes: Callable[[_Node], Iterable[_Node]]) -> set[_Node]:
    """Return the nodes that one or more steps lead to; the start itself only if in a cycle."""
    reached: set[_Node] = set()
    pending = [*next_nodes(start)]
    while pending:
        node = pending.pop()
        if node not in reached:
            reached.add(node)
            pending += next_nodes(node)
    return reached


class ClassHierarchy:
    """The classes of an ontology: the superclasses of each, and which are disjoint."""

    def __init__(self, ontology: Sequence[Quad]) -> None:
        self.superclasses: Mapping[object, set[object]] = closure(
            pairs_of(ontology, RDFS["subClassOf"])
        )
        lists = members_by_type(ontology, OWL["AllDisjointClasses"])
        self._disjoint = [pair for members in lists for pair in combinations(members, 2)]
        self._disjoint += pairs_of(ontology, OWL["disjointWith"])

    def above(self, classes: Iterable[object]) -> set[object]:
        """Return these classes and all their superclasses."""
        return {*classes}.union(*(self.superclasses.get(class_, ()) for class_ in classes))

    def find_disjoint(self, classes: Set[object], others: Set[object]) -> list[Any]:
        """Return the first two classes, one from each set, that are disjoint, or an empty list."""
        for pair in self._disjoint:
            for one, other in (pair, pair[::-1]):
                if one in classes and other in others:
                    return [one, other]
        return []


def members_by_type(quads: Sequence[Quad], axiom_type: NamedNode) -> list[list[object]]:
    """Return the `owl:members` of each axiom of this type."""
    axioms = {quad.subject for quad in quads if quad.object == axiom_type}
    lists = (members for axiom, members in pairs_of(quads, OWL["members"]) if axiom in axioms)
    return [list_members(quads, members) for members in lists]


def list_members(quads: Sequence[Quad], head: object) -> list[object]:
    """Return the members of an RDF list, in order; a cyclic list ends where it repeats."""
    first: dict[object, object] = dict(pairs_of(quads, RDF["first"]))
    rest: dict[object, object] = dict(pairs_of(quads, RDF["rest"]))
    members = []
    while head in first:
        members.append(first.pop(head))
        head = rest.get(head)
    return members


def pairs_of(quads: Iterable[Quad], predicate: NamedNode) -> list[tuple[Subject, Object]]:
    """Return subject and object of each quad with this predicate."""
    return [(quad.subject, quad.object) for quad in quads if quad.predicate == predicate]
