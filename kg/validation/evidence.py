"""Check evidence graphs: their names, and that statements and descriptions stand where they must.

The properties of a description are checked by `ontology/shapes/facts.ttl`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, is_in
from kg.statuses import Status
from kg.validation.findings import Problem, format_term
from kg.validation.names import TYPE

META: Final = GRAPH["meta"]
ENTITIES: Final = GRAPH["entities"]
_HAS_STATUS: Final = GLOCAL["hasStatus"]
_FROM_PASSAGE: Final = GLOCAL["fromPassage"]
_HELD_BY: Final = GLOCAL["heldBy"]
_HOLDING: Final = frozenset(status.iri for status in Status if status.holds)
_LIST_PROPERTIES: Final = frozenset({RDF["first"], RDF["rest"]})
_RECOMMENDATION_PROPERTIES: Final = frozenset(
    GLOCAL[name] for name in ("bearer", "recommendedAction", "addressee", "withinPathway")
)


def check_evidence_graphs(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find graphs that do not match their descriptions, and statements in the wrong graph."""
    yield from _unmatched_descriptions(curated)
    yield from _wrong_evidence_names(curated)
    yield from _repeated_statements(curated)
    yield from _unnamed_nodes(curated)
    yield from _misplaced_recommendations(curated)


def holding_graphs(curated: Sequence[Quad]) -> set[object]:
    """Return the evidence graphs that have a status whose statements hold."""
    return {
        quad.subject
        for quad in curated
        if quad.predicate == _HAS_STATUS and quad.graph_name == META and quad.object in _HOLDING
    }


def _unmatched_descriptions(curated: Sequence[Quad]) -> Iterator[Problem]:
    graphs = dict.fromkeys(quad.graph_name for quad in curated)
    described = {
        quad.subject
        for quad in curated
        if quad.graph_name == META and (quad.predicate, quad.object) == (TYPE, GLOCAL["Evidence"])
    }
    for name in graphs:
        if not isinstance(name, NamedNode) or is_in(name, GRAPH):
            continue
        if not is_in(name, EVIDENCE):
            message = f"{format_term(name)} is not the name of an evidence graph."
            remedy = "a name with the prefix ev:."
            yield Problem(message, remedy, "evidence-names", name)
        elif name not in described:
            message = f"{format_term(name)} has no description: no passage and no status."
            remedy = (
                f"{format_term(name)} a glocal:Evidence ; glocal:fromPassage … ; glocal:hasStatus …"
            )
            yield Problem(message, remedy, "described-evidence", name)
    for quad in curated:
        subject = quad.subject
        if quad.graph_name == META and quad.predicate == TYPE and subject not in graphs:
            message = f"{format_term(subject)} is described but contains no statements."
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
        allowed_names = _allowed_names(description)
        local_name = name.value.removeprefix(EVIDENCE)
        if allowed_names and not any(re.fullmatch(regex, local_name) for regex, _ in allowed_names):
            allowed = " or ".join(shown for _, shown in allowed_names)
            message = f"{format_term(name)} does not match its description."
            remedy = f"{allowed}, with -2, -3 … if that name is taken."
            yield Problem(message, remedy, "evidence-names", name)


def _allowed_names(description: Mapping[NamedNode, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the names the graph may have, each as a regular expression and as text to show.

    The list is empty if the description does not determine a name.
    """
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


def _repeated_statements(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find statements that should not hold but do, because an entity file repeats them."""
    holding = holding_graphs(curated)
    stated = {quad.triple for quad in curated if quad.graph_name == ENTITIES}
    for quad in curated:
        is_unheld = is_in(quad.graph_name, EVIDENCE) and quad.graph_name not in holding
        if is_unheld and quad.triple in stated:
            message = (
                "a statement that does not hold is repeated in an entity file, which makes it hold."
            )
            remedy = "the statement in only one of the two."
            yield Problem.of_quad(quad, message, remedy, "what-does-not-hold-apart")


def _unnamed_nodes(curated: Sequence[Quad]) -> Iterator[Problem]:
    axioms = {quad.subject for quad in curated if quad.object == OWL["AllDifferent"]}
    for quad in curated:
        if quad.subject in axioms or quad.predicate in _LIST_PROPERTIES:
            continue
        if any(isinstance(term, BlankNode | Triple) for term in (quad.subject, quad.object)):
            yield Problem.of_quad(
                quad,
                "a curated statement has a blank node or triple term as its subject or object.",
                "an IRI (id:…) in its place.",
                "no-blank-nodes",
            )


def _misplaced_recommendations(curated: Sequence[Quad]) -> Iterator[Problem]:
    statuses: dict[object, object] = {
        quad.subject: quad.object for quad in curated if quad.predicate == _HAS_STATUS
    }
    for quad in curated:
        is_recommendation = (
            quad.predicate in _RECOMMENDATION_PROPERTIES
            or quad.object == GLOCAL["RecommendedAction"]
        )
        if is_recommendation and statuses.get(quad.graph_name) != Status.RECOMMENDATION.iri:
            yield Problem.of_quad(
                quad,
                "a recommendation is in a graph with another status, as if it were a fact.",
                "an evidence graph with glocal:hasStatus glocal:Recommendation.",
                "recommendations-apart",
            )
