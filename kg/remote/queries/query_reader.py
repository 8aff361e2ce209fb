"""Read a SPARQL 1.1 query that the engine has accepted, into its parts.

A scanner of its own, since it must know the offsets of expressions, to rewrite them, and take a
tenth of a millisecond. Raises `UnreadQuery` for what it does not know, such as SPARQL 1.2.
"""

from itertools import count
from typing import Any, Final

from pyoxigraph import BlankNode, Variable

from kg.namespaces import RDF
from kg.remote.queries.expression_reader import ExpressionReader
from kg.remote.queries.query_scanner import NUMBER, VARIABLE, UnreadQuery
from kg.remote.queries.query_tree import (
    Bind,
    Filter,
    Group,
    Path,
    Select,
    Triples,
    Union,
    Values,
)
from kg.store.sparql.query import Query

_ORDER: Final = ("ASC", "DESC")


def read_query(query: Query) -> Select:
    """Return the parts of a query that the engine accepts."""
    try:
        return _Reader(query).read()
    except RecursionError as error:
        raise UnreadQuery("a query of that many levels") from error


class _Reader(ExpressionReader):
    def __init__(self, query: Query) -> None:
        super().__init__(query)
        self._numbers = count()

    # Queries

    def read(self) -> Select:
        if self.query.version is not None:
            raise UnreadQuery("VERSION")
        select = self._select()
        if self.at < len(self.text):
            self.fail()
        return select

    def _select(self) -> Select:
        start = self.at
        form = self.take_word("SELECT", "ASK", "CONSTRUCT", "DESCRIBE") or self.fail()
        select = Select(form)
        if form == "SELECT":
            select.modifier = self.take_word("DISTINCT", "REDUCED") or ""
            self._read_items(select)
        elif form == "DESCRIBE":
            while self.take("*") is None and not self.sees("{") and self.at < len(self.text):
                if self.keyword() in ("WHERE", "FROM"):
                    break
                select.resources.append(self.term())
        elif form == "CONSTRUCT" and self.sees("{"):
            self.take("{")
            select.template = self._triples()
            self.expect("}")
        start_of_dataset = self.at
        self._read_dataset()
        select.dataset = start_of_dataset, self.at
        is_short = form == "CONSTRUCT" and self.keyword() == "WHERE" and not select.template
        self.take_word("WHERE")
        select.head = start, self.at
        if form != "DESCRIBE" or self.sees("{"):
            select.where = self.group()
        if is_short:
            select.template = [
                pattern
                for element in select.where.elements
                if isinstance(element, Triples)
                for pattern in element.patterns
            ]
        self._read_modifiers(select)
        return select

    def _read_items(self, select: Select) -> None:
        if self.take("*"):
            return
        while not self.sees("{") and self.keyword() not in ("WHERE", "FROM"):
            if self.take("("):
                expression = self.expression()
                if not self.take_word("AS"):
                    self.fail()
                select.items.append((self.variable(), expression))
                self.expect(")")
            else:
                select.items.append((self.variable(), None))

    def _read_dataset(self) -> None:
        while self.take_word("FROM"):
            self.take_word("NAMED")
            self.iri()

    def _read_modifiers(self, select: Select) -> None:
        if self.take_word("GROUP"):
            self.take_word("BY")
            while self.starts_constraint() or self.sees("?", "$"):
                select.keys.append(self.key())
        if self.take_word("HAVING"):
            while self.starts_constraint():
                select.having.append(self.constraint())
        start_of_slice = self.at
        if self.take_word("ORDER"):
            self.take_word("BY")
            while self.starts_constraint() or self.sees("?", "$"):
                select.order_starts.append(self.at)
                select.descending.append(self.take_word(*_ORDER) == "DESC")
                is_variable = self.sees("?", "$")
                select.order.append(self.variable() if is_variable else self.constraint())
        while word := self.take_word("LIMIT", "OFFSET"):
            number = int(self.match(NUMBER) or self.fail())
            if word == "LIMIT":
                select.limit = number
            else:
                select.offset = number
        select.slice = start_of_slice, self.at
        if self.take_word("VALUES"):
            select.values = self._values()

    # Patterns

    def group(self, kind: str = "GROUP", graph: Any = None, graph_start: int = 0) -> Group:
        """Take a group with its elements."""
        start = self.at
        self.expect("{")
        elements = list[Any]()
        if self.keyword() == "SELECT":
            elements.append(self._select())
        while not self.sees("}"):
            element = self._element()
            if element is not None:
                elements.append(element)
            self.take(".")
        end = self.at + 1
        self.expect("}")
        return Group(elements, start, end, kind, graph, graph_start)

    def _element(self) -> Any:
        word = self.keyword()
        if self.sees("{"):
            groups = [self.group()]
            while self.take_word("UNION"):
                groups.append(self.group())
            return groups[0] if len(groups) == 1 else Union(groups)
        if self.take_word("OPTIONAL", "MINUS"):
            return self.group(word)
        if self.take_word("GRAPH"):
            start = self.at
            return self.group("GRAPH", self.term(), start)
        if self.take_word("FILTER"):
            start = self.at
            expression = self.constraint()
            # The end is that of the spaces and comments after it.
            return Filter(expression, start, self.at)
        if self.take_word("BIND"):
            self.expect("(")
            expression = self.expression()
            if not self.take_word("AS"):
                self.fail()
            bind = Bind(expression, self.variable())
            self.expect(")")
            return bind
        if self.take_word("VALUES"):
            return self._values()
        if word and word not in ("TRUE", "FALSE"):
            raise UnreadQuery(word)
        return Triples(self._triples())

    def _values(self) -> Values:
        names, rows = list[Variable](), list[list[Any]]()
        is_row = self.take("(")
        while self.sees("?", "$"):
            names.append(self.variable())
            if not is_row:
                break
        if is_row:
            self.expect(")")
        self.expect("{")
        while not self.take("}"):
            if not is_row:
                rows.append([self._value()])
                continue
            self.expect("(")
            rows.append([])
            while not self.take(")"):
                rows[-1].append(self._value())
        return Values(names, rows)

    def _value(self) -> Any:
        return None if self.take_word("UNDEF") else self.term()

    def _triples(self) -> list[tuple[Any, Any, Any]]:
        found = list[tuple[Any, Any, Any]]()
        while True:
            is_node = self.sees("[", "(") is not None
            subject = self._node(found)
            if not (is_node and self._ends_triples()):
                self._read_properties(subject, found)
            if not self.take(".") or self._ends_triples():
                return found

    def _ends_triples(self) -> bool:
        word = self.keyword()
        # `a` is a predicate, after brackets.
        is_term = word in ("TRUE", "FALSE", "A")
        return bool(self.sees("}", "{", ".") or (word and not is_term))

    def _read_properties(self, subject: Any, found: list[tuple[Any, Any, Any]]) -> None:
        while True:
            predicate = self.variable() if self.sees("?", "$") else self._path()
            while True:
                found.append((subject, predicate, self._node(found)))
                if self.sees("{|", "~"):
                    raise UnreadQuery("annotations (SPARQL 1.2)")
                if not self.take(","):
                    break
            while self.take(";"):
                if not self.sees(";"):
                    break
            else:
                return
            if self.sees("]", ".", "}"):
                return

    def _node(self, found: list[tuple[Any, Any, Any]]) -> Any:
        if self.sees("<<"):
            raise UnreadQuery("triple terms (SPARQL 1.2)")
        if self.take("["):
            node = self._new_node()
            if not self.take("]"):
                self._read_properties(node, found)
                self.expect("]")
            return node
        if self.take("("):
            return self._collection(found)
        return self.term()

    def _collection(self, found: list[tuple[Any, Any, Any]]) -> Any:
        members = list[Any]()
        while not self.take(")"):
            members.append(self._node(found))
        nodes = [*(self._new_node() for _ in members), RDF["nil"]]
        for node, member, rest in zip(nodes, members, nodes[1:], strict=False):
            found += [(node, RDF["first"], member), (node, RDF["rest"], rest)]
        return nodes[0]

    def _new_node(self) -> BlankNode:
        return BlankNode(f"without-a-name-{next(self._numbers)}")

    def _path(self) -> Any:
        parts = [self._path_sequence()]
        while self.take("|"):
            parts.append(self._path_sequence())
        return parts[0] if len(parts) == 1 else Path("|", tuple(parts))

    def _path_sequence(self) -> Any:
        parts = [self._path_step()]
        while self.take("/"):
            parts.append(self._path_step())
        return parts[0] if len(parts) == 1 else Path("/", tuple(parts))

    def _path_step(self) -> Any:
        is_inverse = self.take("^")
        step = self._path_primary()
        # A question mark may also begin the object.
        if self.sees("?") and not VARIABLE.match(self.text, self.at):
            step = Path(self.take("?") or "", (step,))
        elif mark := self.take("*", "+"):
            step = Path(mark, (step,))
        return Path("^", (step,)) if is_inverse else step

    def _path_primary(self) -> Any:
        if self.take("!"):
            if not self.take("("):
                return Path("!", (self._path_step(),))
            parts = [] if self.sees(")") else [self._path_step()]
            while self.take("|"):
                parts.append(self._path_step())
            self.expect(")")
            return Path("!", tuple(parts))
        if self.take("("):
            path = self._path()
            self.expect(")")
            return path
        return self.iri()
