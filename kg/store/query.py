"""A query's text -> what has to be known before it is run: its form, its limits, SERVICE."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kg.errors import LimitExceeded, RefusedQuery

# Measured with pyoxigraph 0.5.13 on a stack of 8 MiB: it overflows, and the process with it,
# between 1,000 and 5,000 nested brackets, and at 5,000 tokens in the worst of 45 forms.
MAX_NESTING: Final = 200
MAX_TOKENS: Final = 3_000

PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
# What draws on something else than the quads; what another endpoint answers does.
_VOLATILE: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE", "SERVICE"})
# In a template these make blank nodes, each time new ones.
_MAKES_NODES: Final = frozenset({"[", "(", "<<", "~", "{|"})
_OPENING: Final = frozenset({"(", "{", "[", "<<", "<<(", "{|"})
_CLOSING: Final = frozenset({")", "}", "]", ">>", ")>>", "|}"})
_TOKEN: Final = re.compile(
    r"""
      (?P<space>[\x00-\x20]+|\#[^\n\r]*)
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
        | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*')
    | (?P<variable>[?$][\w\u00b7\u203f\u2040]+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:[\w.\u00b7-]+)
    | (?P<name>(?:[^\W\d_][\w.\u00b7-]*)?:(?:[\w.:\u00b7-]|%[0-9A-Fa-f]{2}|\\.)*)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d+\.\d+|\.\d+|\d+)
    | (?P<mark>\^\^|&&|\|\||[!<>]=|<<\(|\)>>|<<|>>|\{\||\|\}|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of a query: its kind (a group of `_TOKEN`), its text and where it begins."""

    kind: str
    text: str
    offset: int


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), match.start())


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column of a character, both from 1; the column in characters."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def prologue(text: str, prefixes: Mapping[str, str]) -> str:
    """Lines that declare those of these prefixes that the query does not declare itself."""
    pairs = pairwise(tokens(text))
    declared = {name.text.rstrip(":") for word, name in pairs if word.text.upper() == "PREFIX"}
    missing = {prefix: iri for prefix, iri in prefixes.items() if prefix not in declared}
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in missing.items())


def check(text: str) -> None:
    """Let pass what the engine may be given.

    Raises:
        LimitExceeded: so deep or so long a chain that the engine would overflow its stack.
        RefusedQuery: the query has, or may hide, a SERVICE block.
    """
    _check_size(text)
    check_no_service(text)


def check_no_service(text: str) -> None:
    """Let pass what calls no other endpoint.

    Raises:
        RefusedQuery: the text has, or may hide, a SERVICE block.
    """
    if "service" in text.lower() and _may_call_service(list(tokens(text))):
        reason = "SERVICE is not evaluated here; ask the other endpoint yourself"
        raise RefusedQuery("SERVICE", reason)


def form_of(text: str) -> str | None:
    """`SELECT`, `ASK`, `CONSTRUCT` or `DESCRIBE`; none where the query begins as none of them."""
    words = (token.text.upper() for token in tokens(text) if token.kind == "word")
    first = next((word for word in words if word not in PROLOGUE), None)
    return first if first in FORMS else None


def version_of(text: str) -> str | None:
    """What a query announces after VERSION (SPARQL 1.2 Query Language)."""
    before = ""
    for token in tokens(text) if "version" in text.lower() else ():
        if before == "VERSION" and token.kind == "string":
            return token.text.strip("\"'")
        before = token.text.upper()
        if before in FORMS:
            break
    return None


def is_volatile(text: str) -> bool:
    """Whether two runs over the same release may differ.

    By RAND, NOW, UUID, by SERVICE, or by blank nodes that are made anew.
    """
    written = text.upper()
    if "_:" not in written and not any(word in written for word in (*_VOLATILE, "CONSTRUCT")):
        return False
    found = list(tokens(text))
    if any(
        token.text.upper() in _VOLATILE
        if token.kind == "word"
        else token.kind == "blank" or may_be_comparison(token)
        for token in found
    ):
        return True
    return any(token.text in _MAKES_NODES for token in _template(found))


def _template(found: list[Token]) -> list[Token]:
    """From CONSTRUCT to the end of its template, which may be its pattern; else nothing."""
    for at, token in enumerate(found):
        if token.kind == "word" and token.text.upper() == "CONSTRUCT":
            rest = found[at + 1 :]
            ends = (place for place, one in enumerate(rest) if one.text == "}")
            return rest[: next(ends, len(rest))]
    return []


def check_nesting(text: str) -> None:
    """Let pass what is not nested too deep for the engine.

    Raises:
        LimitExceeded: more than `MAX_NESTING` brackets inside one another.
    """
    if text.count("(") + text.count("{") + text.count("[") + text.count("<<") > MAX_NESTING:
        depth = deepest = 0
        for token in tokens(text):
            if token.kind == "mark":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            raise LimitExceeded("nested brackets", MAX_NESTING, "Ask in smaller parts.")


def _check_size(text: str) -> None:
    check_nesting(text)
    if len(text) > MAX_TOKENS and _count(text) > MAX_TOKENS:
        raise LimitExceeded("tokens outside VALUES", MAX_TOKENS, "Ask in smaller parts.")


def _count(text: str) -> int:
    """How many tokens the query has; the rows of VALUES are only read, so they are left out."""
    count = 0
    comes_values = in_values = False
    for token in tokens(text):
        comes_values = comes_values or (token.kind == "word" and token.text.upper() == "VALUES")
        if token.text in ("{", "}"):
            in_values = comes_values and token.text == "{"
            comes_values = False
        count += not in_values
    return count


def _may_call_service(found: list[Token]) -> bool:
    """Whether the engine could read a SERVICE block; in doubt, yes.

    Its grammar needs no space after a keyword, so `SERVICE:x {` is a block where the prefix is
    empty, but `service:x` is a name elsewhere. And where a comparison stands, `<` opens no IRI:
    what looks like an IRI may then hide the end of an expression, a string or a comment.
    """
    for token, after in zip(found, [*found[1:], Token("end", "", 0)], strict=True):
        said = token.text.lower()
        if token.kind == "word" and "service" in said:
            return True
        if token.kind == "name" and "service" in said.partition(":")[0] and after.text == "{":
            return True
        if may_be_comparison(token):
            return True
    return False


def may_be_comparison(token: Token) -> bool:
    """Whether what looks like an IRI may begin with `<` as a comparison."""
    is_iri = token.kind == "iri" and "://" not in token.text[:24]
    return is_iri and any(mark in token.text for mark in ")'#")
