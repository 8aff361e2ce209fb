"""A page of the rows of a SELECT: its text with a LIMIT, an OFFSET and an order without ties.

The engine may give equal rows of an ORDER BY in any order, so that a row could be on two pages or
on none. On a page, the values of all columns decide between them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import Final, TypeVar

from kg.errors import MalformedParameter
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, match_brackets, tokenize

T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """The rows of a result from `offset` on, counted from 0: at most `limit`, or all."""

    limit: int | None = None
    offset: int = 0

    def take(self, rows: Iterable[T]) -> Iterator[T]:
        """Yield the rows of this page, in the order in which they come."""
        end = None if self.limit is None else self.offset + self.limit
        return islice(rows, self.offset, end)


ALL_ROWS: Final = Page()


def select_page(query: Query, page: Page) -> Query:
    """Return a query for one page of the rows; a LIMIT and OFFSET of its own still apply.

    Raises MalformedParameter for a query without rows, unless the page is all of the result.
    """
    if page == ALL_ROWS:
        return query
    if query.form != "SELECT":
        reason = f"expected a question that returns rows, got one that is {query.form}"
        raise MalformedParameter("limit", reason)
    text = query.named_text
    tokens = list(tokenize(text))
    modifiers, end = _modifiers(tokens, len(text))
    numbers = {
        word.keyword: int(number.text)
        for word, number in pairwise(modifiers)
        if word.keyword in ("LIMIT", "OFFSET")
    }
    cut = next((word.offset for word in modifiers if word.keyword in ("LIMIT", "OFFSET")), end)
    is_ordered = any(word.keyword == "ORDER" for word in modifiers)
    columns = list(_columns(tokens))
    order = ["ORDER BY", *columns] if columns and not is_ordered else columns
    limits = [] if page.limit is None else [page.limit]
    if "LIMIT" in numbers:
        limits.append(max(0, numbers["LIMIT"] - page.offset))
    bounds = [f"OFFSET {numbers.get('OFFSET', 0) + page.offset}"]
    bounds += [f"LIMIT {min(limits)}"] if limits else []
    # On lines of their own, as the text before may end in a comment.
    added = "\n".join(["", " ".join(order), *bounds, ""])
    return Query(f"{text[:cut]}{added}{text[end:]}", query.base_iri)


def _modifiers(tokens: Sequence[SparqlToken], end: int) -> tuple[list[SparqlToken], int]:
    """Return the tokens of the solution modifiers, and the offset where they end."""
    closing = match_brackets(tokens)
    group = next(closing[index] for index, token in enumerate(tokens) if token.text == "{")
    following = tokens[group + 1 :]
    modifiers = list(takewhile(lambda token: token.keyword != "VALUES", following))
    has_values = len(modifiers) < len(following)
    return modifiers, following[len(modifiers)].offset if has_values else end


def _columns(tokens: Sequence[SparqlToken]) -> Iterator[str]:
    """Yield the variables that the outermost SELECT returns."""
    closing = match_brackets(tokens)
    index = next(index for index, token in enumerate(tokens) if token.keyword == "SELECT") + 1
    while tokens[index].text != "{":
        if tokens[index].text == "(":
            # (expression AS ?variable)
            index = closing[index]
            yield tokens[index - 1].text
        elif tokens[index].kind == "variable":
            yield tokens[index].text
        index += 1
