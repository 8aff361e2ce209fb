"""Compare query results as multisets of rows, up to names of blank nodes."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Triple,
    parse_query_results,
)

from kg.namespaces import XSD, Namespace

Results = QuerySolutions | QueryBoolean | QueryTriples
Term = NamedNode | BlankNode | Literal | Triple
Answer = bool | Dataset

_VALUE: Final = "https://example.org/variable/"
_ROW: Final = Quad(BlankNode(), NamedNode(f"{_VALUE}-row"), NamedNode(f"{_VALUE}-row"))
_RS: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_RESULTS: Final = {
    ".srx": QueryResultsFormat.XML,
    ".srj": QueryResultsFormat.JSON,
    ".tsv": QueryResultsFormat.TSV,
}


def answer(results: Results) -> Answer:
    """Convert results to an answer; two answers are equal if and only if the results are the same.

    Each row becomes a blank node with a triple for each binding. Two tables are the same if their
    graphs are isomorphic, that is, if their canonical graphs are equal. Literals with the same
    datatype are compared by value.

    Source: RDF Dataset Canonicalization (RDFC-1.0).
    """
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        return canonical(Quad(*triple) for triple in results)
    names = [variable.value for variable in results.variables]
    rows = (zip(names, solution, strict=True) for solution in results)
    return _table({name: value for name, value in row if value is not None} for row in rows)


def read_answer(path: Path) -> Answer:
    """Read an answer from a file with SPARQL results, a graph, or a description of results."""
    if path.suffix in _RESULTS:
        return answer(parse_query_results(path=path, format=_RESULTS[path.suffix]))
    if path.suffix == ".csv":
        return csv_answer(path.read_bytes())
    graph = Dataset(pyoxigraph.parse(path=path, base_iri=path.as_uri()))
    is_table = any(graph.quads_for_predicate(_RS["resultVariable"]))
    return _described_table(graph) if is_table else canonical(graph)


def csv_answer(text: bytes) -> Answer:
    """Read an answer from CSV, in which terms are only numbers, strings or blank nodes."""
    rows = csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""))
    return _table({name: _from_csv(value) for name, value in row.items() if value} for row in rows)


def _from_csv(value: str) -> Term:
    if value.startswith("_:"):
        return BlankNode(value.removeprefix("_:"))
    return Literal(value, datatype=XSD["double"]) if _NUMBER.match(value) else Literal(value)


def _table(rows: Iterable[Mapping[str, Term]]) -> Dataset:
    dataset = Dataset()
    for row in rows:
        node = BlankNode()
        dataset.add(Quad(node, _ROW.predicate, _ROW.object))
        for name, value in row.items():
            dataset.add(Quad(node, NamedNode(f"{_VALUE}{name}"), value))
    return canonical(dataset)


def canonical(quads: Iterable[Quad]) -> Dataset:
    """Return the answer that is a graph of these quads."""
    # A store converts numbers, booleans and times to their canonical forms: 1.0 becomes 1.
    store = pyoxigraph.Store()
    store.extend(quads)
    dataset = Dataset(store)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _described_table(graph: Dataset) -> Answer:
    """Convert a graph that describes rows in the result-set vocabulary."""
    values = {quad.subject: quad.object for quad in graph.quads_for_predicate(_RS["value"])}
    names = {
        quad.subject: quad.object.value
        for quad in graph.quads_for_predicate(_RS["variable"])
        if isinstance(quad.object, Literal)
    }
    bindings = [
        (quad.subject, quad.object)
        for quad in graph.quads_for_predicate(_RS["binding"])
        if isinstance(quad.object, NamedNode | BlankNode)
    ]
    rows = [quad.object for quad in graph.quads_for_predicate(_RS["solution"])]
    return _table(
        {names[binding]: values[binding] for solution, binding in bindings if solution == row}
        for row in rows
    )
