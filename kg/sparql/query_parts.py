"""The parts of a query's pattern, each of which can be left out to see what makes it empty.

Parts are read from the tokens, so that each keeps the words of its author. What cannot be taken
apart safely, such as a UNION or the property list of a blank node, is one part.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, depth_change, match_brackets

TRIPLE: Final = "triple"
# These never make a pattern empty, and others may need what they bind.
NEVER_EMPTY: Final = frozenset({"OPTIONAL", "BIND"})
# These have no solutions to look for by themselves.
RESTRICTING: Final = frozenset({"FILTER", "MINUS"})
_ELEMENTS: Final = frozenset(
    {"FILTER", "BIND", "VALUES", "OPTIONAL", "MINUS", "GRAPH", "SERVICE", "LATERAL"}
)
_NODES_OF_SEVERAL_TOKENS: Final = frozenset({"[", "(", "<<", "<<("})


class PatternPart(NamedTuple):
    """A part: `triple`, or the keyword of another element (GROUP for braces), and its text."""

    kind: str
    text: str


class _Range(NamedTuple):
    """Tokens of a query, from one index to before another."""

    start: int
    end: int


def read_parts(query: Query) -> list[PatternPart]:
    """Return the parts of the pattern of a well-formed query; empty if it has no pattern."""
    tokens = query.tokens
    closing = match_brackets(tokens)
    opening = _opening_brace(tokens)
    if opening is None or opening not in closing:
        return []
    return [*_Parts(query, closing).read(_Range(opening + 1, closing[opening]))]


def asks_for(query: Query, parts: Sequence[PatternPart]) -> str:
    """Return an ASK for these parts, with the prologue and the dataset of the query."""
    dataset = query.dataset
    graphs = "".join(f"FROM {graph}\n" for graph in dataset.default) if dataset else ""
    graphs += "".join(f"FROM NAMED {graph}\n" for graph in dataset.named) if dataset else ""
    body = "\n".join(part.text for part in parts)
    return f"{query.full_text[: query.prologue.end]}\nASK {graphs}{{\n{body}\n}}"


def _opening_brace(tokens: Sequence[SparqlToken]) -> int | None:
    """Return the index of the brace that opens the pattern: after WHERE, or else the first."""
    depth, first = 0, None
    for index, token in enumerate(tokens):
        if token.text == "{" and depth == 0:
            if tokens[index - 1].keyword == "WHERE":
                return index
            first = index if first is None else first
        depth += depth_change(token)
    return first


class _Parts:
    """Reads the parts of groups of one query."""

    def __init__(self, query: Query, closing: dict[int, int]) -> None:
        self._query, self._tokens, self._closing = query, query.tokens, closing

    def read(self, group: _Range) -> Iterator[PatternPart]:
        """Yield the parts within the braces of a group."""
        index = group.start
        if index < group.end and self._tokens[index].keyword == "SELECT":
            yield PatternPart("SELECT", f"{{ {self._text(group)} }}")
            return
        while index < group.end:
            token = self._tokens[index]
            if token.text == ".":
                index += 1
            elif token.text == "{":
                end = self._end_of_union(index, group.end)
                yield PatternPart("GROUP", self._text(_Range(index, end)))
                index = end
            elif token.keyword in _ELEMENTS:
                end = self._end_of_element(index, group.end)
                yield from self._element(_Range(index, end))
                index = end
            else:
                end = self._end_of_triples(index, group.end)
                yield from self._triples(_Range(index, end))
                index = end

    def _text(self, part: _Range) -> str:
        start, end = self._tokens[part.start].offset, self._tokens[part.end - 1].end
        return self._query.full_text[start:end]

    def _end_of_union(self, index: int, end: int) -> int:
        index = self._closing[index] + 1
        while index < end and self._tokens[index].keyword == "UNION":
            index = self._closing[index + 1] + 1
        return index

    def _end_of_element(self, index: int, end: int) -> int:
        """Return the index after its braces or parentheses, whichever come last."""
        keyword = self._tokens[index].keyword
        is_braced = keyword in ("OPTIONAL", "MINUS", "GRAPH", "SERVICE", "LATERAL", "VALUES")
        while index < end:
            token = self._tokens[index]
            if index in self._closing:
                is_last = token.text == "{" or (token.text == "(" and not is_braced)
                index = self._closing[index] + 1
                if is_last:
                    return index
            else:
                index += 1
        return end

    def _element(self, element: _Range) -> Iterator[PatternPart]:
        keyword = self._tokens[element.start].keyword
        if keyword == "GRAPH":
            opening = element.start + 2
            inner = [*self.read(_Range(opening + 1, element.end - 1))]
            name = self._tokens[element.start + 1].text
            # `GRAPH ?g { a } GRAPH ?g { b }` is `GRAPH ?g { a . b }`: the graph joins them.
            if inner and all(part.kind == TRIPLE for part in inner):
                for part in inner:
                    yield PatternPart(TRIPLE, f"GRAPH {name} {{ {part.text} }}")
                return
        yield PatternPart(keyword, self._text(element))

    def _end_of_triples(self, index: int, end: int) -> int:
        depth = 0
        while index < end:
            token = self._tokens[index]
            if depth == 0 and (token.keyword in _ELEMENTS or token.text in (".", "{")):
                return index
            depth += depth_change(token)
            index += 1
            # A name may include the full stop that ends its triple.
            if depth == 0 and token.kind == "name" and _ends_in_full_stop(token):
                return index
        return end

    def _triples(self, block: _Range) -> Iterator[PatternPart]:
        """Yield the triples of one subject; together, if they cannot be told apart safely."""
        whole = self._text(block).rstrip(".")
        subject = self._tokens[block.start]
        marks = {token.text for token in self._tokens[block.start : block.end]}
        if subject.text in _NODES_OF_SEVERAL_TOKENS or marks & {"{|", "~", ")>>"}:
            yield PatternPart(TRIPLE, f"{whole} .")
            return
        for verb_objects in self._split(_Range(block.start + 1, block.end), ";"):
            first, *others = self._split(verb_objects, ",")
            verb_end = self._start_of_object(first)
            verb = self._text(_Range(first.start, verb_end))
            for one in (_Range(verb_end, first.end), *others):
                node = self._text(one).rstrip(".")
                yield PatternPart(TRIPLE, f"{subject.text} {verb} {node} .")

    def _split(self, part: _Range, mark: str) -> Iterator[_Range]:
        """Yield the ranges between marks that are in no brackets; empty ones are left out."""
        depth, start = 0, part.start
        for index in range(part.start, part.end):
            token = self._tokens[index]
            depth += depth_change(token)
            if depth == 0 and token.text == mark:
                if index > start:
                    yield _Range(start, index)
                start = index + 1
        if part.end > start:
            yield _Range(start, part.end)

    def _start_of_object(self, verb_and_object: _Range) -> int:
        """Return the index at which the last node begins."""
        last = verb_and_object.end - 1
        token, before = self._tokens[last], self._tokens[last - 1]
        if token.kind == "language":
            return last - 1
        if before.text == "^^":
            return last - 2
        if before.text in ("-", "+") and token.kind == "number":
            return last - 1
        depth = depth_change(token)
        while depth < 0:
            last -= 1
            depth += depth_change(self._tokens[last])
        return last


def _ends_in_full_stop(token: SparqlToken) -> bool:
    return token.text.endswith(".") and not token.text.endswith("\\.")
