"""Read a query's text before it runs: tokens, prologue, form, size limits and SERVICE.

The engine parses the query itself. These functions find what has to be known or refused before;
where the engine's grammar is more lenient than the standard, they follow the engine.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from urllib.parse import urljoin

from kg.errors import LimitExceeded, MalformedQuery, RefusedQuery

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
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:10|0[0-9A-Fa-f])[0-9A-Fa-f]{4})")
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

    @property
    def end(self) -> int:
        """The offset after the token."""
        return self.offset + len(self.text)


def tokenize(text: str) -> Iterator[SparqlToken]:
    """Yield the tokens of a query in order, without white space and comments."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "space":
            yield SparqlToken(match.lastgroup, match.group(), match.start())


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


def closing_brace(all_tokens: Sequence[SparqlToken], opening: int) -> int | None:
    """Return the index of the brace that closes the one at index `opening`, or None."""
    depth = 0
    for index in range(opening, len(all_tokens)):
        depth += (all_tokens[index].text == "{") - (all_tokens[index].text == "}")
        if depth == 0:
            return index
    return None


@dataclass(frozen=True)
class Prologue:
    """The prologue of a query; `text` also declares the base IRI of the request."""

    text: str
    prefixes: Mapping[str, str]
    base: str

    @classmethod
    def parse(cls, text: str, base_iri: str) -> "Prologue":
        """Read the prologue of a query; `base_iri` is the base before a BASE declaration.

        Raises:
            MalformedQuery: a declaration without a valid IRI; with line and column.
        """
        prefixes: dict[str, str] = {}
        base, end = base_iri, len(text)
        stream = tokenize(text)
        for token in stream:
            word = token.text.upper() if token.kind == "word" else ""
            if word == "BASE":
                base = resolve_iri(text, base, next(stream, token))
            elif word == "PREFIX":
                prefix = next(stream, token).text.rstrip(":")
                prefixes[prefix] = resolve_iri(text, base, next(stream, token))
            elif word in QUERY_FORMS:
                end = token.offset
                break
        return cls(f"BASE <{base_iri}>\n{text[:end]}", prefixes, base)

    def resolve(self, text: str, token: SparqlToken) -> str:
        """Return the IRI of a token of kind `iri` or `name`.

        Raises:
            MalformedQuery: the prefix is not declared, or the IRI is invalid; with line and column.
        """
        if token.kind == "iri":
            return resolve_iri(text, self.base, token)
        prefix, _, local_name = token.text.partition(":")
        if prefix not in self.prefixes:
            reason = f"the prefix '{prefix}:' is not declared"
            raise MalformedQuery(reason, *position_at(text, token.offset))
        return self.prefixes[prefix] + unescape_local_name(local_name)


def unescape_local_name(local_name: str) -> str:
    """Return a local name without the backslashes that escape its punctuation."""
    return re.sub(r"\\(.)", r"\1", local_name)


def resolve_iri(text: str, base: str, token: SparqlToken) -> str:
    """Return the IRI in the angle brackets of a token, resolved against the base.

    Raises:
        MalformedQuery: the text cannot be resolved; with line and column.
    """
    iri = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
    try:
        absolute = urljoin(base, iri)
    except ValueError as error:
        raise MalformedQuery(f"not an IRI; {error}", *position_at(text, token.offset)) from error
    # urljoin drops an empty fragment, but many namespaces end in "#".
    return f"{absolute}#" if iri.endswith("#") and not absolute.endswith("#") else absolute


def prefix_declarations(text: str, prefixes: Mapping[str, str]) -> str:
    """Return PREFIX lines for those of the prefixes that the query does not declare itself."""
    pairs = pairwise(tokenize(text))
    declared = {name.text.rstrip(":") for word, name in pairs if word.text.upper() == "PREFIX"}
    missing = {prefix: iri for prefix, iri in prefixes.items() if prefix not in declared}
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in missing.items())


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
    return any(
        token.text.upper() in _VOLATILE
        if token.kind == "word"
        else token.kind == "blank" or is_ambiguous_iri(token)
        for token in all_tokens
    ) or any(token.text in _CREATES_BLANK_NODES for token in _template(all_tokens))


