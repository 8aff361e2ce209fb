"""Check evidence graphs: their names, and that statements and descriptions stand where they must.

The properties of a description are checked by `ontology/shapes/facts.ttl`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, expand_all, is_in
from kg.statuses import Status
from kg.validation.findings import Problem, format_term
from kg.validation.names import TYPE

META: Final = GRAPH["meta"]
ENTITIES: Final = GRAPH["entities"]
_HAS_STATUS, _FROM_PASSAGE, _HELD_BY = expand_all(
    "glocal:hasStatus glocal:fromPassage glocal:heldBy"
)
_EVIDENCE: Final = expand_all(
    "glocal:hasStatus glocal:fromPassage glocal:heldBy glocal:validFrom glocal:validTime "
    "glocal:validUntil dcterms:source"
)
_HOLDING: Final = frozenset(status.iri for status in Status if status.holds)
_RECOMMENDATION_PROPERTIES: Final = expand_all(
    "glocal:bearer glocal:recommendedAction glocal:addressee glocal:withinPathway"
)


def check_evidence_graphs(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find graphs that do not match their descriptions, and statements in the wrong graph."""
    yield from _unmatched_descriptions(curated)
    yield from _wrong_evidence_names(curated)
    yield from _misplaced_statements(curated)
    yield from _repeated_statements(curated)


def holding_graphs(curated: Sequence[Quad]) -> set[object]:
    """Return the evidence graphs that have a status whose statements hold."""
    return {
        quad.subject
        for quad in curated
        if quad.predicate == _HAS_STATUS and quad.graph_name == META and quad.object in _HOLDING
    }


def _unmatched_descriptions(curated: Sequence[Quad]) -> Iterator[Problem]:
    graphs: dict[object, Quad] = {}
    for quad in curated:
        graphs.setdefault(quad.graph_name, quad)
    typings = [quad for quad in curated if quad.graph_name == META and quad.predicate == TYPE]
    described = {quad.subject for quad in typings if quad.object == GLOCAL["Evidence"]}
    for graph, first in graphs.items():
        if not isinstance(graph, NamedNode) or is_in(graph, GRAPH):
            continue
        name = format_term(graph)
        if not is_in(graph, EVIDENCE):
            # The name may be described as well, in another file.
            message = f"{name} is not the name of an evidence graph."
            yield Problem.of_quad(first, message, "a name with the prefix ev:.", "evidence-names")
        elif graph not in described:
            message = f"{name} has no description: no passage and no status."
            remedy = f"{name} a glocal:Evidence ; glocal:fromPassage … ; glocal:hasStatus …"
            yield Problem(message, remedy, "described-evidence", graph)
    for quad in typings:
        if quad.subject not in graphs:
            message = f"{format_term(quad.subject)} is described but contains no statements."
            remedy = "statements in the graph, or no description."
            yield Problem.of_quad(quad, message, remedy, "evidence-holds-statements")


def _wrong_evidence_names(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find names whose passage, status or holder differs from the description."""
    described: defaultdict[object, defaultdict[NamedNode, list[str]]]
    described = defaultdict(lambda: defaultdict(list))
    for quad in curated:
        if quad.graph_name == META and isinstance(quad.object, NamedNode):
            local_name = re.split("[/#]", quad.object.value)[-1]
            described[quad.subject][quad.predicate].append(local_name)
    for name, description in described.items():
        if not is_in(name, EVIDENCE):
            continue
        names, local_name = _allowed_names(description), name.value.removeprefix(EVIDENCE)
        if names and not any(re.fullmatch(regex, local_name) for regex, _ in names):
            allowed = " or ".join(shown for _, shown in names)
            message = f"{format_term(name)} does not match its description."
            remedy = f"{allowed}, with -2, -3 … if that name is taken."
            yield Problem(message, remedy, "evidence-names", name)


def _allowed_names(description: Mapping[NamedNode, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the names that the description allows, if any, as regular expression and as text."""
    statuses, passages = description.get(_HAS_STATUS, ()), description.get(_FROM_PASSAGE, ())
    if list(statuses) == [Status.BACKGROUND.value]:
        return [(r"background-\S+", "ev:background-…")]
    if len(statuses) != 1 or len(passages) != 1:
        return []
    name = f"{passages[0]}-{statuses[0].lower()}"
    names = [name]
    if statuses[0] == Status.CLAIM.value:
        names = [f"{name}-{holder}" for holder in description.get(_HELD_BY, ())]
    return [(rf"{re.escape(name)}(-[1-9]\d*)?", f"ev:{name}") for name in names]


def _misplaced_statements(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find recommendations among facts, blank nodes, and what holds only by repetition."""
    statuses = {q.subject: q.object for q in curated if q.predicate == _HAS_STATUS}
    holding = holding_graphs(curated)
    stated = {quad.triple for quad in curated if quad.graph_name == ENTITIES}
    axioms = {quad.subject for quad in curated if quad.object == OWL["AllDifferent"]}
    for quad in curated:
        graph: Any = quad.graph_name
        if is_in(graph, EVIDENCE) and graph not in holding and quad.triple in stated:
            error = "a statement that does not hold is repeated in an entity file"
            message = f"{error}, which makes it hold."
            remedy = "the statement in only one of the two."
            yield Problem.of_quad(quad, message, remedy, "what-does-not-hold-apart")
        is_unnamed = any(isinstance(term, BlankNode | Triple) for term in quad.triple)
        is_in_axiom = quad.subject in axioms or quad.predicate in (RDF["first"], RDF["rest"])
        if is_unnamed and not is_in_axiom:
            error = "a curated statement has a blank node or triple term as its subject or object."
            yield Problem.of_quad(quad, error, "an IRI (id:…) in its place.", "no-blank-nodes")
        states_one = quad.predicate in _RECOMMENDATION_PROPERTIES
        is_recommendation = states_one or quad.object == GLOCAL["RecommendedAction"]
        if is_recommendation and statuses.get(graph) != Status.RECOMMENDATION.iri:
            message = "a recommendation is in a graph with another status, as if it were a fact."
            remedy = "an evidence graph with glocal:hasStatus glocal:Recommendation."
            yield Problem.of_quad(quad, message, remedy, "recommendations-apart")


def _repeated_statements(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find statements that are in two graphs with the same passage, status, holders and time."""
    descriptions: defaultdict[object, set[tuple[object, object]]] = defaultdict(set)
    for quad in curated:
        if quad.graph_name == META and quad.predicate in _EVIDENCE:
            descriptions[quad.subject].add((quad.predicate, quad.object))
    evidence = {graph: frozenset(values) for graph, values in descriptions.items()}
    first: dict[object, NamedNode] = {}
    for quad in curated:
        if is_in(quad.graph_name, EVIDENCE):
            key = (quad.triple, evidence.get(quad.graph_name))
            graph = first.setdefault(key, quad.graph_name)
            if graph != quad.graph_name:
                message = f"the same statement is in {format_term(graph)}, with the same evidence."
                yield Problem.of_quad(quad, message, "the statement once.", "one-statement")
