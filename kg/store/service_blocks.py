"""A query's text -> its SERVICE blocks.

A query's prologue -> the IRIs that its names stand for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kg.errors import MalformedQuery, RefusedQuery
from kg.store.dataset import resolved, unescaped
from kg.store.query import FORMS, Token, check_nesting, may_be_comparison, position, tokens

_ENDPOINTS: Final = frozenset({"iri", "name", "variable"})
_OPENING: Final = frozenset({"(", "{", "[", "<<", "<<(", "{|"})
_CLOSING: Final = frozenset({")", "}", "]", ">>", ")>>", "|}"})
# A variable after one of these is bound by something else than a triple pattern, or not at all.
_NO_PATTERN: Final = frozenset({"VALUES", "GRAPH", "SERVICE", "SILENT"})


@dataclass(frozen=True)
class ServiceBlock:
    """One `SERVICE` with its group: where it stands in the query, whom it asks, and what.

    `start` is the offset of the keyword, `end` the one past the closing brace; `body` is what
    stands between the braces, other SERVICE blocks included: they are the endpoint's affair.
    """

    start: int
    end: int
    endpoint: Token
    is_silent: bool
    body: str

    @property
    def variable(self) -> str | None:
        """The name of the variable that stands for the endpoint, if one does."""
        return self.endpoint.text[1:] if self.endpoint.kind == "variable" else None

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of all variables in the group."""
        return frozenset(one.text[1:] for one in tokens(self.body) if one.kind == "variable")

    @cached_property
    def certain(self) -> tuple[str, ...]:
        """The variables that every solution of the group binds, by name; see `certain_in`."""
        return tuple(sorted(certain_in(list(tokens(self.body)))))


def read_blocks(text: str) -> list[ServiceBlock]:
    """The SERVICE blocks of a query, in its order; those inside of one another too.

    Raises:
        LimitExceeded: brackets that are nested too deep.
        MalformedQuery: a SERVICE without an endpoint or a whole group, with line and column.
        RefusedQuery: where the blocks begin and end cannot be told for sure.
    """
    if "service" not in text.lower():
        return []
    check_nesting(text)
    found = list(tokens(text))
    places = [at for at, token in enumerate(found) if _says_service(token)]
    unclear = next((one for one in found if may_be_comparison(one)), None)
    if places and unclear is not None:
        line, column = position(text, unclear.offset)
        where = f"line {line}, column {column}"
        raise RefusedQuery("SERVICE", f"a '<' that compares needs a space after it ({where})")
    return [_block(text, found, at) for at in places]


def outermost(blocks: Iterable[ServiceBlock]) -> list[ServiceBlock]:
    """Those of the blocks that are inside of no other."""
    found: list[ServiceBlock] = []
    for block in blocks:
        if not found or block.start >= found[-1].end:
            found.append(block)
    return found


def _says_service(token: Token) -> bool:
    return token.kind == "word" and "SERVICE" in token.text.upper()


def _block(text: str, found: Sequence[Token], at: int) -> ServiceBlock:
    """The block whose keyword is this token."""
    keyword = found[at]
    is_silent = at + 1 < len(found) and found[at + 1].text.upper() == "SILENT"
    named = at + 1 + is_silent
    is_whole = (
        keyword.text.upper() == "SERVICE"
        and named + 1 < len(found)
        and found[named].kind in _ENDPOINTS
        # Its grammar takes `SILENT:x` for the keyword and a name without a prefix.
        and not found[named].text.upper().startswith("SILENT:")
        and found[named + 1].text == "{"
    )
    closing = _closing(found, named + 1) if is_whole else None
    if closing is None:
        reason = (
            "right would be: SERVICE, SILENT or not, an IRI, and a group in braces, with spaces"
        )
        raise MalformedQuery(reason, *position(text, keyword.offset))
    body_start, end = found[named + 1].offset + 1, found[closing].offset
    body = text[body_start:end]
    return ServiceBlock(keyword.offset, end + 1, found[named], is_silent, body)


def _closing(found: Sequence[Token], opening: int) -> int | None:
    """The place of the brace that closes the one at this place."""
    depth = 0
    for at in range(opening, len(found)):
        depth += (found[at].text == "{") - (found[at].text == "}")
        if depth == 0:
            return at
    return None


def certain_in(found: Sequence[Token]) -> set[str]:
    """The variables that every solution of a group binds, by name.

    Those of its own triple patterns, outside of all brackets; there may be more.
    """
    if found and found[0].text.upper() == "SELECT":
        return set()
    depth, before = 0, ""
    names: set[str] = set()
    for token in found:
        if token.kind == "mark":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        elif token.kind == "variable" and depth == 0 and before not in _NO_PATTERN:
            names.add(token.text[1:])
        before = token.text.upper()
    return names


@dataclass(frozen=True)
class Names:
    """What a query declares before its form: the text of it, prefixes, and the base."""

    prologue: str
    prefixes: Mapping[str, str]
    base: str

    @classmethod
    def of(cls, text: str, base_iri: str) -> "Names":
        """The names that this query declares; relative IRIs are resolved against the base.

        Raises:
            MalformedQuery: what should be an IRI is none, with line and column.
        """
        prefixes: dict[str, str] = {}
        base, end = base_iri, len(text)
        stream = tokens(text)
        for token in stream:
            word = token.text.upper() if token.kind == "word" else ""
            if word == "BASE":
                base = resolved(text, base, next(stream, token))
            elif word == "PREFIX":
                prefix = next(stream, token).text.rstrip(":")
                prefixes[prefix] = resolved(text, base, next(stream, token))
            elif word in FORMS:
                end = token.offset
                break
        return cls(f"BASE <{base_iri}>\n{text[:end]}", prefixes, base)

    def iri(self, text: str, token: Token) -> str:
        """The IRI that a token of the query stands for.

        Raises:
            MalformedQuery: its prefix is not declared, or it is no IRI; with line and column.
        """
        if token.kind == "iri":
            return resolved(text, self.base, token)
        prefix, _, local_name = token.text.partition(":")
        if prefix not in self.prefixes:
            reason = f"the prefix '{prefix}:' is not declared"
            raise MalformedQuery(reason, *position(text, token.offset))
        return self.prefixes[prefix] + unescaped(local_name)
