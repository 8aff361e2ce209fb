"""Quads and SHACL shapes -> what does not conform.

pyshacl does the work, on rdflib graphs: handed a pyoxigraph store it took three minutes for
what takes it a second there. Shapes are asked for without inference; of the ontology, the
facts see only what SHACL itself reads, the subclass axioms.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyshacl
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from pyshacl.errors import ReportableRuntimeError
from rdflib import Graph, URIRef
from rdflib.namespace import SH
from rdflib.term import Node

from kg.errors import MalformedFile
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ONTOLOGY, RDF, RDFS, shorten
from kg.namespaces import SH as SHACL
from kg.sources.files import read_file
from kg.store.rdflib_dataset import from_rdflib, to_rdflib
from kg.validation.findings import Problem

REMEDY: Final = " Right would be: "
_TYPE: Final = RDF["type"]
_SHAPES: Final = frozenset({SHACL["NodeShape"], SHACL["PropertyShape"]})
_FACT_GRAPHS: Final = frozenset({GRAPH["entities"], GRAPH["source"], GRAPH["meta"]})


def fact_problems(curated: Sequence[Quad], ontology: Iterable[Quad], shapes: Path) -> list[Problem]:
    """What `shapes/facts.ttl` demands of the curated quads and does not find."""
    nodes = {
        quad.subject
        for quad in curated
        if quad.predicate == _TYPE and _is_evidence_graph(quad.graph_name)
    }
    facts = (q for q in curated if q.graph_name in _FACT_GRAPHS or q.subject in nodes)
    axioms = (q for q in ontology if q.predicate == RDFS["subClassOf"] or _is_status(q))
    return _problems([*facts, *axioms], shapes)


def term_problems(ontology: Iterable[Quad], shapes: Path) -> list[Problem]:
    """What `shapes/terms.ttl` demands of the project's own terms and header and does not find."""
    return _problems([quad for quad in ontology if _is_own(quad.subject)], shapes)


def _problems(quads: Sequence[Quad], shapes: Path) -> list[Problem]:
    demands = read_file(shapes)
    if not any(q.predicate == _TYPE and q.object in _SHAPES for q in demands):
        raise MalformedFile(shapes, 1, 1, "the file holds no shape", remedy="sh:NodeShape")
    with _unreported_literals():
        graph, shapes_graph = _graph(quads), _graph(demands)
        try:
            conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph, inplace=True)
        except ReportableRuntimeError as error:
            raise _refusal(shapes, error) from error
    if conforms:
        return []
    if not isinstance(report, Graph):
        raise _refusal(shapes, report)
    return [_problem(report, result, shapes) for result in report.objects(None, SH.result)]


def _graph(quads: Iterable[Quad]) -> Graph:
    """The quads in one rdflib graph, without triple terms, which rdflib has not."""
    graph = Graph(bind_namespaces="none")
    graph.addN(
        (to_rdflib(q.subject), to_rdflib(q.predicate), to_rdflib(q.object), graph)
        for q in quads
        if not isinstance(q.object, Triple)
    )
    return graph


def _refusal(shapes: Path, error: object) -> MalformedFile:
    reason = f"a shape is not as SHACL has it: {str(error).partition(chr(10))[0]}"
    return MalformedFile(shapes, 1, 1, reason, remedy="as in the SHACL specification")


def _problem(report: Graph, result: Node, shapes: Path) -> Problem:
    message, _, remedy = str(report.value(result, SH.resultMessage)).partition(REMEDY)
    focus = from_rdflib(report.value(result, SH.focusNode))
    path = report.value(result, SH.resultPath)
    value = report.value(result, SH.value)
    if isinstance(focus, Literal):
        raise TypeError(f"{shapes}: a shape whose focus node is a literal")
    return Problem(
        f"{_name(focus)}: {message}",
        remedy or "what the shape demands",
        f"shapes/{shapes.name}",
        focus,
        NamedNode(str(path)) if isinstance(path, URIRef) else None,
        None if value is None or path is None else from_rdflib(value),
    )


def _is_evidence_graph(name: object) -> bool:
    return isinstance(name, NamedNode) and name.value.startswith(EVIDENCE)


def _is_status(quad: Quad) -> bool:
    return quad.predicate == _TYPE and quad.object == GLOCAL["Status"]


def _is_own(subject: NamedNode | BlankNode | Triple) -> bool:
    return isinstance(subject, NamedNode) and (
        subject == ONTOLOGY or subject.value.startswith(GLOCAL)
    )


def _name(term: NamedNode | BlankNode) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else "a blank node"


@contextmanager
def _unreported_literals() -> Iterator[None]:
    """No log entries about ill-typed literals: they become findings."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
