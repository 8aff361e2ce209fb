"""Rewrite a query for federation (SPARQL 1.1 Federated Query, section 2).

The query for the endpoint of a SERVICE block is built, and the block is then replaced by a group
that has exactly the endpoint's solutions. The pattern before a block can restrict its solutions:
Join(A, P) equals Join(A, P'), where P' has only the solutions of P that join with a solution of A,
and the same holds for LeftJoin(A, P). So if the group around the block starts with A, the endpoint
need not send solutions that join with nothing in A.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE
from kg.sparql.query import Query
from kg.sparql.service_blocks import ServiceBlock, certain_variables, variables_in
from kg.sparql.tokens import SparqlToken, match_brackets, tokenize

Term = NamedNode | BlankNode | Literal | Triple

# The IRI of a custom function of the store; users' queries have no reason to call it.
BLANK_NODE_FUNCTION: Final = NamedNode(f"{BASE}function/blank-node")
# A pattern with one of these may have other solutions when it is evaluated a second time.
_UNSTABLE: Final = re.compile(
    r"\b(?:RAND|NOW|UUID|STRUUID|BNODE|SAMPLE|GROUP_CONCAT|LIMIT|OFFSET)\b", re.IGNORECASE
)
# The group after one of these words can use variable bindings from outside the group.
_USES_OUTER_BINDINGS: Final = frozenset({"EXISTS", "LATERAL"})


class Solutions(NamedTuple):
    """Rows of terms, None where unbound, with one column per variable (without question mark)."""

    variables: Sequence[str]
    rows: Sequence[Sequence[Term | None]]

    def project(self, variables: Collection[str]) -> "Solutions":
        """Return the solutions projected to these variables; other names are ignored."""
        columns = [index for index, name in enumerate(self.variables) if name in variables]
        names = [self.variables[index] for index in columns]
        return Solutions(names, [[row[index] for index in columns] for row in self.rows])


def with_graph_for_service(query: Query) -> Query:
    """Replace SERVICE by GRAPH, which is allowed in the same places, to check only the syntax."""
    text = list(query.full_text)
    for token, following in pairwise(query.tokens):
        if token.keyword == "SERVICE":
            text[token.offset : token.end] = "GRAPH  "
            if following.keyword == "SILENT":
                text[following.offset : following.end] = "      "
    return Query("".join(text), query.base_iri)


def endpoint_query(query: Query, block: ServiceBlock, restriction: Solutions | None = None) -> str:
    """Return the query for all solutions of the group that join with the restriction."""
    text = f"{query.prologue_text}SELECT * WHERE {{{block.body}}}"
    return f"{text}\n{values_clause(restriction)}" if restriction is not None else text


def replace_block(query: Query, block: ServiceBlock, solutions: Solutions) -> Query:
    """Return the query with a block replaced by a group that has these solutions."""
    before, after = query.full_text[: block.start], query.full_text[block.end :]
    return Query(f"{before}{{ {_values_pattern(solutions)} }}{after}", query.base_iri)


def values_clause(solutions: Solutions) -> str:
    """Return a VALUES clause with these solutions, which must not contain blank nodes."""
    names = " ".join(f"?{name}" for name in solutions.variables)
    rows = "\n".join(f"({' '.join(map(_serialize, row))})" for row in solutions.rows)
    return f"VALUES ({names}) {{\n{rows}\n}}"


def _values_pattern(solutions: Solutions) -> str:
    """Return a pattern with these solutions; a function makes blank nodes, which VALUES lacks."""
    columns = list(zip(*solutions.rows, strict=True)) or [()] * len(solutions.variables)
    with_blank_nodes = [n for n, column in enumerate(columns) if BlankNode in map(type, column)]
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


class JoinRestriction(NamedTuple):
    """A graph pattern, with the names of its variables that every solution of a block binds.

    `endpoint` is the variable that stands for the endpoint if the pattern has it, else None.
    """

    pattern: str
    variables: Sequence[str]
    endpoint: str | None

    def query(self, prologue: str, variables: Sequence[str], *, most_rows: int) -> str:
        """Return the query for at most `most_rows` + 1 distinct values of these variables."""
        projection = " ".join(f"?{name}" for name in variables)
        where = f"WHERE {{ {self.pattern} }} LIMIT {most_rows + 1}"
        return f"{prologue}SELECT DISTINCT {projection} {where}"


def find_restriction(block: ServiceBlock) -> JoinRestriction | None:
    """Return the restriction of a block, or None if no safe one is found.

    Every solution of the block binds its variables, so a row joins with at most one combination.
    """
    before = list(tokenize(block.query_text[: block.start]))
    closing = match_brackets(before)
    opened = [n for n, (_, text, _) in enumerate(before) if text in ("(", "{") and n not in closing]
    if any(before[n].text == "(" or _previous(before, n) in _USES_OUTER_BINDINGS for n in opened):
        return None
    pattern = _preceding_pattern(block, before, opened)
    if not pattern or _UNSTABLE.search(pattern):
        return None
    in_pattern = variables_in(tokenize(pattern))
    names = [name for name in block.certain_variables if name in in_pattern - {block.variable}]
    return JoinRestriction(pattern, names, block.variable if block.variable in in_pattern else None)


def _preceding_pattern(
    block: ServiceBlock, all_tokens: Sequence[SparqlToken], open_brackets: Sequence[int]
) -> str:
    """Join the beginnings of the enclosing groups, as far out as they restrict the block."""
    pieces: list[str] = []
    is_last, end = False, block.start
    for index in reversed(open_brackets):
        start = all_tokens[index].offset + 1
        piece = "".join(_without_undecided_filters(block.query_text[start:end]))
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
    """Yield a group's beginning without filters on variables that may be bound after the block."""
    group = list(tokenize(text))
    closing = match_brackets(group)
    certain = certain_variables(group)
    index = end = 0
    while index < len(group):
        last = closing.get(index, index)
        if group[index].keyword == "FILTER":
            # A filter ends with its first bracketed part.
            brackets = (closing[other] for other in range(index, len(group)) if other in closing)
            last = next(brackets, len(group) - 1)
            if not _is_decided(group[index : last + 1], certain):
                yield text[end : group[index].offset]
                end = group[last].end
        index = last + 1
    yield text[end:]


def _is_decided(filter_tokens: Sequence[SparqlToken], certain: set[str]) -> bool:
    """Return whether a filter depends only on variables that are certainly bound."""
    # A token that looks like an IRI may be a comparison with a variable in it.
    is_clear = not any(
        token.keyword == "EXISTS" or (token.kind == "iri" and {"?", "$"} & set(token.text))
        for token in filter_tokens
    )
    return is_clear and variables_in(filter_tokens) <= certain
