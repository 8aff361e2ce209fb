"""Find the SERVICE blocks of a query, with their endpoints and variables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Final

from kg.errors import MalformedQuery, RefusedQuery
from kg.sparql.tokens import (
    SparqlToken,
    depth_change,
    is_ambiguous_iri,
    match_brackets,
    position_at,
    tokenize,
)

_ENDPOINTS: Final = frozenset({"iri", "name", "variable"})
# A variable after one of these words is not part of a triple pattern.
_NOT_BEFORE_PATTERN: Final = frozenset({"VALUES", "GRAPH", "SERVICE", "SILENT"})


@dataclass(frozen=True)
class ServiceBlock:
    """A SERVICE block, with the offsets of the keyword, and after the opening and closing brace."""

    query_text: str = field(repr=False)
    start: int
    opening: int
    end: int
    endpoint: SparqlToken
    is_silent: bool

    @property
    def body(self) -> str:
        """The text between the braces; the endpoint evaluates the SERVICE blocks in it."""
        return self.query_text[self.opening : self.end - 1]

    @property
    def variable(self) -> str | None:
        """The name of the variable that stands for the endpoint, or None if it is an IRI."""
        return self.endpoint.text[1:] if self.endpoint.kind == "variable" else None

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of all variables in the group."""
        return variables_in(tokenize(self.body))

    @cached_property
    def certain_variables(self) -> tuple[str, ...]:
        """The sorted names of variables that every solution binds; see `certain_variables`."""
        return tuple(sorted(certain_variables(list(tokenize(self.body)))))


def read_blocks(text: str, tokens: Sequence[SparqlToken]) -> list[ServiceBlock]:
    """Return the SERVICE blocks of a query, in their order, without those nested in others.

    Raises MalformedQuery for a SERVICE without an endpoint or a complete group, RefusedQuery if the
    query is ambiguous, so that the extent of the blocks is uncertain.
    """
    blocks: list[ServiceBlock] = []
    closing = match_brackets(tokens)
    for index, keyword in enumerate(tokens):
        if "SERVICE" not in keyword.keyword or (blocks and keyword.offset < blocks[-1].end):
            continue
        ambiguous = next(filter(is_ambiguous_iri, tokens), None)
        if ambiguous is not None:
            line, column = position_at(text, ambiguous.offset)
            where = f"line {line}, column {column}"
            raise RefusedQuery("SERVICE", f"a '<' comparison needs a space after it ({where})")
        is_silent = any(token.keyword == "SILENT" for token in tokens[index + 1 : index + 2])
        opening = index + 2 + is_silent
        if not (
            keyword.keyword == "SERVICE"
            and opening in closing
            and tokens[opening].text == "{"
            and tokens[opening - 1].kind in _ENDPOINTS
            # The engine reads `SILENT:x` as the keyword SILENT and the name `:x`.
            and not tokens[opening - 1].text.upper().startswith("SILENT:")
        ):
            reason = (
                "expected SERVICE, optionally SILENT, an IRI or variable, and a group in braces, "
                "with spaces between them"
            )
            raise MalformedQuery(reason, *position_at(text, keyword.offset))
        start, end = tokens[opening].end, tokens[closing[opening]].end
        endpoint = tokens[opening - 1]
        blocks.append(ServiceBlock(text, keyword.offset, start, end, endpoint, is_silent))
    return blocks


def refuse_service(tokens: Sequence[SparqlToken]) -> None:
    """Raise RefusedQuery if the tokens contain, or might hide, a SERVICE block.

    The engine's grammar needs no space after a keyword, so `SERVICE:x {` is a block whose endpoint
    has the empty prefix; elsewhere `service:x` is a prefixed name.
    """
    for token, following in zip_longest(tokens, tokens[1:]):
        is_group_next = following is not None and following.text == "{"
        is_keyword = token.kind == "word" or (token.kind == "name" and is_group_next)
        word = token.text.lower().partition(":")[0]
        if (is_keyword and "service" in word) or is_ambiguous_iri(token):
            reason = "SERVICE is not evaluated here; query the other endpoint directly"
            raise RefusedQuery("SERVICE", reason)


def certain_variables(group: Sequence[SparqlToken]) -> set[str]:
    """Return the variables in triple patterns outside of brackets: every solution binds them."""
    if group and group[0].keyword == "SELECT":
        return set()
    depth, previous = 0, ""
    names: set[str] = set()
    for token in group:
        depth += depth_change(token)
        if token.kind == "variable" and depth == 0 and previous not in _NOT_BEFORE_PATTERN:
            names.add(token.text[1:])
        previous = token.keyword
    return names


def variables_in(tokens: Iterable[SparqlToken]) -> frozenset[str]:
    """Return the names of the variables among these tokens."""
    return frozenset(token.text[1:] for token in tokens if token.kind == "variable")
