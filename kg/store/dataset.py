"""Choose the dataset of a query from its FROM clauses, the client's request and entailment."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, MalformedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.store.query import SparqlToken, position_at, tokenize

ENTAILMENTS: Final = ("all", "none")
_CODE_POINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U(00(?:10|0[0-9A-Fa-f])[0-9A-Fa-f]{4})")


@dataclass(frozen=True)
class QueryDataset:
    """An RDF dataset: the graphs merged into the default graph, and the named graphs."""

    default: Sequence[NamedNode] = ()
    named: Sequence[NamedNode] = ()

    def without_derived(self) -> "QueryDataset":
        """Return the dataset without the derived graphs."""
        return QueryDataset(_asserted(self.default), _asserted(self.named))


def effective_dataset(
    text: str,
    entailment: str,
    *,
    given: QueryDataset | None,
    base_iri: str | None,
    all_named: Sequence[NamedNode],
) -> QueryDataset | None:
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
    dataset = given or dataset_in_query(text, base_iri) or QueryDataset((ASSERTED,), all_named)
    return dataset.without_derived()


def dataset_in_query(text: str, base_iri: str | None = None) -> QueryDataset | None:
    """Return the graphs of the FROM and FROM NAMED clauses, or None if the query has neither.

    Raises:
        MalformedQuery: a FROM clause without a valid IRI; with line and column.
    """
    default: list[NamedNode] = []
    named: list[NamedNode] = []
    prefixes: dict[str, str] = {}
    base = base_iri or ""
    end = SparqlToken("end", "", len(text))
    stream = tokenize(text) if "from" in text.lower() else iter(())
    for token in stream:
        word = token.text.upper() if token.kind == "word" else ""
        if word == "BASE":
            base = resolve_iri(text, base, next(stream, end))
        elif word == "PREFIX":
            prefix = next(stream, end).text.rstrip(":")
            prefixes[prefix] = resolve_iri(text, base, next(stream, end))
        elif word == "FROM":
            graphs, graph = _read_from_clause(stream, end, default, named)
            graphs.append(_resolve_graph(text, graph, prefixes, base))
    return QueryDataset(default, named) if default or named else None


def _read_from_clause(
    stream: Iterator[SparqlToken],
    end: SparqlToken,
    default: list[NamedNode],
    named: list[NamedNode],
) -> tuple[list[NamedNode], SparqlToken]:
    """Return the list that the clause adds to, and the token of its graph."""
    graph = next(stream, end)
    return (named, next(stream, end)) if graph.text.upper() == "NAMED" else (default, graph)


def _resolve_graph(text: str, graph: SparqlToken, prefixes: dict[str, str], base: str) -> NamedNode:
    prefix, _, local_name = graph.text.partition(":")
    is_prefixed = graph.kind == "name"
    expanded = prefixes.get(prefix, "") + unescape_local_name(local_name)
    try:
        return NamedNode(expanded if is_prefixed else resolve_iri(text, base, graph))
    except ValueError as error:
        reason = f"expected an absolute IRI after FROM; {error}"
        raise MalformedQuery(reason, *position_at(text, graph.offset)) from error


def unescape_local_name(local_name: str) -> str:
    """Return a local name without the backslashes that escape its punctuation."""
    return re.sub(r"\\(.)", r"\1", local_name)


def resolve_iri(text: str, base: str, token: SparqlToken) -> str:
    """Return the IRI in the angle brackets of a token, resolved against the base.

    Raises:
        MalformedQuery: the text cannot be resolved; with line and column.
    """
    iri = _CODE_POINT.sub(lambda match: chr(int(match[1] or match[2], 16)), token.text[1:-1])
    try:
        absolute = urljoin(base, iri)
    except ValueError as error:
        raise MalformedQuery(f"not an IRI; {error}", *position_at(text, token.offset)) from error
    # urljoin drops an empty fragment, but many namespaces end in "#".
    return f"{absolute}#" if iri.endswith("#") and not absolute.endswith("#") else absolute


def _asserted(graphs: Iterable[NamedNode]) -> list[NamedNode]:
    prefix = f"{DERIVED.value}-"
    return [graph for graph in graphs if graph != DERIVED and not graph.value.startswith(prefix)]
