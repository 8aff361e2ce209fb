"""Find the SERVICE blocks of a query.

Read a query's prologue and resolve the names in the query to IRIs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kg.errors import MalformedQuery, RefusedQuery
from kg.store.dataset import resolve_iri, unescape_local_name
from kg.store.query import (
    QUERY_FORMS,
    SparqlToken,
    check_nesting,
    is_ambiguous_iri,
    position_at,
    tokenize,
)

_ENDPOINTS: Final = frozenset({"iri", "name", "variable"})
_OPENING: Final = frozenset({"(", "{", "[", "<<", "<<(", "{|"})
_CLOSING: Final = frozenset({")", "}", "]", ">>", ")>>", "|}"})
# A variable after one of these words is not part of a triple pattern.
_NOT_BEFORE_PATTERN: Final = frozenset({"VALUES", "GRAPH", "SERVICE", "SILENT"})


@dataclass(frozen=True)
class ServiceBlock:
    """A SERVICE block: its place in the query, its endpoint and its group graph pattern.

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
        return frozenset(
            token.text[1:] for token in tokenize(self.body) if token.kind == "variable"
        )

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
    if "service" not in text.lower():
        return []
    check_nesting(text)
    all_tokens = list(tokenize(text))
    keywords = [index for index, token in enumerate(all_tokens) if _is_service(token)]
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


def _is_service(token: SparqlToken) -> bool:
    return token.kind == "word" and "SERVICE" in token.text.upper()


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
    closing = _closing_brace(all_tokens, opening) if is_complete else None
    if closing is None:
        reason = "expected SERVICE, optionally SILENT, an IRI or variable, and a group in braces"
        raise MalformedQuery(
            f"{reason}, with spaces between them", *position_at(text, keyword.offset)
        )
    body_start, end = all_tokens[opening].offset + 1, all_tokens[closing].offset
    body = text[body_start:end]
    return ServiceBlock(keyword.offset, end + 1, all_tokens[endpoint], is_silent, body)


def _closing_brace(all_tokens: Sequence[SparqlToken], opening: int) -> int | None:
    """Return the index of the brace that closes the one at index `opening`, or None."""
    depth = 0
    for index in range(opening, len(all_tokens)):
        depth += (all_tokens[index].text == "{") - (all_tokens[index].text == "}")
        if depth == 0:
            return index
    return None


def certain_variables(group: Sequence[SparqlToken]) -> set[str]:
    """Return the names of variables that every solution of a group certainly binds.

    These are the variables in triple patterns outside of all brackets; there may be others.
    """
    if group and group[0].text.upper() == "SELECT":
        return set()
    depth, previous = 0, ""
    names: set[str] = set()
    for token in group:
        if token.kind == "mark":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        elif token.kind == "variable" and depth == 0 and previous not in _NOT_BEFORE_PATTERN:
            names.add(token.text[1:])
        previous = token.text.upper()
    return names


@dataclass(frozen=True)
class Prologue:
    """The prologue of a query: its text, its prefixes, and its base IRI."""

    text: str
    prefixes: Mapping[str, str]
    base: str

    @classmethod
    def parse(cls, text: str, base_iri: str) -> "Prologue":
        """Read the prologue of a query.

        Args:
            text: the query.
            base_iri: the base of relative IRIs before a BASE declaration; `prologue` declares it.

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
        """Return the IRI of a token: an IRI or a prefixed name.

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
