"""Find the RDF lists of a graph that JSON-LD can write as `@list`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyoxigraph import BlankNode, Quad, Triple

from kg.namespaces import RDF

_FIRST, _REST, _NIL = RDF["first"], RDF["rest"], RDF["nil"]


def take_lists(
    statements: Iterable[Quad | Triple],
) -> tuple[list[Quad | Triple], Mapping[Any, Sequence[Any]]]:
    """Return the statements without those of lists, and the members of each list by its first node.

    A node belongs to a list if it is blank, has one rdf:first and one rdf:rest and nothing else but
    its type, and if one statement refers to it, in the same graph. All others are left.
    """
    every = list(statements)
    about: dict[Any, list[Quad | Triple]] = defaultdict(list)
    users: dict[Any, list[Quad | Triple]] = defaultdict(list)
    for one in every:
        if isinstance(one.subject, BlankNode):
            about[one.subject].append(one)
        if isinstance(one.object, BlankNode):
            users[one.object].append(one)
    nodes = {node: _read_node(said, users[node]) for node, said in about.items()}
    lists: dict[Any, list[Any]] = {}
    taken = set[Any]()
    for node, user in ((node, users[node]) for node, found in nodes.items() if found):
        if user[0].predicate == _REST and nodes.get(user[0].subject):
            # It is not the first one.
            continue
        members, chain, at = list[Any](), list[Any](), node
        while found := nodes.get(at):
            members.append(found[0])
            chain.append(at)
            at = found[1]
        if at == _NIL:
            lists[node] = members
            taken.update(chain)
    return [one for one in every if one.subject not in taken], lists


def _read_node(
    said: Sequence[Quad | Triple], users: Sequence[Quad | Triple]
) -> tuple[Any, Any] | None:
    """Return the member and the rest of a node that can be part of a list, or None."""
    objects = {one.predicate: one.object for one in said}
    kinds = Counter(one.predicate for one in said)
    graphs = {one.graph_name if isinstance(one, Quad) else None for one in (*said, *users)}
    is_typed = objects.pop(RDF["type"], RDF["List"]) == RDF["List"]
    if len(users) != 1 or len(graphs) != 1 or not is_typed or max(kinds.values()) > 1:
        return None
    return (objects[_FIRST], objects[_REST]) if objects.keys() == {_FIRST, _REST} else None
