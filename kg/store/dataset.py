"""Choose the dataset of a query from its FROM clauses, the client's request and entailment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, MalformedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.store.query import (
    Prologue,
    SparqlToken,
    position_at,
    resolve_iri,
    tokenize,
    unescape_local_name,
)

ENTAILMENTS: Final = ("all", "none")


@dataclass(frozen=True)
class QueryDataset:
    """An RDF dataset: the graphs merged into the default graph, and the named graphs."""

    default: Sequence[NamedNode] = ()
    named: Sequence[NamedNode] = ()

    def without_derived(self) -> "QueryDataset":
        """Return the dataset without the derived graphs."""
        default, named = (
            [graph for graph in graphs if not f"{graph.value}-".startswith(f"{DERIVED.value}-")]
            for graphs in (self.default, self.named)
        )
        return QueryDataset(default, named)


def effective_dataset(
    text: str,
    entailment: str,
    *,
    given: QueryDataset | None,
    base_iri: str | None,
    all_named: Sequence[NamedNode],
) -> QueryDataset | None:
    """Return the dataset to run a query on, or None to let the engine use its default.

    The engine's default is the dataset of the query's FROM clauses, or else that of the release.

    Args:
        text: the query.
        entailment: one of `ENTAILMENTS`.
        given: the dataset of the client's request, which overrides FROM clauses.
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
    if "from" not in text.lower():
        return None
    prologue = Prologue.parse(text, base_iri or "")
    default: list[NamedNode] = []
    named: list[NamedNode] = []
    end = SparqlToken("end", "", len(text))
    stream = tokenize(text)
    for token in stream:
        if token.kind == "word" and token.text.upper() == "FROM":
            graph, graphs = next(stream, end), default
            if graph.text.upper() == "NAMED":
                graph, graphs = next(stream, end), named
            graphs.append(_resolve_graph(text, graph, prologue))
    return QueryDataset(default, named) if default or named else None


def _resolve_graph(text: str, graph: SparqlToken, prologue: Prologue) -> NamedNode:
    prefix, _, local_name = graph.text.partition(":")
    try:
        if graph.kind == "name":
            return NamedNode(prologue.prefixes.get(prefix, "") + unescape_local_name(local_name))
        return NamedNode(resolve_iri(text, prologue.base, graph))
    except ValueError as error:
        reason = f"expected an absolute IRI after FROM; {error}"
        raise MalformedQuery(reason, *position_at(text, graph.offset)) from error
