"""Statements and the evidence graphs they must stand in."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF
from kg.statuses import Status
from kg.validation.findings import Problem, name_of
from kg.validation.names import TYPE

_META: Final = GRAPH["meta"]
_ENTITIES: Final = GRAPH["entities"]
_EVIDENCE_CLASS: Final = GLOCAL["Evidence"]
_HAS_STATUS: Final = GLOCAL["hasStatus"]
_FROM_PASSAGE: Final = GLOCAL["fromPassage"]
_HELD_BY: Final = GLOCAL["heldBy"]
_HOLDING: Final = frozenset(status.iri for status in Status if status.holds)

_LIST_PARTS: Final = frozenset({RDF["first"], RDF["rest"]})
_ONLY_RECOMMENDED: Final = frozenset(
    GLOCAL[name] for name in ("bearer", "recommendedAction", "addressee", "withinPathway")
)


def evidence_problems(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Graphs and descriptions that do not fit each other, and what stands in the wrong graph."""
    yield from _graphs_and_descriptions(curated)
    yield from _evidence_names(curated)
    yield from _repetitions(curated)
    yield from _blank_nodes(curated)
    yield from _recommendations_elsewhere(curated)


def is_evidence(name: object) -> bool:
    """Whether this is the name of an evidence graph."""
    return isinstance(name, NamedNode) and name.value.startswith(EVIDENCE)


def holding_graphs(curated: Sequence[Quad]) -> set[object]:
    """The evidence graphs of which some status says that they hold."""
    return {
        quad.subject
        for quad in curated
        if quad.predicate == _HAS_STATUS and quad.graph_name == _META and quad.object in _HOLDING
    }


def _graphs_and_descriptions(curated: Sequence[Quad]) -> Iterator[Problem]:
    graphs = {quad.graph_name: quad for quad in reversed(curated)}
    described = {
        quad.subject
        for quad in curated
        if quad.graph_name == _META and (quad.predicate, quad.object) == (TYPE, _EVIDENCE_CLASS)
    }
    for name, quad in graphs.items():
        if not isinstance(name, NamedNode) or name.value.startswith(GRAPH):
            continue
        if not is_evidence(name):
            message = f"{name_of(name)} is no name of an evidence graph."
            yield _of_graph(quad, message, "a name with the prefix ev:.", "evidence-names")
        elif name not in described:
            message = f"nothing describes {name_of(name)}: no passage, no status."
            remedy = (
                f"{name_of(name)} a glocal:Evidence ; glocal:fromPassage … ; glocal:hasStatus …"
            )
            yield _of_graph(quad, message, remedy, "described-evidence")
    for quad in curated:
        subject = quad.subject
        if quad.graph_name == _META and quad.predicate == TYPE and subject not in graphs:
            message = f"{name_of(subject)} is described but holds no statement."
            remedy = "statements in the graph, or no description."
            yield Problem.of_quad(quad, message, remedy, "evidence-holds-statements")


def _of_graph(quad: Quad, message: str, remedy: str, rule: str) -> Problem:
    """A problem of the whole graph that this quad is the first of."""
    name = quad.graph_name
    if not isinstance(name, NamedNode):
        return Problem.of_quad(quad, message, remedy, rule)
    return Problem(message, remedy, rule, name)


def _evidence_names(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Names that say another passage, status or holder than the description."""
    described: defaultdict[object, defaultdict[NamedNode, list[str]]]
    described = defaultdict(lambda: defaultdict(list))
    for quad in curated:
        if quad.graph_name == _META and isinstance(quad.object, NamedNode):
            local_name = re.split("[/#]", quad.object.value)[-1]
            described[quad.subject][quad.predicate].append(local_name)
    for name, said in described.items():
        if not isinstance(name, NamedNode) or not is_evidence(name):
            continue
        rights = _right_names(said)
        local_name = name.value.removeprefix(EVIDENCE)
        if rights and not any(re.fullmatch(right, local_name) for right, _ in rights):
            right = " or ".join(shown for _, shown in rights)
            message = f"{name_of(name)} says something else than its description."
            remedy = f"{right}, with -2, -3 … where that is taken."
            yield Problem(message, remedy, "evidence-names", name)


def _right_names(said: Mapping[NamedNode, Sequence[str]]) -> list[tuple[str, str]]:
    """Each name the graph may have, as a pattern and as shown; none where too little is said."""
    statuses, passages = said.get(_HAS_STATUS, ()), said.get(_FROM_PASSAGE, ())
    if list(statuses) == [Status.BACKGROUND.value]:
        return [(r"background-\S+", "ev:background-…")]
    if len(statuses) != 1 or len(passages) != 1:
        return []
    name = f"{passages[0]}-{statuses[0].lower()}"
    names = [name]
    if statuses[0] == Status.CLAIM.value:
        names = [f"{name}-{holder}" for holder in said.get(_HELD_BY, ())]
    return [(rf"{re.escape(one)}(-[1-9]\d*)?", f"ev:{one}") for one in names]


def _repetitions(curated: Sequence[Quad]) -> Iterator[Problem]:
    """What does not hold, and holds all the same because an entity file says it."""
    holding = holding_graphs(curated)
    stated = {quad.triple for quad in curated if quad.graph_name == _ENTITIES}
    for quad in curated:
        is_loose = is_evidence(quad.graph_name) and quad.graph_name not in holding
        if is_loose and quad.triple in stated:
            yield Problem.of_quad(
                quad,
                "a non-holding statement repeats what an entity file already says, so it holds "
                "all the same.",
                "the statement in one of the two.",
                "what-does-not-hold-apart",
            )


def _blank_nodes(curated: Sequence[Quad]) -> Iterator[Problem]:
    axioms = {quad.subject for quad in curated if quad.object == OWL["AllDifferent"]}
    for quad in curated:
        if quad.subject in axioms or quad.predicate in _LIST_PARTS:
            continue
        if any(isinstance(end, BlankNode | Triple) for end in (quad.subject, quad.object)):
            yield Problem.of_quad(
                quad,
                "a curated statement is about something without a name.",
                "an IRI id:… for it.",
                "no-blank-nodes",
            )


def _recommendations_elsewhere(curated: Sequence[Quad]) -> Iterator[Problem]:
    statuses: dict[object, object] = {
        quad.subject: quad.object for quad in curated if quad.predicate == _HAS_STATUS
    }
    recommended = GLOCAL["Recommendation"]
    for quad in curated:
        says_should = (
            quad.predicate in _ONLY_RECOMMENDED or quad.object == GLOCAL["RecommendedAction"]
        )
        if says_should and statuses.get(quad.graph_name) != recommended:
            yield Problem.of_quad(
                quad,
                "a recommendation stands in a graph of another status, as if it were the case.",
                "an evidence graph with glocal:hasStatus glocal:Recommendation.",
                "recommendations-apart",
            )
