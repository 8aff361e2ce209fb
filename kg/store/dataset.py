"""Choose the dataset of a query from its FROM clauses, the client's request and entailment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, MalformedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.store.query import Token, position, tokens

ENTAILMENTS: Final = ("all", "none")
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:10|0[0-9A-Fa-f])[0-9A-Fa-f]{4})")


@dataclass(frozen=True)
class Dataset:
    """An RDF dataset: the graphs merged into the default graph, and the named graphs."""

    default: Sequence[NamedNode] = ()
    named: Sequence[NamedNode] = ()

    def asserted(self) -> "Dataset":
        """Return the dataset without the derived graphs."""
        return Dataset(_asserted(self.default), _asserted(self.named))


def dataset_for(
    text: str,
    entailment: str,
    *,
    given: Dataset | None,
    base_iri: str | None,
    all_named: Sequence[NamedNode],
) -> Dataset | None:
    """Return the dataset to run a query on, or None to let the engine use the default.

    The engine's default is the dataset of the query's FROM clauses, or else that of the release.

    Args:
        text: the query.
        entailment: one of `ENTAILMENTS`.
        given: the dataset of the client's request; it overrides the query's FROM clauses.
        base_iri: the base of relative IRIs in FROM clauses.
        all_named: every named graph of the release.

    Raises:
        MalformedParameter: unknown entailment.
        MalformedQuery: a FROM clause without a valid IRI.
    """
    if entailment not in ENTAILMENTS:
        raise MalformedParameter("entailment", f"expected 'all' or 'none', got '{entailment}'")
    if entailment == "all":
        return given
    dataset = given or dataset_of(text, base_iri) or Dataset((ASSERTED,), all_named)
    return dataset.asserted()


def dataset_of(text: str, base_iri: str | None = None) -> Dataset | None:
    """Return the graphs of the FROM and FROM NAMED clauses, or None if the query has neither.

    Raises:
        MalformedQuery: a FROM clause without a valid IRI; with line and column.
    """
    default: list[NamedNode] = []
    named: list[NamedNode] = []
    prefixes: dict[str, str] = {}
    base = base_iri or ""
    end = Token("end", "", len(text))
    stream = tokens(text) if "from" in text.lower() else iter(())
    for token in stream:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE":
            base = resolved(text, base, next(stream, end))
        elif word == "PREFIX":
            prefix = next(stream, end).text.rstrip(":")
            prefixes[prefix] = resolved(text, base, next(stream, end))
        elif word == "FROM":
            graphs, graph = _read_from_clause(stream, end, default, named)
            graphs.append(_resolve_graph(text, graph, prefixes, base))
    return Dataset(default, named) if default or named else None


def _read_from_clause(
    stream: Iterator[Token], end: Token, default: list[NamedNode], named: list[NamedNode]
) -> tuple[list[NamedNode], Token]:
    """Return the list that the clause adds to, and the token of its graph."""
    graph = next(stream, end)
    return (named, next(stream, end)) if graph.text.upper() == "NAMED" else (default, graph)


def _resolve_graph(text: str, graph: Token, prefixes: dict[str, str], base: str) -> NamedNode:
    prefix, _, local_name = graph.text.partition(":")
    is_prefixed = graph.kind == "name"
    expanded = prefixes.get(prefix, "") + unescaped(local_name)
    try:
        return NamedNode(expanded if is_prefixed else resolved(text, base, graph))
    except ValueError as error:
        reason = f"expected an absolute IRI after FROM; {error}"
        raise MalformedQuery(reason, *position(text, graph.offset)) from error


def unescaped(local_name: str) -> str:
    """Return a local name without the backslashes that escape its punctuation."""
    return re.sub(r"\\(.)", r"\1", local_name)


def resolved(text: str, base: str, token: Token) -> str:
    """Return the IRI in the angle brackets of a token, resolved against the base.

    Raises:
        MalformedQuery: the text cannot be resolved; with line and column.
    """
    iri = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
    try:
        absolute = urljoin(base, iri)
    except ValueError as error:
        raise MalformedQuery(f"not an IRI; {error}", *position(text, token.offset)) from error
    # urljoin drops an empty fragment, but many namespaces end in "#".
    return f"{absolute}#" if iri.endswith("#") and not absolute.endswith("#") else absolute


def _asserted(graphs: Iterable[NamedNode]) -> list[NamedNode]:
    prefix = f"{DERIVED.value}-"
    return [graph for graph in graphs if graph != DERIVED and not graph.value.startswith(prefix)]