def _template(all_tokens: list[SparqlToken]) -> list[SparqlToken]:
    """Return the tokens of a CONSTRUCT's template, or of the pattern of a `CONSTRUCT WHERE`."""
    for index, token in enumerate(all_tokens):
        if token.kind == "word" and token.text.upper() == "CONSTRUCT":
            rest = all_tokens[index + 1 :]
            ends = (end for end, other in enumerate(rest) if other.text == "}")
            return rest[: next(ends, len(rest))]
    return []


def check_query(text: str) -> None:
    """Refuse a query that the engine must not run.

    Raises:
        LimitExceeded, RefusedQuery: see `check_size` and `refuse_service`.
    """
    check_size(text)
    refuse_service(text)


def check_size(text: str, flat_lists: str = "VALUES", remedy: str = "Split the query.") -> None:
    """Refuse a text that is nested so deep or so long that the engine could overflow its stack.

    Braces after the keywords `flat_lists` may have any length: the engine reads them as a list.

    Raises:
        LimitExceeded: more than `MAX_NESTING` nested brackets, or more than `MAX_TOKENS` tokens.
    """
    check_nesting(text)
    # A token has at least one character, so a short text need not be counted.
    if len(text) > MAX_TOKENS and _count_tokens(text, flat_lists.split()[-1]) > MAX_TOKENS:
        raise LimitExceeded(f"tokens outside {flat_lists}", MAX_TOKENS, remedy)


def check_nesting(text: str) -> None:
    """Raise LimitExceeded if a text has more than `MAX_NESTING` nested brackets."""
    if text.count("(") + text.count("{") + text.count("[") + text.count("<<") > MAX_NESTING:
        depth = deepest = 0
        for token in tokenize(text):
            depth += depth_change(token)
            deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            raise LimitExceeded("nested brackets", MAX_NESTING, "Split the query.")


def _count_tokens(text: str, flat_keyword: str) -> int:
    """Count the tokens outside the braces that follow this keyword."""
    count = depth = 0
    is_flat_next = False
    for token in tokenize(text):
        if token.text == "{":
            depth += is_flat_next or depth > 0
        elif token.text == "}":
            depth -= depth > 0
        count += not depth
        is_flat_next = token.text.upper() == flat_keyword or (
            is_flat_next and token.text not in ("{", "}")
        )
    return count


def may_have_service(text: str) -> bool:
    """Return whether a text may have SERVICE blocks: whether the word occurs anywhere in it."""
    return "service" in text.lower()


def refuse_service(text: str) -> None:
    """Refuse a query or update that calls another endpoint.

    Raises:
        RefusedQuery: the text contains, or might hide, a SERVICE block.
    """
    if may_have_service(text) and _may_call_service(list(tokenize(text))):
        reason = "SERVICE is not evaluated here; query the other endpoint directly"
        raise RefusedQuery("SERVICE", reason)


def _may_call_service(all_tokens: list[SparqlToken]) -> bool:
    """Return whether the engine could find a SERVICE block; in doubt, True.

    The engine's grammar needs no space after a keyword, so `SERVICE:x {` is a block whose endpoint
    has the empty prefix; elsewhere `service:x` is a prefixed name. And `<` can be a comparison:
    then the text that looks like an IRI can hide the end of an expression, a string or a comment.
    """
    following = [*all_tokens[1:], SparqlToken("end", "", 0)]
    for token, next_token in zip(all_tokens, following, strict=True):
        is_keyword = token.kind == "word" or (token.kind == "name" and next_token.text == "{")
        if is_keyword and "service" in token.text.lower().partition(":")[0]:
            return True
        if is_ambiguous_iri(token):
            return True
    return False


def is_ambiguous_iri(token: SparqlToken) -> bool:
    """Return whether a token that looks like an IRI may start with a `<` comparison."""
    is_iri = token.kind == "iri" and "://" not in token.text[:24]
    return is_iri and any(mark in token.text for mark in ")'#")
