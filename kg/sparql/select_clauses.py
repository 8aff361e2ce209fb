"""Variables of a SELECT that have no value: nowhere bound, or neither grouped nor aggregated.

The engine returns rows without the former, and refuses the latter without their names. Both are
read from the tokens of the query.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import islice, pairwise
from typing import Final, NamedTuple

from kg.sparql.hints import QueryHint
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, depth_change, match_brackets

_AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})
# Keywords that may follow the pattern of a SELECT.
MODIFIERS: Final = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
_MAX_UNBOUND: Final = 3
_MAX_NEAR: Final = 3
# Variables that are compared, and their length; a comparison takes up to a millisecond.
_MAX_COMPARED: Final = 50
_MAX_CHARACTERS: Final = 100
# Of a query that the engine refuses; nested ones are read again for each that they are in.
_MAX_SELECTS: Final = 50
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_EXPRESSION: Final = re.compile(r"\b(?:FILTER|BIND)", re.IGNORECASE)
_ALIAS: Final = re.compile(r"\bAS\s+[?$](\w+)", re.IGNORECASE)


class SelectClause(NamedTuple):
    """The indices of a SELECT, of the braces of its pattern, and after its last modifier."""

    start: int
    opening: int
    closing: int
    end: int


def read_selects(tokens: Sequence[SparqlToken]) -> Iterator[SelectClause]:
    """Yield each SELECT whose pattern is properly closed, in the order of their beginning."""
    brackets = match_brackets(tokens)

    def end_of_level(index: int, marks: Collection[str]) -> int:
        """Return the index of one of the marks, or of the next SELECT, outside of brackets."""
        while index < len(tokens) and tokens[index].text not in marks:
            if tokens[index].keyword == "SELECT":
                break
            index = brackets.get(index, index) + 1
        return min(index, len(tokens))

    for start, token in enumerate(tokens):
        if token.keyword == "SELECT":
            opening = end_of_level(start + 1, "{")
            if opening in brackets:
                closing = brackets[opening]
                # Up to the brace that closes a subquery.
                yield SelectClause(start, opening, closing, end_of_level(closing + 1, ")}"))


def find_ungrouped(tokens: Sequence[SparqlToken], before: int) -> SparqlToken | None:
    """Return the first variable that a grouping SELECT has neither grouped nor aggregated.

    Only a SELECT that ends before this index is looked at.
    """
    for select in islice(read_selects(tokens), _MAX_SELECTS):
        if select.end > before:
            continue
        modifiers = tokens[select.closing + 1 : select.end]
        grouped = _grouped(modifiers)
        projected = tokens[select.start + 1 : select.opening]
        aggregates = any(token.keyword in _AGGREGATES for token in (*projected, *modifiers))
        if grouped is None and not aggregates:
            continue
        known = grouped or set()
        for token in _outside_aggregates(projected):
            if token.kind == "variable" and token.text[1:] not in known:
                return token
    return None


def find_unbound(query: Query) -> list[QueryHint]:
    """Return the first variables of a SELECT that its pattern does not bind.

    They have no value in any row, and a FILTER that tests one does not hold. An expression binds
    none of the variables that it uses. Finding similar ones may take tens of milliseconds.
    """
    if not may_have_unbound(query):
        return []
    tokens = query.tokens
    start = next(index for index, token in enumerate(tokens) if token.keyword == "SELECT")
    first = next((one for one in read_selects(tokens) if one.start == start), None)
    if first is None:
        return []
    outside = [*tokens[start : first.opening], *tokens[first.closing + 1 : first.end]]
    pattern = tokens[first.opening : first.closing]
    inside = _names(_binding(pattern))
    bound = {*inside, *_aliases(outside), *_names(_binding([*_braced(outside)]))}
    # Those that the SELECT returns or sorts by come first: readers miss their values.
    unbound = [name for name in _names([*outside, *pattern]) if name not in bound]
    return [
        QueryHint("unbound-variable", f"?{name}", _near(name, inside))
        for name in unbound[:_MAX_UNBOUND]
    ]


def may_have_unbound(query: Query) -> bool:
    """Return whether a SELECT may have an unbound variable, in a tenth of the time."""
    if query.form != "SELECT":
        return False
    text = query.full_text
    if _EXPRESSION.search(text):
        return True
    head, _, rest = text.partition("{")
    body, _, tail = rest.rpartition("}")
    outside = {*_VARIABLE.findall(head), *_VARIABLE.findall(tail)}
    return not outside.issubset({*_VARIABLE.findall(body), *_ALIAS.findall(f"{head} {tail}")})


def _grouped(modifiers: Sequence[SparqlToken]) -> set[str] | None:
    """Return the variables by which a SELECT groups, or None if it does not."""
    start = next((at for at, token in enumerate(modifiers) if token.keyword == "GROUP"), None)
    if start is None:
        return None
    depth, grouped = 0, set[str]()
    for index in range(start + 2, len(modifiers)):
        token = modifiers[index]
        if depth == 0 and token.keyword in MODIFIERS:
            break
        depth += depth_change(token)
        is_alias = depth == 1 and modifiers[index - 1].keyword == "AS"
        if token.kind == "variable" and (depth == 0 or is_alias):
            grouped.add(token.text[1:])
    return grouped


def _outside_aggregates(projected: Sequence[SparqlToken]) -> Iterator[SparqlToken]:
    """Yield the tokens that are in no aggregate and no braces; the names after AS are left out."""
    brackets, index, named = match_brackets(projected), 0, set[str]()
    while index < len(projected):
        token, previous = projected[index], projected[index - 1] if index else None
        is_aggregate = previous is not None and previous.keyword in _AGGREGATES
        if index in brackets and (is_aggregate or token.text == "{"):
            index = brackets[index]
        elif previous is not None and previous.keyword == "AS":
            named.add(token.text)
        elif token.text not in named:
            yield token
        index += 1


def _binding(tokens: Sequence[SparqlToken]) -> Iterator[SparqlToken]:
    """Yield the tokens of a pattern without the expressions of its FILTERs and BINDs.

    What a BIND names stays, and so does what EXISTS asks for, which is a pattern too.
    """
    brackets, index = match_brackets(tokens), 0
    while index < len(tokens):
        opening = _opening_of_expression(tokens, index)
        if opening in brackets:
            end = brackets[opening]
            expression = tokens[opening + 1 : end]
            yield from _binding([*_braced(expression)])
            yield from expression[-1:] if tokens[index].keyword == "BIND" else ()
            index = end
        else:
            yield tokens[index]
        index += 1


def _opening_of_expression(tokens: Sequence[SparqlToken], index: int) -> int:
    """Return the index of the parenthesis after BIND, FILTER, or FILTER with a function; or -1."""
    if tokens[index].keyword not in ("FILTER", "BIND"):
        return -1
    texts = [token.text for token in tokens[index + 1 : index + 3]]
    return index + 1 + texts.index("(") if "(" in texts else -1


def _names(tokens: Iterable[SparqlToken]) -> dict[str, None]:
    return {token.text[1:]: None for token in tokens if token.kind == "variable"}


def _aliases(tokens: Sequence[SparqlToken]) -> Iterator[str]:
    for before, token in pairwise(tokens):
        if before.keyword == "AS" and token.kind == "variable":
            yield token.text[1:]


def _braced(tokens: Sequence[SparqlToken]) -> Iterator[SparqlToken]:
    """Yield the tokens in braces, and the variables of VALUES before them."""
    depth, is_values = 0, False
    for token in tokens:
        is_values = token.keyword == "VALUES" or (is_values and token.text != "}")
        depth += (token.text == "{") - (token.text == "}")
        if depth or is_values:
            yield token


def _near(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return similar variables, or all if they are few."""
    compared = islice((one for one in known if len(one) <= _MAX_CHARACTERS), _MAX_COMPARED)
    lower = {one.casefold(): one for one in compared}
    near = get_close_matches(name[:_MAX_CHARACTERS].casefold(), lower, n=_MAX_NEAR, cutoff=0.6)
    chosen = [lower[one] for one in near] or (known if len(known) <= _MAX_NEAR else ())
    return tuple(f"?{one}" for one in chosen)
