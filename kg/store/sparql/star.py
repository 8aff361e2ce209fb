"""Name the variables of `SELECT *` in the order in which they first appear.

The engine sorts them by name. Which variables are in scope is defined by SPARQL 1.1, section
18.2.1; where the tokens do not show it for certain, the `*` is left as it is.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from kg.store.sparql.tokens import SparqlToken, is_ambiguous_iri, match_brackets

_KEYWORDS: Final = frozenset({"BIND", "FILTER", "GROUP", "HAVING", "MINUS", "SELECT", "VALUES"})
# The engine needs no space around a keyword: it reads `FILTER:f(1)` and `FILTERNOT EXISTS`.
_JOINED: Final = re.compile("BIND|FILTER|MINUS|SELECT|VALUES")


def name_star(text: str, tokens: Sequence[SparqlToken]) -> str:
    """Return a SELECT query with its outermost `*` replaced by the variables in scope."""
    words = (index for index, token in enumerate(tokens) if token.keyword == "SELECT")
    star = _after_modifier(tokens, next(words, len(tokens)))
    if star >= len(tokens) or tokens[star].text != "*" or any(map(_is_unclear, tokens)):
        return text
    names: dict[str, None] = {}
    # A malformed query, for example one with an unclosed bracket.
    with suppress(LookupError):
        names = _Scope(tokens).read(star)
    variables = "".join(f"?{name} " for name in names)
    start, end = tokens[star].offset, tokens[star].end
    return f"{text[:start]}{variables}{text[end:]}" if names else text


def _is_unclear(token: SparqlToken) -> bool:
    """Return whether a token may be a keyword joined to another token, or hide a bracket."""
    if token.kind in ("word", "name"):
        word = token.text.partition(":")[0].upper()
        return _JOINED.search(word) is not None and not (token.kind == "word" and word in _KEYWORDS)
    return is_ambiguous_iri(token)


def _after_modifier(tokens: Sequence[SparqlToken], select: int) -> int:
    """Return the index of what follows a SELECT, DISTINCT or REDUCED."""
    following = tokens[select + 1 : select + 2]
    return select + 1 + any(token.keyword in ("DISTINCT", "REDUCED") for token in following)


class _Scope:
    """Collects the variables in scope without recursion; raises LookupError for a missing token."""

    def __init__(self, tokens: Sequence[SparqlToken]) -> None:
        self._tokens = tokens
        self._closing = match_brackets(tokens)
        self._names: dict[str, None] = {}
        # Where the group of a `SELECT *` ends, and where its modifiers end.
        self._modifiers: dict[int, int] = {}

    def read(self, star: int) -> dict[str, None]:
        """Return the names of the variables in scope of the `*` at an index, in their order."""
        index = self._start_group(star, len(self._tokens))
        while index < len(self._tokens):
            index = self._read_token(index) + 1
        return self._names

    def _read_token(self, index: int) -> int:
        """Read what begins at an index, and return the index of its last token."""
        token = self._tokens[index]
        word = token.keyword
        if token.kind == "variable":
            self._names[token.text[1:]] = None
        elif word in ("FILTER", "MINUS"):
            return self._closing[self._find(index, "(", "{")]
        elif word == "BIND":
            return self._read_expression(index + 1)
        elif word == "VALUES":
            return self._read_values(index)
        elif word == "SELECT":
            return self._read_select(index)
        elif index in self._modifiers:
            return self._read_modifiers(index)
        return index

    def _find(self, start: int, *texts: str) -> int:
        """Return the index of the first token at or after `start` that has one of these texts."""
        while self._tokens[start].text not in texts:
            start += 1
        return start

    def _read_expression(self, opening: int) -> int:
        """Read `(expression AS ?variable)`, and return its end."""
        end = self._closing[opening]
        if self._tokens[end - 1].kind != "variable":
            raise LookupError("no variable after AS")
        self._names[self._tokens[end - 1].text[1:]] = None
        return end

    def _read_values(self, index: int) -> int:
        opening = self._find(index, "{")
        names = (token for token in self._tokens[index:opening] if token.kind == "variable")
        self._names.update((name.text[1:], None) for name in names)
        return self._closing[opening]

    def _read_select(self, index: int) -> int:
        """Read a subquery: only what it projects is in scope outside."""
        end = self._closing[index - 1]
        index = _after_modifier(self._tokens, index)
        if self._tokens[index].text == "*":
            return self._start_group(index, end)
        while self._tokens[index].text != "{":
            if self._tokens[index].text == "(":
                index = self._read_expression(index)
            elif self._tokens[index].kind == "variable":
                self._names[self._tokens[index].text[1:]] = None
            index += 1
        # The last token before the end, since this end may be that of another group.
        return end - 1

    def _start_group(self, star: int, end: int) -> int:
        """Begin the group of a `SELECT *` whose modifiers end before `end`."""
        opening = self._find(star, "{")
        self._modifiers[self._closing[opening]] = end
        return opening

    def _read_modifiers(self, index: int) -> int:
        """Read what follows the group of a `SELECT *`: only its VALUES are in scope."""
        end = self._modifiers[index]
        index += 1
        while index < end:
            token = self._tokens[index]
            if token.keyword in ("GROUP", "HAVING"):
                raise LookupError("a group has no variables of its own")
            if token.keyword == "VALUES":
                index = self._read_values(index)
            elif token.text in ("(", "{"):
                index = self._closing[index]
            index += 1
        return end - 1
