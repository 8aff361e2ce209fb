"""The kinds of values that the variables of a query may have, by the predicates they stand with."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Variable

from kg.remote.queries.query_tree import Bind, Group, Path, Select, Triples, Union, Values, calls_in
from kg.remote.queries.scopes import everything_in, expressions_of, possible

Kinds = frozenset[str]
# The kinds of the values of a predicate: `iri`, `blank`, `text` or the local name of a datatype.
KindsOf = Callable[[NamedNode], Kinds]
_NODES: Final[Kinds] = frozenset({"iri", "blank"})
# Of these no two terms are equal without being the same.
_EXACT: Final[Kinds] = _NODES | {"text"}


class ValueKinds:
    """The kinds of values that the variables of a query may have."""

    def __init__(self, select: Select, kinds_of: KindsOf) -> None:
        self._kinds_of, self._select = kinds_of, select
        self._objects = dict[Any, list[Any]]()
        self._nodes, self._others = set[Any](), set[Any]()
        self._values = dict[Any, set[str]]()
        self._fixed = fixed_kinds(select.where)
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
                    self._values.setdefault(variable, set()).add(_kind(row[index]))
        elif isinstance(element, Bind):
            self._others.add(element.variable)
        elif isinstance(element, Select):
            self._others |= {variable for variable, expression in element.items if expression}

    def of(self, variable: Any) -> Kinds | None:
        """Return the kinds of a variable, or None if they are not known."""
        return self._fixed.get(variable) or self._of_any(variable)

    def may_be_blank(self, variable: Any) -> bool:
        """Return whether a value may be a blank node, wherever in a query the variable is."""
        kinds = self._of_any(variable)
        return kinds is None or "blank" in kinds

    def _of_any(self, variable: Any) -> Kinds | None:
        if variable in self._others:
            return None
        found = {*self._values.get(variable, ())}
        if variable in self._nodes:
            found |= _NODES
        for path in self._objects.get(variable, ()):
            kinds = self._of_path(path)
            if kinds is None:
                return None
            found |= kinds
        return frozenset(found) or None

    def _of_path(self, path: Any) -> Kinds | None:
        while isinstance(path, Path) and path.operator == "/":
            path = path.parts[-1]
        if isinstance(path, NamedNode):
            return self._kinds_of(path)
        if isinstance(path, Path) and path.operator == "^":
            return _NODES
        return None

    def unequal_joins(self) -> Iterator[str]:
        """Yield a gap if two patterns join on values that are equal without being the same term."""
        for variable, count in _joined(self._select.where, frozenset()).items():
            kinds = self.of(variable)
            if count > 1 and (kinds is None or len(kinds - _EXACT) > 1):
                yield "a join on numbers of several types"


def fixed_kinds(element: Any) -> Mapping[Any, Kinds]:
    """Return the variables that an element binds to a node, or to inline values, in each solution.

    Solutions of other parts of a query in which they have other kinds of values join with none.
    """
    if isinstance(element, Triples):
        ends = (end for subject, path, _ in element.patterns for end in (subject, path))
        return {end: _NODES for end in ends if _is_open(end)}
    if isinstance(element, Values):
        columns = zip(element.variables, zip(*element.rows, strict=True), strict=False)
        return {
            variable: frozenset(map(_kind, column))
            for variable, column in columns
            if all(map(_is_exact, column))
        }
    if isinstance(element, Union):
        first, *others = map(fixed_kinds, element.groups)
        return {
            variable: kinds.union(*(other[variable] for other in others))
            for variable, kinds in first.items()
            if all(variable in other for other in others)
        }
    if isinstance(element, Select):
        inner = fixed_kinds(element.where)
        returned = {variable for variable, expression in element.items if expression is None}
        return {name: inner[name] for name in inner if name in returned or not element.items}
    if isinstance(element, Group) and element.kind not in ("OPTIONAL", "MINUS"):
        return _fixed_in(element)
    return {}


def _fixed_in(group: Group) -> Mapping[Any, Kinds]:
    found = {group.graph: _NODES} if _is_open(group.graph) else {}
    for element in group.elements:
        for variable, kinds in fixed_kinds(element).items():
            found[variable] = found.get(variable, kinds) & kinds or kinds
    return found


def _joined(element: Any, fixed: frozenset[Any]) -> Counter[Any]:
    """Count the places of an element that are joined by each variable, except the fixed ones."""
    found = Counter(_places(element))
    if isinstance(element, Union):
        for group in element.groups:
            found |= _joined(group, fixed)
    elif isinstance(element, Group):
        fixed |= _fixed_in(element).keys()
        for one in element.elements:
            found += _joined(one, fixed)
    for expression in expressions_of(element):
        for call in calls_in(expression):
            if call.group is not None:
                found += _joined(call.group, fixed)
    return Counter({name: count for name, count in found.items() if name not in fixed})


def _places(element: Any) -> Iterable[Any]:
    """Return the variables of an element without groups, as often as it joins by them."""
    if isinstance(element, Triples):
        return (object_ for _, _, object_ in element.patterns if _is_open(object_))
    if isinstance(element, Values | Bind | Select):
        return possible(element)
    return ()


def _is_open(term: Any) -> bool:
    return isinstance(term, Variable | BlankNode)


def _kind(term: Any) -> str:
    return "iri" if isinstance(term, NamedNode) else "text"


def _is_exact(term: Any) -> bool:
    """Return whether an inline value equals no other term."""
    datatype = getattr(term, "datatype", None)
    is_text = datatype is not None and datatype.value.endswith(("#string", "#langString"))
    return isinstance(term, NamedNode) or is_text
