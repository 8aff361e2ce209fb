"""Answers to a query, compared: the same rows as often, blank nodes renamed consistently."""

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
    """An answer that equals another exactly if they are the same answer.

    A row becomes a blank node with a triple for each binding, so that two tables are the same as
    far as their graphs are isomorphic; canonical graphs are equal then. Literals of one datatype
    are the same if their values are.

    Source: RDF Dataset Canonicalization (RDFC-1.0).
    """
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        return _canonical(Quad(*triple) for triple in results)
    names = [variable.value for variable in results.variables]
    rows = (zip(names, solution, strict=True) for solution in results)
    return _table({name: value for name, value in row if value is not None} for row in rows)


def read_answer(path: Path) -> Answer:
    """The answer in a file of SPARQL results, of a graph, or of a graph that describes results."""
    if path.suffix in _RESULTS:
        return answer(parse_query_results(path=path, format=_RESULTS[path.suffix]))
    if path.suffix == ".csv":
        return csv_answer(path.read_bytes())
    graph = Dataset(pyoxigraph.parse(path=path, base_iri=path.as_uri()))
    is_table = any(graph.quads_for_predicate(_RS["resultVariable"]))
    return _described(graph) if is_table else _canonical(graph)


def csv_answer(text: bytes) -> Answer:
    """The answer that CSV tells of, where terms are but numbers, text or blank nodes."""
    rows = csv.DictReader(io.StringIO(text.decode("utf-8"), newline=""))
    return _table({name: _from_csv(value) for name, value in row.items() if value} for row in rows)


def _from_csv(value: str) -> Term:
    if value.startswith("_:"):
        return BlankNode(value.removeprefix("_:"))
    return Literal(value, datatype=XSD["double"]) if _NUMBER.match(value) else Literal(value)


def _table(rows: Iterable[Mapping[str, Term]]) -> Dataset:
    found = Dataset()
    for row in rows:
        node = BlankNode()
        found.add(Quad(node, _ROW.predicate, _ROW.object))
        for name, value in row.items():
            found.add(Quad(node, NamedNode(f"{_VALUE}{name}"), value))
    return _canonical(found)


def _canonical(quads: Iterable[Quad]) -> Dataset:
    # A store writes numbers, booleans and times in one way for each value: 1.0 is 1.
    store = pyoxigraph.Store()
    store.extend(quads)
    found = Dataset(store)
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return found


def _described(graph: Dataset) -> Answer:
    """The rows that a graph describes in the vocabulary of result sets."""
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
