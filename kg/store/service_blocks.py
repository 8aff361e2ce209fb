"""Find the SERVICE blocks of a query, with their endpoints and variables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kg.errors import MalformedQuery, RefusedQuery
from kg.store.query import (
    SparqlToken,
    check_nesting,
    closing_brace,
    depth_change,
    is_ambiguous_iri,
    may_have_service,
    position_at,
    tokenize,
)

_ENDPOINTS: Final = frozenset({"iri", "name", "variable"})
# A variable after one of these words is not part of a triple pattern.
_NOT_BEFORE_PATTERN: Final = frozenset({"VALUES", "GRAPH", "SERVICE", "SILENT"})


@dataclass(frozen=True)
class ServiceBlock:
    """A SERVICE block of a query.

    `start` is the offset of the keyword, `end` the offset after the closing brace. `body` is the
    text between the braces; nested SERVICE blocks stay in it and are evaluated by the endpoint.
    """

    start: int
    end: int
    endpoint: SparqlToken
    is_silent: bool
    body: str

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


def read_blocks(text: str) -> list[ServiceBlock]:
    """Return the SERVICE blocks of a query in their order, including nested blocks.

    Raises:
        LimitExceeded: the brackets are nested too deep.
        MalformedQuery: a SERVICE without an endpoint or a complete group; with line and column.
        RefusedQuery: the query is ambiguous, so the extent of the blocks is uncertain.
    """
    if not may_have_service(text):
        return []
    check_nesting(text)
    all_tokens = list(tokenize(text))
    keywords = [
        index
        for index, token in enumerate(all_tokens)
        if token.kind == "word" and "SERVICE" in token.text.upper()
    ]
    ambiguous = next((token for token in all_tokens if is_ambiguous_iri(token)), None)
    if keywords and ambiguous is not None:
        line, column = position_at(text, ambiguous.offset)
        where = f"line {line}, column {column}"
        raise RefusedQuery("SERVICE", f"a '<' comparison needs a space after it ({where})")
    return [_block(text, all_tokens, index) for index in keywords]


def outermost_blocks(blocks: Iterable[ServiceBlock]) -> list[ServiceBlock]:
    """Return the blocks that are not nested in another block."""
    outer: list[ServiceBlock] = []
    for block in blocks:
        if not outer or block.start >= outer[-1].end:
            outer.append(block)
    return outer


def _block(text: str, all_tokens: Sequence[SparqlToken], index: int) -> ServiceBlock:
    """Return the block whose SERVICE keyword has this index."""
    keyword = all_tokens[index]
    is_silent = index + 1 < len(all_tokens) and all_tokens[index + 1].text.upper() == "SILENT"
    endpoint = index + 1 + is_silent
    opening = endpoint + 1
    is_complete = (
        keyword.text.upper() == "SERVICE"
        and opening < len(all_tokens)
        and all_tokens[endpoint].kind in _ENDPOINTS
        # The engine reads `SILENT:x` as the keyword SILENT and the name `:x`.
        and not all_tokens[endpoint].text.upper().startswith("SILENT:")
        and all_tokens[opening].text == "{"
    )
    closing = closing_brace(all_tokens, opening) if is_complete else None
    if closing is None:
        reason = (
            "expected SERVICE, optionally SILENT, an IRI or variable, and a group in braces, "
            "with spaces between them"
        )
        raise MalformedQuery(reason, *position_at(text, keyword.offset))
    end = all_tokens[closing].offset
    body = text[all_tokens[opening].offset + 1 : end]
    return ServiceBlock(keyword.offset, end + 1, all_tokens[endpoint], is_silent, body)


def certain_variables(group: Sequence[SparqlToken]) -> set[str]:
    """Return the names of variables that every solution of a group certainly binds.

    These are the variables in triple patterns outside of all brackets; there may be others.
    """
    if group and group[0].text.upper() == "SELECT":
        return set()
    depth, previous = 0, ""
    names: set[str] = set()
    for token in group:
        depth += depth_change(token)
        if token.kind == "variable" and depth == 0 and previous not in _NOT_BEFORE_PATTERN:
            names.add(token.text[1:])
        previous = token.text.upper()
    return names


def variables_in(tokens: Iterable[SparqlToken]) -> frozenset[str]:
    """Return the names of the variables among these tokens."""
    return frozenset(token.text[1:] for token in tokens if token.kind == "variable")
