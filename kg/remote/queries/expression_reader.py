"""Read the expressions of a SPARQL 1.1 query."""

from abc import ABC, abstractmethod
from typing import Any, Final

from pyoxigraph import NamedNode, Variable

from kg.remote.queries.query_scanner import NAME, NUMBER, Scanner, UnreadQuery
from kg.remote.queries.query_tree import AGGREGATES, Call, Group

_ORDER: Final = ("ASC", "DESC")
_NO_ARGUMENTS: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE"})
_FUNCTIONS: Final = frozenset(
    [
        "STR",
        "LANG",
        "LANGMATCHES",
        "DATATYPE",
        "BOUND",
        "IRI",
        "URI",
        "BNODE",
        "RAND",
        "ABS",
        "CEIL",
        "FLOOR",
        "ROUND",
        "CONCAT",
        "STRLEN",
        "UCASE",
        "LCASE",
        "ENCODE_FOR_URI",
        "CONTAINS",
        "STRSTARTS",
        "STRENDS",
        "STRBEFORE",
        "STRAFTER",
        "YEAR",
        "MONTH",
        "DAY",
        "HOURS",
        "MINUTES",
        "SECONDS",
        "TIMEZONE",
        "TZ",
        "NOW",
        "UUID",
        "STRUUID",
        "MD5",
        "SHA1",
        "SHA256",
        "SHA384",
        "SHA512",
        "COALESCE",
        "IF",
        "STRLANG",
        "STRDT",
        "SAMETERM",
        "ISIRI",
        "ISURI",
        "ISBLANK",
        "ISLITERAL",
        "ISNUMERIC",
        "REGEX",
        "SUBSTR",
        "REPLACE",
    ]
)
_COMPARISONS: Final = ("!=", "<=", ">=", "=", "<", ">")


class ExpressionReader(Scanner, ABC):
    """Reads expressions, by the precedence of their operators."""

    @abstractmethod
    def group(self) -> Group:
        """Take a group, which EXISTS may have."""

    def starts_constraint(self) -> bool:
        """Return whether a condition of GROUP BY, HAVING or ORDER BY comes next."""
        word = self.keyword()
        is_function = word in _FUNCTIONS or word in AGGREGATES or word in (*_ORDER, "EXISTS", "NOT")
        is_name = not word and (NAME.match(self.text, self.at) or self.sees("<"))
        return bool(self.sees("(") or is_function or is_name)

    def key(self) -> tuple[Any, Variable | None]:
        """Take an expression of GROUP BY with its variable."""
        if self.sees("?", "$"):
            variable = self.variable()
            return variable, variable
        if not self.take("("):
            return self.constraint(), None
        expression = self.expression()
        alias = self.variable() if self.take_word("AS") else None
        self.expect(")")
        return expression, alias

    def constraint(self) -> Any:
        """Take an expression in parentheses, or a call."""
        if self.take("("):
            expression = self.expression()
            self.expect(")")
            return expression
        return self.primary()

    def expression(self) -> Any:
        """Take an expression."""
        return self._binary(0)

    def _binary(self, level: int) -> Any:
        """Read operators of a level: `||`, `&&`, comparisons, `+ -`, `* /`."""
        if level == 5:
            return self._unary()
        start, left = self.at, self._binary(level + 1)
        while operator := self._operator(level):
            if operator in ("IN", "NOT IN"):
                arguments = (left, *self._arguments())
            else:
                arguments = (left, self._binary(level + 1))
            left = Call(operator, arguments, start, self.at)
        return left

    def _operator(self, level: int) -> str | None:
        if level == 2:
            if self.take_word("IN"):
                return "IN"
            if self.take_word("NOT"):
                return f"NOT {self.take_word('IN') or self.fail()}"
            return self.take(*_COMPARISONS)
        return self.take(*(("||",), ("&&",), (), ("+", "-"), ("*", "/"))[level])

    def _unary(self) -> Any:
        start = self.at
        if self.sees("!") or (self.sees("-", "+") and not NUMBER.match(self.text, self.at)):
            operator = self.take("!", "-", "+") or ""
            return Call(operator, (self._unary(),), start, self.at)
        return self.primary()

    def primary(self) -> Any:
        """Take a term, a call or an expression in parentheses."""
        if self.sees("("):
            return self.constraint()
        start, word = self.at, self.keyword()
        if word == "NOT" or word == "EXISTS":
            is_negated = self.take_word("NOT")
            self.take_word("EXISTS") or self.fail()
            group = self.group()
            name = "NOT EXISTS" if is_negated else "EXISTS"
            return Call(name, (), start, group.end, group)
        if word in AGGREGATES:
            self.take_word(word)
            return self._aggregate(word, start)
        if word in _FUNCTIONS:
            self.take_word(word)
            return Call(word, self._arguments(), start, self.at)
        if word and word not in ("TRUE", "FALSE"):
            raise UnreadQuery(word)
        if self.sees("<<"):
            raise UnreadQuery("triple terms (SPARQL 1.2)")
        term = self.term()
        if isinstance(term, NamedNode) and self.sees("("):
            return Call(term.value, self._arguments(), start, self.at)
        return term

    def _arguments(self) -> tuple[Any, ...]:
        self.expect("(")
        arguments = list[Any]()
        self.take_word("DISTINCT")
        while not self.take(")"):
            arguments.append(self.expression())
            self.take(",")
        return tuple(arguments)

    def _aggregate(self, name: str, start: int) -> Call:
        self.expect("(")
        is_distinct = self.take_word("DISTINCT") is not None
        arguments = [] if self.take("*") else [self.expression()]
        if self.take(";"):
            self.take_word("SEPARATOR") or self.fail()
            self.expect("=")
            arguments.append(self.literal())
        self.expect(")")
        return Call(name, tuple(arguments), start, self.at, None, is_distinct)
