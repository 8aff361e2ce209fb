"""The tokens of a SPARQL query or update.

The engine's grammar has no tokens: it reads `FILTERNOT EXISTS` and `LOAD:x`, and in an expression
it takes `<` for a comparison even where an IRI could start. Whoever relies on tokens where that
matters asks `is_ambiguous_iri`, or looks for keywords within words.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_OPENING: Final = frozenset({"(", "{", "[", "<<", "<<(", "{|"})
_CLOSING: Final = frozenset({")", "}", "]", ">>", ")>>", "|}"})
# The text of `run` is a word, or several tokens, unless `local` makes it a prefix. It is matched
# once, since looking for a colon after each of its words would take quadratic time.
_TOKEN: Final = re.compile(
    r"""
      (?P<space>[\x00-\x20]+|\#[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
        | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
    | (?P<variable>[?$][\w\u00b7\u0300-\u036f\u203f\u2040]+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<blank>_:[\w.\u00b7\u0300-\u036f\u203f\u2040-]+)
    | (?P<run>[^\W\d_][\w.\u00b7\u0300-\u036f\u203f\u2040-]*+)?+
      (?P<name>:(?:[\w.:\u00b7\u0300-\u036f\u203f\u2040-]|%[0-9A-Fa-f]{2}|\\.)*)
    | (?P<words>[^\W\d_][\w.\u00b7\u0300-\u036f\u203f\u2040-]*)
    | (?P<word>_\w*)
    | (?P<number>\d+\.\d+|\.\d+|\d+)
    | (?P<mark>\^\^|&&|\|\||[!<>]=|<<\(|\)>>|<<|>>|\{\||\|\}|\\.*|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PART: Final = re.compile(r"(?P<word>[^\W\d]\w*)|(?P<number>\d+\.\d+|\.\d+|\d+)|(?P<mark>.)")


class SparqlToken(NamedTuple):
    """A token: its kind (the name of a group of `_TOKEN`), text and offset."""

    kind: str
    text: str
    offset: int

    @property
    def end(self) -> int:
        """The offset after the token."""
        return self.offset + len(self.text)

    @property
    def keyword(self) -> str:
        """The text in capitals if the token is a word, or else an empty string."""
        return self.text.upper() if self.kind == "word" else ""


def tokenize(text: str) -> Iterator[SparqlToken]:
    """Yield the tokens of a query or update in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "words":
            if match[0].isalnum():
                yield SparqlToken("word", match[0], match.start())
            else:
                for part in _PART.finditer(text, *match.span()):
                    yield SparqlToken(part.lastgroup or "", part[0], part.start())
        elif kind != "space":
            yield SparqlToken(kind, match[0], match.start())


def position_at(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both counted from 1; the column in characters."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def blank_out(text: str, start: int, end: int) -> str:
    """Replace a part of the text by blanks, except line breaks, so that positions do not change."""
    blanks = "".join(character if character in "\r\n" else " " for character in text[start:end])
    return text[:start] + blanks + text[end:]


def depth_change(token: SparqlToken) -> int:
    """Return 1 for an opening bracket of any kind, -1 for a closing one, otherwise 0."""
    return (token.text in _OPENING) - (token.text in _CLOSING)


def match_brackets(tokens: Sequence[SparqlToken]) -> dict[int, int]:
    """Return the index of the closing token of each properly closed parenthesis and brace."""
    closing: dict[int, int] = {}
    open_brackets: list[int] = []
    for index, (_, text, _) in enumerate(tokens):
        if text in ("{", "(", "{|", "<<("):
            open_brackets.append(index)
        elif text in ("}", ")", "|}", ")>>") and open_brackets:
            opening = open_brackets.pop()
            if ("{" in tokens[opening].text) == ("}" in text):
                closing[opening] = index
    return closing


def is_ambiguous_iri(token: SparqlToken) -> bool:
    """Return whether an IRI may begin with a `<` comparison, and so hide brackets or a string."""
    is_iri = token.kind == "iri" and "://" not in token.text[:24]
    return is_iri and any(mark in token.text for mark in "()'#")
