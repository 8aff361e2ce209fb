"""What the engine answers -> a result of rdflib."""

from collections.abc import Iterator
from typing import Any

import rdflib
from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples
from rdflib.query import Result

from kg.namespaces import PREFIXES
from kg.rdflib_terms import to_rdflib, triple_to_rdflib


def to_result(form: str, results: QuerySolutions | QueryBoolean | QueryTriples) -> Result:
    """The same answer in rdflib, read to its end; triples as a graph with our prefixes bound.

    Args:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        results: of a query of this form.
    """
    answer = Result(form)
    if isinstance(results, QueryBoolean):
        answer.askAnswer = bool(results)
    elif isinstance(results, QueryTriples):
        answer.graph = rdflib.Graph()
        for prefix, iri in PREFIXES.items():
            answer.graph.bind(prefix, iri, replace=True)
        for one in results:
            answer.graph.add(triple_to_rdflib(one))
    else:
        answer.vars = [rdflib.Variable(one.value) for one in results.variables]
        answer.bindings = list(_bindings(answer.vars, results))
    return answer


def _bindings(names: list[rdflib.Variable], rows: QuerySolutions) -> Iterator[dict[Any, Any]]:
    for row in rows:
        pairs = zip(names, row, strict=True)
        yield {name: to_rdflib(term) for name, term in pairs if term is not None}
