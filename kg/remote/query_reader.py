"""Read a SPARQL 1.1 query that the engine has accepted, into its parts.

A scanner of its own, since it must know the offsets of expressions, to rewrite them, and take a
tenth of a millisecond. Raises `UnreadQuery` for what it does not know, such as SPARQL 1.2.
"""

import re
from itertools import count
from typing import Any, Final, NoReturn

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import RDF, XSD
from kg.remote.query_tree import (
    AGGREGATES,
    Bind,
    Call,
    Filter,
    Group,
    Path,
    Select,
    Triples,
    Union,
    Values,
)
from kg.store.query import Query
from kg.store.tokens import SparqlToken

_SPACE: Final = re.compile(r"(?:[\x00-\x20]|#[^\n\r]*)*")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_IRI: Final = re.compile(r"<[^<>\"{}|^`\x00-\x20]*>")
_LOCAL: Final = r"(?:[\w:·\u0300-\u036f-]|%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-])"
_NAME: Final = re.compile(
    rf"(?:[^\W\d_](?:[\w.·-]*[\w·-])?)?:(?:{_LOCAL}(?:(?:{_LOCAL}|\.)*{_LOCAL})?)?"
)
_VARIABLE: Final = re.compile(r"[?$][\w·\u0300-\u036f\u203f\u2040]+")
_BLANK: Final = re.compile(r"_:[\w](?:[\w.·-]*[\w·-])?")
_LANGUAGE: Final = re.compile(r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)[eE][+-]?\d+|[+-]?(?:\d*\.\d+|\d+)")
_STRING: Final = re.compile(
    r"\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_ORDER: Final = ("ASC", "DESC")
_NO_ARGUMENTS: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})
_FUNCTIONS: Final = frozenset(
    "STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE LCASE "
    "ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS "
    "TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT SAMETERM ISIRI "
    "ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE".split()
)
_COMPARISONS: Final = ("!=", "<=", ">=", "=", "<", ">")


class UnreadQuery(Exception):
    """The reader does not know a part of the query; the argument is a few words of it."""


def read_query(query: Query) -> Select:
    """Return the parts of a query that the engine accepts."""
    try:
        return _Reader(query).read()
    except RecursionError as error:
        raise UnreadQuery("a query of that many levels") from error


