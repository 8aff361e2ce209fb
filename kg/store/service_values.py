"""Solutions of another endpoint -> SPARQL that has just these solutions.

A SERVICE block -> the query that its endpoint is asked (SPARQL 1.1 Federated Query, 2).

What stands before a SERVICE block -> the solutions that its own have to join with.

Join(A, P) is Join(A, those of P that join with one of A), and LeftJoin(A, P) likewise. So where
the group around the block begins with A, the endpoint need not tell what joins with nothing.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE
from kg.store.query import Token, tokens
from kg.store.service_blocks import Names, ServiceBlock, certain_in

Term = NamedNode | BlankNode | Literal | Triple

# No IRI of the ontology: it stands in no query that somebody has written.
BLANK_NODE: Final = NamedNode(f"{BASE}function/blank-node")


@dataclass(frozen=True)
class Solutions:
    """Rows of terms, one column for each variable (without its mark); none where it is unbound."""

    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]

    def keep(self, variables: Collection[str]) -> "Solutions":
        """The same with no other variables than these."""
        places = [at for at, name in enumerate(self.variables) if name in variables]
        names = [self.variables[at] for at in places]
        return Solutions(names, [[row[at] for at in places] for row in self.rows])


def with_solutions(text: str, block: ServiceBlock, solutions: Solutions) -> str:
    """The query with a group of these solutions in the place of a block."""
    return f"{text[: block.start]}{{ {_values_pattern(solutions)} }}{text[block.end :]}"


def values(solutions: Solutions) -> str:
    """`VALUES` with these solutions, among which is no blank node."""
    names = " ".join(f"?{name}" for name in solutions.variables)
    rows = "\n".join(f"({' '.join(map(_written, row))})" for row in solutions.rows)
    return f"VALUES ({names}) {{\n{rows}\n}}"


def _values_pattern(solutions: Solutions) -> str:
    """A blank node is no term of VALUES: it is made of its label by a function of the store."""
    columns = list(zip(*solutions.rows, strict=True)) or [()] * len(solutions.variables)
    nodes = [at for at, column in enumerate(columns) if any(_is_node(term) for term in column)]
    if not nodes:
        return values(solutions)
    # Longer than every name, and so none of them.
    new = "_" * (max(map(len, solutions.variables)) + 1)
    names, binds = list(solutions.variables), []
    for at in nodes:
        term, label = f"{new}term{at}", f"{new}label{at}"
        name, names[at] = names[at], term
        names.append(label)
        binds.append(f"BIND(COALESCE(?{term}, {BLANK_NODE}(?{label})) AS ?{name})")
    rows = [
        [
            *(None if _is_node(term) else term for term in row),
            *(_label(row[at]) for at in nodes),
        ]
        for row in solutions.rows
    ]
    shown = " ".join(f"?{name}" for name in solutions.variables)
    return f"SELECT {shown} {{ {values(Solutions(names, rows))} {' '.join(binds)} }}"


def blank_node(label: Literal) -> BlankNode:
    """The blank node with this label; the function `BLANK_NODE` of the store."""
    return BlankNode(label.value)


def has_node(term: Term | None) -> bool:
    """Whether a term is a blank node, or a triple term with one in it."""
    if isinstance(term, Triple):
        return has_node(term.subject) or has_node(term.object)
    return isinstance(term, BlankNode)


def _is_node(term: Term | None) -> bool:
    return isinstance(term, BlankNode)


def _label(term: Term | None) -> Literal | None:
    return Literal(term.value) if isinstance(term, BlankNode) else None


def _written(term: Term | None) -> str:
    if term is None:
        return "UNDEF"
    if isinstance(term, Triple):
        parts = (term.subject, term.predicate, term.object)
        return f"<<( {' '.join(map(_written, parts))} )>>"
    return str(term)


def question(block: ServiceBlock, names: Names, restriction: Solutions | None = None) -> str:
    """What the endpoint is asked: all solutions of the group that join with the restriction."""
    asked = f"{names.prologue}SELECT * WHERE {{{block.body}}}"
    return f"{asked}\n{values(restriction)}" if restriction is not None else asked


def checkable(text: str, blocks: Sequence[ServiceBlock]) -> str:
    """The query with GRAPH for SERVICE: as well-formed as it was, each mistake where it was.

    The two stand at the same places of the grammar, and bind the same variables.
    """
    parts, end = [], 0
    for block in blocks:
        words = text[block.start : block.endpoint.offset]
        keyword, rest = words[: len("SERVICE")], words[len("SERVICE") :]
        written = "GRAPH".ljust(len(keyword)) + (_blanked(rest) if block.is_silent else rest)
        parts += [text[end : block.start], written]
        end = block.endpoint.offset
    return "".join([*parts, text[end:]])


def _blanked(words: str) -> str:
    """White space instead of SILENT and of comments, line for line."""
    return "".join(one if one in "\r\n" else " " for one in words)


# Asked twice, a pattern with one of these may have other solutions.
_FICKLE: Final = re.compile(
    r"\b(?:RAND|NOW|UUID|STRUUID|BNODE|SAMPLE|GROUP_CONCAT|LIMIT|OFFSET)\b", re.IGNORECASE
)
# What a group after one of these binds may come from around it.
_FROM_OUTSIDE: Final = frozenset({"EXISTS", "LATERAL"})
_OPENING: Final = frozenset({"(", "{"})
_CLOSING: Final = frozenset({")", "}"})


@dataclass(frozen=True)
class Restriction:
    """A group graph pattern, and the names of those of its variables that a block binds too.

    `endpoint` is the variable that stands for the endpoint, where the pattern has it.
    """

    pattern: str
    variables: Sequence[str]
    endpoint: str | None

    def query(self, prologue: str, variables: Sequence[str], *, most_rows: int) -> str:
        """The query for distinct values of these; for one more than so many, if there are more."""
        shown = " ".join(f"?{name}" for name in variables)
        asked = f"SELECT DISTINCT {shown} WHERE {{ {self.pattern} }} LIMIT {most_rows + 1}"
        return f"{prologue}{asked}"


def restriction_of(text: str, block: ServiceBlock) -> Restriction | None:
    """What the block's solutions have to join with; none where that is not for sure.

    The variables are those that every solution of the block binds, so that none of its rows joins
    with two.
    """
    found = list(tokens(text[: block.start]))
    around = _brackets(found)
    if any(found[at].text == "(" or _before(found, at) in _FROM_OUTSIDE for at in around):
        return None
    pattern = _preceding_pattern(text, found, around, block.start)
    if not pattern or _FICKLE.search(pattern):
        return None
    known = {one.text[1:] for one in tokens(pattern) if one.kind == "variable"}
    names = [name for name in block.certain if name in known and name != block.variable]
    return Restriction(pattern, names, block.variable if block.variable in known else None)


def _brackets(found: Sequence[Token]) -> list[int]:
    """The places of those brackets that are still open at the end, outermost first."""
    around: list[int] = []
    for at, token in enumerate(found):
        if token.kind == "mark" and token.text in _OPENING:
            around.append(at)
        elif token.kind == "mark" and token.text in _CLOSING and around:
            around.pop()
    return around


def _preceding_pattern(text: str, found: Sequence[Token], around: Sequence[int], end: int) -> str:
    """The beginnings of the groups around, as far out as they restrict the block, joined."""
    pieces: list[str] = []
    is_last = False
    for at in reversed(around):
        start = found[at].offset + 1
        piece = "".join(_without_filters(text[start:end]))
        pieces += [f"{{ {piece} }}"] if piece.strip() else []
        before = _before(found, at)
        # Beyond an OPTIONAL, that it lacks a row would show.
        if is_last or before not in {"OPTIONAL", "{", "}", "."}:
            break
        is_last = before == "OPTIONAL"
        end = found[at - 1].offset if is_last else found[at].offset
    pattern = " ".join(pieces)
    graph = next((at for at in reversed(around) if _names_graph(found, at)), None)
    return f"GRAPH {found[graph - 1].text} {{ {pattern} }}" if graph and pieces else pattern


def _before(found: Sequence[Token], at: int) -> str:
    return found[at - 1].text.upper() if at else ""


def _names_graph(found: Sequence[Token], at: int) -> bool:
    return at > 1 and found[at - 2].text.upper() == "GRAPH"


def _without_filters(text: str) -> Iterator[str]:
    """The text of a group's beginning without the filters that later patterns could decide.

    A filter is of the whole group: it may test what is bound only after the block.
    """
    found = list(tokens(text))
    certain = certain_in(found)
    depth, end, at = 0, 0, 0
    while at < len(found):
        token = found[at]
        if token.kind == "mark":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 and token.kind == "word" and token.text.upper() == "FILTER":
            after = _after_filter(found, at)
            inside = found[at:after]
            if not _is_decided(inside, certain):
                yield text[end : token.offset]
                end = found[after].offset if after < len(found) else len(text)
            at = after
            continue
        at += 1
    yield text[end:]


def _after_filter(found: Sequence[Token], at: int) -> int:
    """The place after a filter: past the bracket that comes first, and all that is in it."""
    depth = 0
    for place in range(at, len(found)):
        depth += (found[place].text in _OPENING) - (found[place].text in _CLOSING)
        if depth == 0 and found[place].text in _CLOSING:
            return place + 1
    return len(found)


def _is_decided(inside: Sequence[Token], certain: set[str]) -> bool:
    words = {one.text.upper() for one in inside if one.kind == "word"}
    names = {one.text[1:] for one in inside if one.kind == "variable"}
    # What looks like an IRI may be a comparison with a variable in it.
    is_clear = not any("?" in one.text or "$" in one.text for one in inside if one.kind == "iri")
    return is_clear and "EXISTS" not in words and names <= certain
