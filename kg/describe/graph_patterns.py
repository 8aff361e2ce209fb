"""Whether a query reads statements through GRAPH, which sees every named graph in every view."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import Final

from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, match_brackets

GRAPH_WARNING: Final = (
    "GRAPH reads every named graph in every view; the view decides only over patterns outside of "
    "GRAPH, so rows may rest on statements that the view does not show."
)
# Keywords that can stand in a triple pattern.
_TERMS: Final = frozenset({"A", "TRUE", "FALSE"})

Pattern = tuple[str, ...]


def reads_named_graphs(query: Query) -> bool:
    """Return whether a pattern within GRAPH does not also stand outside of it.

    Where each does, the view decides over the rows, and GRAPH tells whose they are. What is not a
    plain triple pattern, such as one with a path, is taken to stand nowhere else.
    """
    if "GRAPH" not in query.full_text.upper():
        return False
    tokens = query.tokens
    brackets = match_brackets(tokens)
    within = [False] * len(tokens)
    for index, (graph, _) in enumerate(pairwise(tokens)):
        # GRAPH, a name or a variable, and the group.
        if graph.keyword == "GRAPH" and (end := brackets.get(index + 2)) is not None:
            within[index : end + 1] = [True] * (end + 1 - index)
    if not any(within):
        return False
    inside, outside = set[Pattern](), set[Pattern]()
    for is_within, several in groupby(zip(within, tokens, strict=True), key=lambda one: one[0]):
        part = [token for _, token in several]
        (inside if is_within else outside).update(_patterns(part))
    return not inside.issubset(outside)


def _patterns(tokens: Sequence[SparqlToken]) -> Iterator[Pattern]:
    """Yield the triple patterns between braces, with `;` and `,` written out."""
    marks = {"{", "}", "."}
    for is_mark, several in groupby(tokens, key=lambda one: one.text in marks):
        if not is_mark:
            yield from _written_out([*several])


def _written_out(tokens: Sequence[SparqlToken]) -> Iterator[Pattern]:
    """Yield the patterns of one subject; what is not one is a pattern of its own."""
    words = ["a" if token.keyword == "A" else token.text for token in tokens]
    if words[0].upper() == "GRAPH":
        return
    if any(token.keyword and token.keyword not in _TERMS for token in tokens):
        # FILTER, OPTIONAL and the like: what is before them is a pattern, the rest tests values.
        start = next(i for i, one in enumerate(tokens) if one.keyword not in ("", *_TERMS))
        if start:
            yield from _written_out(tokens[:start])
        return
    for number, part in enumerate(_split(words, ";")):
        subject, rest = (words[0], part) if number else (part[0], part[1:])
        for end in _split(rest[1:], ",") if rest else ():
            yield (subject, rest[0], *end)


def _split(words: Sequence[str], mark: str) -> Iterator[list[str]]:
    """Yield the parts between marks that are not empty."""
    for is_mark, several in groupby(words, key=lambda one: one == mark):
        if not is_mark:
            yield [*several]
