"""Answers to a query, compared: the same rows as often, blank nodes renamed consistently."""

from pathlib import Path
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Triple,
    parse_query_results,
)

Results = QuerySolutions | QueryBoolean | QueryTriples
Answer = bool | Dataset

_VALUE: Final = "https://example.org/variable/"
_ROW: Final = Quad(BlankNode(), NamedNode(f"{_VALUE}-row"), NamedNode(f"{_VALUE}-row"))


def answer(results: Results) -> Answer:
    """An answer that equals another exactly if they are the same answer.

    A row becomes a blank node with a triple for each binding, so that two tables are the same as
    far as their graphs are isomorphic; canonical graphs are equal then.

    Source: RDF Dataset Canonicalization (RDFC-1.0).
    """
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        raise SystemExit("None of the entailment tests constructs a graph.")
    rows = Dataset()
    for solution in results:
        row = BlankNode()
        rows.add(Quad(row, _ROW.predicate, _ROW.object))
        for variable in results.variables:
            value = solution[variable]
            if value is not None and not isinstance(value, Triple):
                rows.add(Quad(row, NamedNode(f"{_VALUE}{variable.value}"), value))
    rows.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return rows


def read_answer(path: Path) -> Answer:
    """The answer in a file of SPARQL results."""
    results = parse_query_results(path=path, format=QueryResultsFormat.XML)
    return answer(results)