class _Reader:
    def __init__(self, query: Query) -> None:
        self._query, self._text = query, query.full_text
        self._at, self._numbers = query.prologue.end, count()
        self._skip()

    # Characters and tokens

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._text, self._at)
        if match is None or match.end() == self._at:
            return None
        self._at = match.end()
        self._skip()
        return match[0]

    def _sees(self, *marks: str) -> str | None:
        return next((mark for mark in marks if self._text.startswith(mark, self._at)), None)

    def _take(self, *marks: str) -> str | None:
        mark = self._sees(*marks)
        if mark is not None:
            self._at += len(mark)
            self._skip()
        return mark

    def _expect(self, mark: str) -> None:
        if self._take(mark) is None:
            self._fail()

    def _keyword(self) -> str:
        """Return the next word in capitals, or an empty string; it is not taken."""
        match = _WORD.match(self._text, self._at)
        is_name = match is not None and self._text[match.end() : match.end() + 1] in (":", "-", ".")
        if match is None or (is_name and _NAME.match(self._text, self._at)):
            return ""
        return match[0].upper()

    def _take_word(self, *words: str) -> str | None:
        word = self._keyword()
        if word not in words:
            return None
        self._at += len(word)
        self._skip()
        return word

    def _fail(self) -> NoReturn:
        shown = self._text[self._at : self._at + 30].partition("\n")[0].strip()
        raise UnreadQuery(f"'{shown}'" if shown else "the end of the query")

    # Queries

    def read(self) -> Select:
        if self._query.version is not None:
            raise UnreadQuery("VERSION")
        select = self._select()
        if self._at < len(self._text):
            self._fail()
        return select

    def _select(self) -> Select:
        start = self._at
        form = self._take_word("SELECT", "ASK", "CONSTRUCT", "DESCRIBE") or self._fail()
        select = Select(form)
        if form == "SELECT":
            select.modifier = self._take_word("DISTINCT", "REDUCED") or ""
            self._read_items(select)
        elif form == "DESCRIBE":
            while self._take("*") is None and not self._sees("{") and self._at < len(self._text):
                if self._keyword() in ("WHERE", "FROM"):
                    break
                select.resources.append(self._term())
        elif form == "CONSTRUCT" and self._sees("{"):
            self._take("{")
            select.template = self._triples()
            self._expect("}")
        start_of_dataset = self._at
        self._read_dataset()
        select.dataset = start_of_dataset, self._at
        is_short = form == "CONSTRUCT" and self._keyword() == "WHERE" and not select.template
        self._take_word("WHERE")
        select.head = start, self._at
        if form != "DESCRIBE" or self._sees("{"):
            select.where = self._group()
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
        if self._take("*"):
            return
        while not self._sees("{") and self._keyword() not in ("WHERE", "FROM"):
            if self._take("("):
                expression = self._expression()
                if not self._take_word("AS"):
                    self._fail()
                select.items.append((self._variable(), expression))
                self._expect(")")
            else:
                select.items.append((self._variable(), None))

    def _read_dataset(self) -> None:
        while self._take_word("FROM"):
            self._take_word("NAMED")
            self._iri()

    def _read_modifiers(self, select: Select) -> None:
        if self._take_word("GROUP"):
            self._take_word("BY")
            while self._starts_constraint() or self._sees("?", "$"):
                select.keys.append(self._key())
        if self._take_word("HAVING"):
            while self._starts_constraint():
                select.having.append(self._constraint())
        if self._take_word("ORDER"):
            self._take_word("BY")
            while self._starts_constraint() or self._sees("?", "$"):
                self._take_word(*_ORDER)
                is_variable = self._sees("?", "$")
                select.order.append(self._variable() if is_variable else self._constraint())
        while word := self._take_word("LIMIT", "OFFSET"):
            number = int(self._match(_NUMBER) or self._fail())
            if word == "LIMIT":
                select.limit = number
            else:
                select.offset = number
        if self._take_word("VALUES"):
            select.values = self._values()

    def _starts_constraint(self) -> bool:
        word = self._keyword()
        is_function = word in _FUNCTIONS or word in AGGREGATES or word in (*_ORDER, "EXISTS", "NOT")
        is_name = not word and (_NAME.match(self._text, self._at) or self._sees("<"))
        return bool(self._sees("(") or is_function or is_name)

    def _key(self) -> tuple[Any, Variable | None]:
        if self._sees("?", "$"):
            variable = self._variable()
            return variable, variable
        if not self._take("("):
            return self._constraint(), None
        expression = self._expression()
        alias = self._variable() if self._take_word("AS") else None
        self._expect(")")
        return expression, alias

    # Patterns

    def _group(self, kind: str = "GROUP", graph: Any = None, graph_start: int = 0) -> Group:
        start = self._at
        self._expect("{")
        elements = list[Any]()
        if self._keyword() == "SELECT":
            elements.append(self._select())
        while not self._sees("}"):
            element = self._element()
            if element is not None:
                elements.append(element)
            self._take(".")
        end = self._at + 1
        self._expect("}")
        return Group(elements, start, end, kind, graph, graph_start)

    def _element(self) -> Any:
        word = self._keyword()
        if self._sees("{"):
            groups = [self._group()]
            while self._take_word("UNION"):
                groups.append(self._group())
            return groups[0] if len(groups) == 1 else Union(groups)
        if self._take_word("OPTIONAL", "MINUS"):
            return self._group(word)
        if self._take_word("GRAPH"):
            start = self._at
            return self._group("GRAPH", self._term(), start)
        if self._take_word("FILTER"):
            start = self._at
            expression = self._constraint()
            return Filter(expression, start, self._last_end())
        if self._take_word("BIND"):
            self._expect("(")
            expression = self._expression()
            if not self._take_word("AS"):
                self._fail()
            bind = Bind(expression, self._variable())
            self._expect(")")
            return bind
        if self._take_word("VALUES"):
            return self._values()
        if word and word not in ("TRUE", "FALSE"):
            raise UnreadQuery(word)
        return Triples(self._triples())

    def _last_end(self) -> int:
        """Return the offset after the last token, which spaces and comments may follow.

        A comment between has no effect on what is put there.
        """
        return self._at

    def _values(self) -> Values:
        names, rows = list[Variable](), list[list[Any]]()
        is_row = self._take("(")
        while self._sees("?", "$"):
            names.append(self._variable())
            if not is_row:
                break
        if is_row:
            self._expect(")")
        self._expect("{")
        while not self._take("}"):
            if not is_row:
                rows.append([self._value()])
                continue
            self._expect("(")
            rows.append([])
            while not self._take(")"):
                rows[-1].append(self._value())
        return Values(names, rows)

    def _value(self) -> Any:
        return None if self._take_word("UNDEF") else self._term()

    def _triples(self) -> list[tuple[Any, Any, Any]]:
        found = list[tuple[Any, Any, Any]]()
        while True:
            is_node = self._sees("[", "(") is not None
            subject = self._node(found)
            if not (is_node and self._ends_triples()):
                self._read_properties(subject, found)
            if not self._take(".") or self._ends_triples():
                return found

    def _ends_triples(self) -> bool:
        word = self._keyword()
        return bool(self._sees("}", "{", ".") or (word and word not in ("TRUE", "FALSE")))

    def _read_properties(self, subject: Any, found: list[tuple[Any, Any, Any]]) -> None:
        while True:
            predicate = self._variable() if self._sees("?", "$") else self._path()
            while True:
                found.append((subject, predicate, self._node(found)))
                if self._sees("{|", "~"):
                    raise UnreadQuery("annotations (SPARQL 1.2)")
                if not self._take(","):
                    break
            while self._take(";"):
                if not self._sees(";"):
                    break
            else:
                return
            if self._sees("]", ".", "}"):
                return

    def _node(self, found: list[tuple[Any, Any, Any]]) -> Any:
        if self._sees("<<"):
            raise UnreadQuery("triple terms (SPARQL 1.2)")
        if self._take("["):
            node = self._new_node()
            if not self._take("]"):
                self._read_properties(node, found)
                self._expect("]")
            return node
        if self._take("("):
            return self._collection(found)
        return self._term()

    def _collection(self, found: list[tuple[Any, Any, Any]]) -> Any:
        members = list[Any]()
        while not self._take(")"):
            members.append(self._node(found))
        nodes = [*(self._new_node() for _ in members), RDF["nil"]]
        for node, member, rest in zip(nodes, members, nodes[1:], strict=False):
            found += [(node, RDF["first"], member), (node, RDF["rest"], rest)]
        return nodes[0]

    def _new_node(self) -> BlankNode:
        return BlankNode(f"without-a-name-{next(self._numbers)}")

    def _path(self) -> Any:
        parts = [self._path_sequence()]
        while self._take("|"):
            parts.append(self._path_sequence())
        return parts[0] if len(parts) == 1 else Path("|", tuple(parts))

    def _path_sequence(self) -> Any:
        parts = [self._path_step()]
        while self._take("/"):
            parts.append(self._path_step())
        return parts[0] if len(parts) == 1 else Path("/", tuple(parts))

    def _path_step(self) -> Any:
        is_inverse = self._take("^")
        step = self._path_primary()
        # A question mark may also begin the object.
        if self._sees("?") and not _VARIABLE.match(self._text, self._at):
            step = Path(self._take("?") or "", (step,))
        elif mark := self._take("*", "+"):
            step = Path(mark, (step,))
        return Path("^", (step,)) if is_inverse else step

    def _path_primary(self) -> Any:
        if self._take("!"):
            if not self._take("("):
                return Path("!", (self._path_step(),))
            parts = [] if self._sees(")") else [self._path_step()]
            while self._take("|"):
                parts.append(self._path_step())
            self._expect(")")
            return Path("!", tuple(parts))
        if self._take("("):
            path = self._path()
            self._expect(")")
            return path
        return self._iri()

    # Terms

    def _variable(self) -> Variable:
        return Variable((self._match(_VARIABLE) or self._fail())[1:])

    def _iri(self) -> NamedNode:
        if self._keyword() == "A" and self._text[self._at] == "a":
            self._at += 1
            self._skip()
            return RDF["type"]
        start = self._at
        text = self._match(_IRI)
        kind = "iri" if text else "name"
        text = text or self._match(_NAME) or self._fail()
        return NamedNode(self._query.resolve(SparqlToken(kind, text, start)))

    def _term(self) -> Any:
        if self._sees("?", "$"):
            return self._variable()
        if self._sees("_:"):
            return BlankNode((self._match(_BLANK) or self._fail())[2:])
        if self._sees('"', "'"):
            return self._literal()
        if word := self._take_word("TRUE", "FALSE"):
            return Literal(word.lower(), datatype=XSD["boolean"])
        if number := self._match(_NUMBER):
            is_double, is_decimal = "e" in number.lower(), "." in number
            kind = "double" if is_double else "decimal" if is_decimal else "integer"
            return Literal(number, datatype=XSD[kind])
        return self._iri()

    def _literal(self) -> Literal:
        match = _STRING.match(self._text, self._at) or self._fail()
        self._at = match.end()
        quotes = 3 if match[0][:3] in ('"""', "'''") else 1
        text = _ESCAPE.sub(_unescape, match[0][quotes:-quotes])
        if self._sees("@"):
            language = self._match(_LANGUAGE) or self._fail()
            if self._sees("--"):
                raise UnreadQuery("directions of text (SPARQL 1.2)")
            return Literal(text, language=language[1:])
        self._skip()
        return Literal(text, datatype=self._iri()) if self._take("^^") else Literal(text)

    # Expressions

    def _constraint(self) -> Any:
        if self._take("("):
            expression = self._expression()
            self._expect(")")
            return expression
        return self._primary()

    def _expression(self) -> Any:
        return self._binary(0)

    def _binary(self, level: int) -> Any:
        """Read operators of a level: `||`, `&&`, comparisons, `+ -`, `* /`."""
        if level == 5:
            return self._unary()
        start, left = self._at, self._binary(level + 1)
        while operator := self._operator(level):
            if operator in ("IN", "NOT IN"):
                arguments = (left, *self._arguments())
            else:
                arguments = (left, self._binary(level + 1))
            left = Call(operator, arguments, start, self._at)
        return left

    def _operator(self, level: int) -> str | None:
        if level == 2:
            if self._take_word("IN"):
                return "IN"
            if self._take_word("NOT"):
                return f"NOT {self._take_word('IN') or self._fail()}"
            return self._take(*_COMPARISONS)
        return self._take(*(("||",), ("&&",), (), ("+", "-"), ("*", "/"))[level])

    def _unary(self) -> Any:
        start = self._at
        if self._sees("!") or (self._sees("-", "+") and not _NUMBER.match(self._text, self._at)):
            operator = self._take("!", "-", "+") or ""
            return Call(operator, (self._unary(),), start, self._at)
        return self._primary()

    def _primary(self) -> Any:
        if self._sees("("):
            return self._constraint()
        start, word = self._at, self._keyword()
        if word == "NOT" or word == "EXISTS":
            is_negated = self._take_word("NOT")
            self._take_word("EXISTS") or self._fail()
            group = self._group()
            name = "NOT EXISTS" if is_negated else "EXISTS"
            return Call(name, (), start, group.end, group)
        if word in AGGREGATES:
            self._take_word(word)
            return self._aggregate(word, start)
        if word in _FUNCTIONS:
            self._take_word(word)
            return Call(word, self._arguments(), start, self._at)
        if word and word not in ("TRUE", "FALSE"):
            raise UnreadQuery(word)
        if self._sees("<<"):
            raise UnreadQuery("triple terms (SPARQL 1.2)")
        term = self._term()
        if isinstance(term, NamedNode) and self._sees("("):
            return Call(term.value, self._arguments(), start, self._at)
        return term

    def _arguments(self) -> tuple[Any, ...]:
        self._expect("(")
        arguments = list[Any]()
        self._take_word("DISTINCT")
        while not self._take(")"):
            arguments.append(self._expression())
            self._take(",")
        return tuple(arguments)

    def _aggregate(self, name: str, start: int) -> Call:
        self._expect("(")
        is_distinct = self._take_word("DISTINCT") is not None
        arguments = [] if self._take("*") else [self._expression()]
        if self._take(";"):
            self._take_word("SEPARATOR") or self._fail()
            self._expect("=")
            arguments.append(self._literal())
        self._expect(")")
        return Call(name, tuple(arguments), start, self._at, None, is_distinct)


def _unescape(match: re.Match[str]) -> str:
    if code := match[1] or match[2]:
        return chr(int(code, 16))
    return _ESCAPED.get(match[3], match[3])
