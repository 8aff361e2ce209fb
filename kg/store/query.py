"""Check and analyse a query's text before it runs: tokens, form, size limits and SERVICE."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kg.errors import LimitExceeded, RefusedQuery

# Measured with pyoxigraph 0.5.13 and an 8 MiB stack: the stack overflows, which kills the process,
# between 1,000 and 5,000 nested brackets, and at 5,000 tokens in the worst of 45 kinds of query.
MAX_NESTING: Final = 200
MAX_TOKENS: Final = 3_000

PROLOGUE: Final = frozenset({"PREFIX", "BASE", "VERSION"})
QUERY_FORMS: Final = frozenset({"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"})
# Keywords whose results do not depend on the quads alone.
_VOLATILE: Final = frozenset({"RAND", "NOW", "UUID", "STRUUID", "BNODE", "SERVICE"})
# Tokens that create new blank nodes for each solution in a CONSTRUCT template.
_CREATES_BLANK_NODES: Final = frozenset({"[", "(", "<<", "~", "{|"})
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
class SparqlToken:
    """A token of a query: its kind (the name of a group of `_TOKEN`), text and offset."""

    kind: str
    text: str
    offset: int


def tokenize(text: str) -> Iterator[SparqlToken]:
    """Yield the tokens of a query in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "space":
            yield SparqlToken(match.lastgroup, match.group(), match.start())


def position_at(text: str, offset: int) -> tuple[int, int]:
    """Return the line and column of an offset, both counted from 1; the column in characters."""
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


def prefix_declarations(text: str, prefixes: Mapping[str, str]) -> str:
    """Return PREFIX lines for those of the prefixes that the query does not declare itself."""
    pairs = pairwise(tokenize(text))
    declared = {name.text.rstrip(":") for word, name in pairs if word.text.upper() == "PREFIX"}
    missing = {prefix: iri for prefix, iri in prefixes.items() if prefix not in declared}
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in missing.items())


def check_query(text: str) -> None:
    """Refuse a query that the engine must not run.

    Raises:
        LimitExceeded: nested so deep or so long that the engine could overflow its stack.
        RefusedQuery: the query contains, or might hide, a SERVICE block.
    """
    _check_size(text)
    refuse_service(text)


def refuse_service(text: str) -> None:
    """Refuse a query or update that calls another endpoint.

    Raises:
        RefusedQuery: the text contains, or might hide, a SERVICE block.
    """
    if "service" in text.lower() and _may_call_service(list(tokenize(text))):
        reason = "SERVICE is not evaluated here; query the other endpoint directly"
        raise RefusedQuery("SERVICE", reason)


def query_form(text: str) -> str | None:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE; None if the query starts with another word."""
    words = (token.text.upper() for token in tokenize(text) if token.kind == "word")
    first = next((word for word in words if word not in PROLOGUE), None)
    return first if first in QUERY_FORMS else None


def announced_version(text: str) -> str | None:
    """Return the version that a query announces with VERSION (SPARQL 1.2), or None."""
    previous = ""
    for token in tokenize(text) if "version" in text.lower() else ():
        if previous == "VERSION" and token.kind == "string":
            return token.text.strip("\"'")
        previous = token.text.upper()
        if previous in QUERY_FORMS:
            break
    return None


def is_volatile(text: str) -> bool:
    """Return whether two runs of the query on the same release may give different results.

    The causes are RAND, NOW, UUID and similar functions, SERVICE, and new blank nodes.
    """
    upper = text.upper()
    if "_:" not in upper and not any(word in upper for word in (*_VOLATILE, "CONSTRUCT")):
        return False
    all_tokens = list(tokenize(text))
    if any(
        token.text.upper() in _VOLATILE
        if token.kind == "word"
        else token.kind == "blank" or is_ambiguous_iri(token)
        for token in all_tokens
    ):
        return True
    return any(token.text in _CREATES_BLANK_NODES for token in _template(all_tokens))


def _template(all_tokens: list[SparqlToken]) -> list[SparqlToken]:
    """Return the tokens after CONSTRUCT up to the first closing brace; none without CONSTRUCT.

    This is the template, or the pattern in the short form `CONSTRUCT WHERE`.
    """
    for index, token in enumerate(all_tokens):
        if token.kind == "word" and token.text.upper() == "CONSTRUCT":
            rest = all_tokens[index + 1 :]
            ends = (end for end, other in enumerate(rest) if other.text == "}")
            return rest[: next(ends, len(rest))]
    return []


def check_nesting(text: str) -> None:
    """Refuse a text that is nested too deep for the engine.

    Raises:
        LimitExceeded: more than `MAX_NESTING` nested brackets.
    """
    if text.count("(") + text.count("{") + text.count("[") + text.count("<<") > MAX_NESTING:
        depth = deepest = 0
        for token in tokenize(text):
            if token.kind == "mark":
                depth += (token.text in _OPENING) - (token.text in _CLOSING)
                deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            raise LimitExceeded("nested brackets", MAX_NESTING, "Split the query.")


def _check_size(text: str) -> None:
    check_nesting(text)
    # A token has at least one character, so a short text need not be counted.
    if len(text) > MAX_TOKENS and _count_tokens(text) > MAX_TOKENS:
        raise LimitExceeded("tokens outside VALUES", MAX_TOKENS, "Split the query.")


def _count_tokens(text: str) -> int:
    """Count the tokens outside VALUES rows, which the engine reads as a flat list."""
    count = 0
    after_values = in_values = False
    for token in tokenize(text):
        after_values = after_values or (token.kind == "word" and token.text.upper() == "VALUES")
        if token.text in ("{", "}"):
            in_values = after_values and token.text == "{"
            after_values = False
        count += not in_values
    return count


def _may_call_service(all_tokens: list[SparqlToken]) -> bool:
    """Return whether the engine could find a SERVICE block; in doubt, True.

    The engine's grammar needs no space after a keyword, so `SERVICE:x {` is a block whose endpoint
    has the empty prefix; elsewhere `service:x` is a prefixed name. And `<` can be a comparison:
    then the text that looks like an IRI can hide the end of an expression, a string or a comment.
    """
    following = [*all_tokens[1:], SparqlToken("end", "", 0)]
    for token, next_token in zip(all_tokens, following, strict=True):
        lower = token.text.lower()
        if token.kind == "word" and "service" in lower:
            return True
        if token.kind == "name" and "service" in lower.partition(":")[0] and next_token.text == "{":
            return True
        if is_ambiguous_iri(token):
            return True
    return False


def is_ambiguous_iri(token: SparqlToken) -> bool:
    """Return whether a token that looks like an IRI may start with a `<` comparison."""
    is_iri = token.kind == "iri" and "://" not in token.text[:24]
    return is_iri and any(mark in token.text for mark in ")'#")
