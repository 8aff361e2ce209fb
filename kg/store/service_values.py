"""Rewrite a query for federation (SPARQL 1.1 Federated Query, section 2).

The query for the endpoint of a SERVICE block is built, and the block is then replaced by a group
that has exactly the endpoint's solutions. The pattern before a block can restrict its solutions:
Join(A, P) equals Join(A, P'), where P' has only the solutions of P that join with a solution of A,
and the same holds for LeftJoin(A, P). So if the group around the block starts with A, the endpoint
need not send solutions that join with nothing in A.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE
from kg.store.query import Prologue, SparqlToken, blank_out, tokenize
from kg.store.service_blocks import ServiceBlock, certain_variables, variables_in

Term = NamedNode | BlankNode | Literal | Triple

# The IRI of a custom function of the store; users' queries have no reason to call it.
BLANK_NODE_FUNCTION: Final = NamedNode(f"{BASE}function/blank-node")
# A pattern with one of these may have other solutions when it is evaluated a second time.
_UNSTABLE: Final = re.compile(
    r"\b(?:RAND|NOW|UUID|STRUUID|BNODE|SAMPLE|GROUP_CONCAT|LIMIT|OFFSET)\b", re.IGNORECASE
)
# The group after one of these words can use variable bindings from outside the group.
_USES_OUTER_BINDINGS: Final = frozenset({"EXISTS", "LATERAL"})
_OPENING: Final = frozenset({"(", "{"})
_CLOSING: Final = frozenset({")", "}"})


@dataclass(frozen=True)
class Solutions:
    """Rows of terms, None where unbound, with one column per variable (without question mark)."""

    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]

    def project(self, variables: Collection[str]) -> "Solutions":
        """Return the solutions projected to these variables; other names are ignored."""
        columns = [index for index, name in enumerate(self.variables) if name in variables]
        names = [self.variables[index] for index in columns]
        return Solutions(names, [[row[index] for index in columns] for row in self.rows])


def with_graph_for_service(text: str, blocks: Sequence[ServiceBlock]) -> str:
    """Replace SERVICE by GRAPH, to check the syntax of a query without calling endpoints.

    The grammar allows both keywords in the same places, and both bind the same variables. Errors
    keep their line and column.
    """
    for block in blocks:
        end = block.start + len("SERVICE")
        text = f"{text[: block.start]}{'GRAPH'.ljust(len('SERVICE'))}{text[end:]}"
        if block.is_silent:
            text = blank_out(text, end, block.endpoint.offset)
    return text


def endpoint_query(
    block: ServiceBlock, names: Prologue, restriction: Solutions | None = None
) -> str:
    """Return the query for all solutions of the group that join with the restriction."""
    query = f"{names.text}SELECT * WHERE {{{block.body}}}"
    return f"{query}\n{values_clause(restriction)}" if restriction is not None else query


def replace_block(text: str, block: ServiceBlock, solutions: Solutions) -> str:
    """Return the query with a block replaced by a group that has these solutions."""
    return f"{text[: block.start]}{{ {_values_pattern(solutions)} }}{text[block.end :]}"


def values_clause(solutions: Solutions) -> str:
    """Return a VALUES clause with these solutions, which must not contain blank nodes."""
    names = " ".join(f"?{name}" for name in solutions.variables)
    rows = "\n".join(f"({' '.join(map(_serialize, row))})" for row in solutions.rows)
    return f"VALUES ({names}) {{\n{rows}\n}}"


def _values_pattern(solutions: Solutions) -> str:
    """Return a graph pattern with these solutions.

    VALUES cannot contain blank nodes. So it has their labels in extra columns, and a custom
    function of the store turns the labels into blank nodes.
    """
    columns = list(zip(*solutions.rows, strict=True)) or [()] * len(solutions.variables)
    with_blank_nodes = [
        index
        for index, column in enumerate(columns)
        if any(isinstance(term, BlankNode) for term in column)
    ]
    if not with_blank_nodes:
        return values_clause(solutions)
    # Longer than every existing name, so the new names are unique.
    unique = "_" * (max(map(len, solutions.variables)) + 1)
    names, binds = list(solutions.variables), []
    for index in with_blank_nodes:
        term, label = f"{unique}term{index}", f"{unique}label{index}"
        name, names[index] = names[index], term
        names.append(label)
        binds.append(f"BIND(COALESCE(?{term}, {BLANK_NODE_FUNCTION}(?{label})) AS ?{name})")
    rows = [
        [
            *(None if isinstance(term, BlankNode) else term for term in row),
            *(_label(row[index]) for index in with_blank_nodes),
        ]
        for row in solutions.rows
    ]
    projection = " ".join(f"?{name}" for name in solutions.variables)
    return f"SELECT {projection} {{ {values_clause(Solutions(names, rows))} {' '.join(binds)} }}"


def _label(term: Term | None) -> Literal | None:
    return Literal(term.value) if isinstance(term, BlankNode) else None


def _serialize(term: Term | None) -> str:
    """Return a term as written in VALUES."""
    if term is None:
        return "UNDEF"
    if isinstance(term, Triple):
        parts = (term.subject, term.predicate, term.object)
        return f"<<( {' '.join(map(_serialize, parts))} )>>"
    return str(term)


def make_blank_node(label: Literal) -> BlankNode:
    """Return the blank node with a label; implements the custom function `BLANK_NODE_FUNCTION`."""
    return BlankNode(label.value)


def contains_blank_node(term: Term | None) -> bool:
    """Return whether a term is a blank node, or a triple term that contains one."""
    if isinstance(term, Triple):
        return contains_blank_node(term.subject) or contains_blank_node(term.object)
    return isinstance(term, BlankNode)


@dataclass(frozen=True)
class JoinRestriction:
    """A graph pattern, with the names of its variables that every solution of a block binds.

    `endpoint` is the variable that stands for the endpoint if the pattern has it, else None.
    """

    pattern: str
    variables: Sequence[str]
    endpoint: str | None

    def query(self, prologue: str, variables: Sequence[str], *, most_rows: int) -> str:
        """Return the query for at most `most_rows` + 1 distinct values of these variables."""
        projection = " ".join(f"?{name}" for name in variables)
        select = f"SELECT DISTINCT {projection} WHERE {{ {self.pattern} }} LIMIT {most_rows + 1}"
        return f"{prologue}{select}"


def find_restriction(text: str, block: ServiceBlock) -> JoinRestriction | None:
    """Return the restriction of a block, or None if no safe one is found.

    Its variables are bound in every solution of the block, so each row of the block joins with at
    most one combination of their values.
    """
    before_block = list(tokenize(text[: block.start]))
    open_brackets = _open_brackets(before_block)
    if any(
        before_block[index].text == "(" or _previous(before_block, index) in _USES_OUTER_BINDINGS
        for index in open_brackets
    ):
        return None
    pattern = _preceding_pattern(text, before_block, open_brackets, block.start)
    if not pattern or _UNSTABLE.search(pattern):
        return None
    in_pattern = variables_in(tokenize(pattern))
    names = [name for name in block.certain_variables if name in in_pattern - {block.variable}]
    return JoinRestriction(pattern, names, block.variable if block.variable in in_pattern else None)


def _open_brackets(all_tokens: Sequence[SparqlToken]) -> list[int]:
    """Return the indexes of the brackets that are still open at the end, outermost first."""
    open_brackets: list[int] = []
    for index, token in enumerate(all_tokens):
        if token.text in _OPENING:
            open_brackets.append(index)
        elif token.text in _CLOSING and open_brackets:
            open_brackets.pop()
    return open_brackets


def _preceding_pattern(
    text: str, all_tokens: Sequence[SparqlToken], open_brackets: Sequence[int], end: int
) -> str:
    """Join the beginnings of the enclosing groups, as far out as they restrict the block."""
    pieces: list[str] = []
    is_last = False
    for index in reversed(open_brackets):
        start = all_tokens[index].offset + 1
        piece = "".join(_without_undecided_filters(text[start:end]))
        pieces += [f"{{ {piece} }}"] if piece.strip() else []
        previous = _previous(all_tokens, index)
        # Stop at the group around an OPTIONAL: further out, rows that it lacks would be visible.
        if is_last or previous not in {"OPTIONAL", "{", "}", "."}:
            break
        is_last = previous == "OPTIONAL"
        end = all_tokens[index - 1].offset if is_last else all_tokens[index].offset
    pattern = " ".join(pieces)
    # The innermost GRAPH clause around the block, if any.
    for index in reversed(open_brackets):
        if pieces and index > 1 and _previous(all_tokens, index - 1) == "GRAPH":
            return f"GRAPH {all_tokens[index - 1].text} {{ {pattern} }}"
    return pattern


def _previous(all_tokens: Sequence[SparqlToken], index: int) -> str:
    """Return the text of the token before this one, in capitals."""
    return all_tokens[index - 1].text.upper() if index else ""


def _without_undecided_filters(text: str) -> Iterator[str]:
    """Yield the parts of the beginning of a group, without filters that depend on later patterns.

    A filter applies to the whole group, so it may test variables that are bound after the block.
    """
    group = list(tokenize(text))
    certain = certain_variables(group)
    depth = end = 0
    for index, token in enumerate(group):
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 and token.kind == "word" and token.text.upper() == "FILTER":
            after = _end_of_filter(group, index)
            if not _is_decided(group[index:after], certain):
                yield text[end : token.offset]
                end = group[after].offset if after < len(group) else len(text)
    yield text[end:]


def _end_of_filter(group: Sequence[SparqlToken], start: int) -> int:
    """Return the index after a filter, which ends with its first bracketed part."""
    depth = 0
    for index in range(start, len(group)):
        depth += (group[index].text in _OPENING) - (group[index].text in _CLOSING)
        if depth == 0 and group[index].text in _CLOSING:
            return index + 1
    return len(group)


def _is_decided(filter_tokens: Sequence[SparqlToken], certain: set[str]) -> bool:
    """Return whether a filter depends only on variables that are certainly bound."""
    words = {token.text.upper() for token in filter_tokens if token.kind == "word"}
    # A token that looks like an IRI may be a comparison with a variable in it.
    is_clear = not any(
        "?" in token.text or "$" in token.text for token in filter_tokens if token.kind == "iri"
    )
    return is_clear and "EXISTS" not in words and variables_in(filter_tokens) <= certain
