"""The kinds of values that the variables of a query may have, by the predicates they stand with."""

from collections.abc import Callable, Iterator
from typing import Any

from pyoxigraph import BlankNode, NamedNode, Variable

from kg.remote.queries.query_tree import Bind, Group, Path, Select, Triples, Values
from kg.remote.queries.scopes import certain, everything_in

# The kinds of the values of a predicate: `iri`, `blank`, `text` or the local name of a datatype.
KindsOf = Callable[[NamedNode], frozenset[str]]


class ValueKinds:
    """The kinds of values that the variables of a query may have."""

    def __init__(self, select: Select, kinds_of: KindsOf) -> None:
        self._kinds_of, self._select = kinds_of, select
        self._objects = dict[Any, list[Any]]()
        self._nodes, self._others = set[Any](), set[Any]()
        self._values = dict[Any, set[str]]()
        for element in everything_in(select):
            self._read(element)

    def _read(self, element: Any) -> None:
        if isinstance(element, Triples):
            for subject, path, object_ in element.patterns:
                self._nodes |= {subject, path}
                self._objects.setdefault(object_, []).append(path)
        elif isinstance(element, Group) and element.graph is not None:
            self._nodes.add(element.graph)
        elif isinstance(element, Values):
            for index, variable in enumerate(element.variables):
                for row in element.rows:
                    kind = "iri" if isinstance(row[index], NamedNode) else "text"
                    self._values.setdefault(variable, set()).add(kind)
        elif isinstance(element, Bind):
            self._others.add(element.variable)
        elif isinstance(element, Select):
            self._others |= {variable for variable, expression in element.items if expression}

    def of(self, variable: Any) -> frozenset[str] | None:
        """Return the kinds of a variable, or None if they are not known."""
        if variable in self._nodes and variable in certain(self._select.where):
            return frozenset({"iri", "blank"})
        if variable in self._others:
            return None
        found = {*self._values.get(variable, ())}
        if variable in self._nodes:
            found |= {"iri", "blank"}
        for path in self._objects.get(variable, ()):
            kinds = self._of_path(path)
            if kinds is None:
                return None
            found |= kinds
        return frozenset(found) or None

    def _of_path(self, path: Any) -> frozenset[str] | None:
        while isinstance(path, Path) and path.operator == "/":
            path = path.parts[-1]
        if isinstance(path, NamedNode):
            return self._kinds_of(path)
        if isinstance(path, Path) and path.operator == "^":
            return frozenset({"iri", "blank"})
        return None

    def unequal_joins(self) -> Iterator[str]:
        """Yield a gap if two patterns join on values that are equal without being the same term."""
        for variable, paths in self._objects.items():
            is_joined = len(paths) > 1 or variable in self._values
            if isinstance(variable, Variable | BlankNode) and is_joined:
                if variable in self._nodes:
                    continue
                kinds = self.of(variable)
                if kinds is None or len(kinds - {"iri", "blank", "text"}) > 1:
                    yield "a join on numbers of several types"
