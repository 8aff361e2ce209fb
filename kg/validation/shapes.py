"""Check quads against SHACL shapes, without inference.

pyshacl runs on rdflib graphs: on a pyoxigraph store it took three minutes instead of one second.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple
from rdflib import Graph, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.errors import MalformedFile
from kg.namespaces import EVIDENCE, GLOCAL, ONTOLOGY, RDFS, expand_all, is_in
from kg.sources.files import read_file
from kg.statuses import QUALIFIERS
from kg.store.rdflib_dataset import (
    from_rdflib,
    ill_typed_literals_accepted,
    triple_to_rdflib,
)
from kg.validation.findings import Problem, format_term
from kg.validation.names import TYPE

_SHAPES: Final = expand_all("sh:NodeShape sh:PropertyShape")
_FACT_GRAPHS: Final = expand_all("graph:entities graph:source graph:meta")


def check_fact_shapes(
    curated: Sequence[Quad], ontology: Iterable[Quad], shapes: Path
) -> list[Problem]:
    """Check the entities, source and meta graphs, nodes typed in evidence and all literals."""
    typings = (q for q in curated if q.predicate == TYPE and is_in(q.graph_name, EVIDENCE))
    typed = {quad.subject for quad in typings}
    facts = (
        quad
        for quad in curated
        if quad.graph_name in _FACT_GRAPHS
        or quad.subject in typed
        or (isinstance(quad.object, Literal) and is_in(quad.graph_name, EVIDENCE))
    )
    # Of the ontology, only what SHACL itself reads, the statuses and the qualifiers.
    words = {GLOCAL["Status"], GLOCAL["ComparisonResult"], *QUALIFIERS}
    axioms = (
        quad
        for quad in ontology
        if quad.predicate == RDFS["subClassOf"] or (quad.predicate == TYPE and quad.object in words)
    )
    return _check([*facts, *axioms], shapes)


def check_term_shapes(ontology: Iterable[Quad], shapes: Path) -> list[Problem]:
    """Check the project's own terms and the ontology header against `shapes/terms.ttl`."""
    own = [q for q in ontology if q.subject == ONTOLOGY or is_in(q.subject, GLOCAL)]
    return _check(own, shapes)


def _check(quads: Sequence[Quad], shapes: Path) -> list[Problem]:
    # Imported late: a build validates in a process of its own, and needs it nowhere else.
    import pyshacl
    from pyshacl.errors import ReportableRuntimeError

    shapes_quads = read_file(shapes)
    if not any(q.predicate == TYPE and q.object in _SHAPES for q in shapes_quads):
        remedy = "at least one sh:NodeShape"
        raise MalformedFile(shapes, 1, 1, "the file contains no shape", remedy=remedy)
    # Ill-typed literals are reported as findings.
    with ill_typed_literals_accepted():
        try:
            graph, shapes_graph = _to_rdflib_graph(quads), _to_rdflib_graph(shapes_quads)
            conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph, inplace=True)
        except ReportableRuntimeError as error:
            raise _malformed_shapes(shapes, error) from error
    if not conforms and not isinstance(report, Graph):
        raise _malformed_shapes(shapes, report)
    results = report.objects(None, SH.result)
    return [_to_problem(report, result, graph, shapes) for result in results]


def _to_rdflib_graph(quads: Iterable[Quad]) -> Graph:
    """Return the quads as one rdflib graph, without triple terms, which rdflib lacks."""
    graph = Graph(bind_namespaces="none")
    triples = (quad.triple for quad in quads if not isinstance(quad.object, Triple))
    graph.addN((*triple_to_rdflib(triple), graph) for triple in triples)
    return graph


def _malformed_shapes(shapes: Path, error: object) -> MalformedFile:
    reason = f"a shape is not valid SHACL: {str(error).partition(chr(10))[0]}"
    return MalformedFile(shapes, 1, 1, reason, remedy="shapes as in the SHACL specification")


def _to_problem(report: Graph, result: Node, graph: Graph, shapes: Path) -> Problem:
    message, _, remedy = str(report.value(result, SH.resultMessage)).partition(" Expected: ")
    node = report.value(result, SH.focusNode)
    focus, value = from_rdflib(node), report.value(result, SH.value)
    path = report.value(result, SH.resultPath)
    if not isinstance(path, URIRef | None):  # one of several properties
        path = next(graph.predicates(node, value), path)
    if isinstance(focus, Literal):
        raise TypeError(f"{shapes}: a shape has a literal as its focus node")
    return Problem(
        f"{format_term(focus)}: {message}",
        remedy or "what the shape requires",
        f"shapes/{shapes.name}",
        focus,
        NamedNode(str(path)) if isinstance(path, URIRef) else None,
        None if value is None or path is None else from_rdflib(value),
    )
