"""Scan the words, marks and terms of a SPARQL query, from an offset on."""

import re
from typing import Any, Final, NoReturn

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import RDF, XSD
from kg.store.sparql.query import Query
from kg.store.sparql.tokens import SparqlToken

_SPACE: Final = re.compile(r"(?:[\x00-\x20]|#[^\n\r]*)*")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
# What may go on after the first word of a name.
_IN_NAMES: Final = frozenset({":", "-", "."})
_IRI: Final = re.compile(r"<[^<>\"{}|^`\x00-\x20]*>")
_LOCAL: Final = r"(?:[\w:·\u0300-\u036f-]|%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-])"
NAME: Final = re.compile(
    rf"(?:[^\W\d_](?:[\w.·-]*[\w·-])?)?:(?:{_LOCAL}(?:(?:{_LOCAL}|\.)*{_LOCAL})?)?"
)
VARIABLE: Final = re.compile(r"[?$][\w·\u0300-\u036f\u203f\u2040]+")
_BLANK: Final = re.compile(r"_:[\w](?:[\w.·-]*[\w·-])?")
_LANGUAGE: Final = re.compile(r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*")
NUMBER: Final = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)[eE][+-]?\d+|[+-]?(?:\d*\.\d+|\d+)")
_STRING: Final = re.compile(
    r"\"{3}(?:[^\"\\]|\\.|\"(?!\"\"))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"
    r"|\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*'",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED: Final = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class UnreadQuery(Exception):
    """The reader does not know a part of the query; the argument is a few words of it."""


class Scanner:
    """Takes one part of a query after the other; `at` is the offset of the next one."""

    def __init__(self, query: Query) -> None:
        self.query, self.text = query, query.full_text
        self.at = query.prologue.end
        # The last word that was looked at, and its offset.
        self._word, self._word_at = "", -1
        self.skip()

    def skip(self) -> None:
        """Pass over white space and comments."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """Take what matches a pattern, or return None."""
        match = pattern.match(self.text, self.at)
        if match is None or match.end() == self.at:
            return None
        self.at = match.end()
        self.skip()
        return match[0]

    def sees(self, *marks: str) -> str | None:
        """Return the first of these marks that comes next, or None."""
        if not self.text.startswith(marks, self.at):
            return None
        return next(mark for mark in marks if self.text.startswith(mark, self.at))

    def take(self, *marks: str) -> str | None:
        """Take the first of these marks that comes next, or return None."""
        mark = self.sees(*marks)
        if mark is not None:
            self.at += len(mark)
            self.skip()
        return mark

    def expect(self, mark: str) -> None:
        """Take a mark; UnreadQuery if another one comes next."""
        if self.take(mark) is None:
            self.fail()

    def keyword(self) -> str:
        """Return the next word in capitals, or an empty string; it is not taken."""
        if self._word_at != self.at:
            match = _WORD.match(self.text, self.at)
            is_name = match is not None and self.text[match.end() : match.end() + 1] in _IN_NAMES
            is_word = match is not None and not (is_name and NAME.match(self.text, self.at))
            self._word, self._word_at = match[0].upper() if match and is_word else "", self.at
        return self._word

    def take_word(self, *words: str) -> str | None:
        """Take one of these words, or return None."""
        word = self.keyword()
        if word not in words:
            return None
        self.at += len(word)
        self.skip()
        return word

    def fail(self) -> NoReturn:
        """Raise UnreadQuery with what comes next."""
        shown = self.text[self.at : self.at + 30].partition("\n")[0].strip()
        raise UnreadQuery(f"'{shown}'" if shown else "the end of the query")

    def variable(self) -> Variable:
        """Take a variable."""
        return Variable((self.match(VARIABLE) or self.fail())[1:])

    def iri(self) -> NamedNode:
        """Take an IRI, a prefixed name or the word `a`."""
        if self.keyword() == "A" and self.text[self.at] == "a":
            self.at += 1
            self.skip()
            return RDF["type"]
        start = self.at
        text = self.match(_IRI)
        kind = "iri" if text else "name"
        text = text or self.match(NAME) or self.fail()
        return NamedNode(self.query.resolve(SparqlToken(kind, text, start)))

    def term(self) -> Any:
        """Take a term or a variable."""
        if self.sees("?", "$"):
            return self.variable()
        if self.sees("_:"):
            return BlankNode((self.match(_BLANK) or self.fail())[2:])
        if self.sees('"', "'"):
            return self.literal()
        if word := self.take_word("TRUE", "FALSE"):
            return Literal(word.lower(), datatype=XSD["boolean"])
        if number := self.match(NUMBER):
            is_double, is_decimal = "e" in number.lower(), "." in number
            kind = "double" if is_double else "decimal" if is_decimal else "integer"
            return Literal(number, datatype=XSD[kind])
        return self.iri()

    def literal(self) -> Literal:
        """Take a literal in quotation marks."""
        match = _STRING.match(self.text, self.at) or self.fail()
        self.at = match.end()
        quotes = 3 if match[0][:3] in ('"""', "'''") else 1
        text = _ESCAPE.sub(_unescape, match[0][quotes:-quotes])
        if self.sees("@"):
            language = self.match(_LANGUAGE) or self.fail()
            if self.sees("--"):
                raise UnreadQuery("directions of text (SPARQL 1.2)")
            return Literal(text, language=language[1:])
        self.skip()
        return Literal(text, datatype=self.iri()) if self.take("^^") else Literal(text)


def _unescape(match: re.Match[str]) -> str:
    if code := match[1] or match[2]:
        return chr(int(code, 16))
    return _ESCAPED.get(match[3], match[3])
