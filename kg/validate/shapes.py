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
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.namespace import SH
from rdflib.term import Node

from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, ONTOLOGY, RDF, RDFS, shorten
from kg.validate.findings import Problem

REMEDY: Final = " Right would be: "
_TYPE: Final = RDF["type"]
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
    with _unreported_literals():
        graph = Graph(bind_namespaces="none")
        graph.addN(
            (_rdflib_term(q.subject), _rdflib_term(q.predicate), _rdflib_term(q.object), graph)
            for q in quads
        )
        shapes_graph = Graph(bind_namespaces="none").parse(shapes, format="turtle")
        conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph, inplace=True)
    if conforms or not isinstance(report, Graph):
        return []
    return [_problem(report, result, shapes) for result in report.objects(None, SH.result)]


def _problem(report: Graph, result: Node, shapes: Path) -> Problem:
    message, _, remedy = str(report.value(result, SH.resultMessage)).partition(REMEDY)
    focus = _oxigraph_term(report.value(result, SH.focusNode))
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
        None if value is None or path is None else _oxigraph_term(value),
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


def _rdflib_term(term: NamedNode | BlankNode | Literal | Triple) -> Node:
    """The same term in rdflib, its spelling untouched; a triple term as a blank node."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, Literal):
        if term.language:
            return RdflibLiteral(term.value, lang=term.language)
        return RdflibLiteral(term.value, datatype=URIRef(term.datatype.value), normalize=False)
    return BNode(term.value) if isinstance(term, BlankNode) else BNode()


def _oxigraph_term(term: object) -> NamedNode | BlankNode | Literal:
    if isinstance(term, RdflibLiteral):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype or URIRef(_STRING))))
    return NamedNode(str(term)) if isinstance(term, URIRef) else BlankNode(str(term))


_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


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
