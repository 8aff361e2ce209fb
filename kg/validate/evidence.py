"""Statements and the evidence graphs they must stand in."""

from collections.abc import Iterator, Sequence
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, shorten
from kg.validate.findings import Problem, name_of
from kg.validate.names import DATATYPE_PROPERTY, OBJECT_PROPERTY, TYPE, kinds_of

_META: Final = GRAPH["meta"]
_ENTITIES: Final = GRAPH["entities"]
_EVIDENCE_CLASS: Final = GLOCAL["Evidence"]
_HAS_STATUS: Final = GLOCAL["hasStatus"]

# What an entity file may say besides names and types; all else is a statement.
_SAID_OF_ENTITIES: Final = frozenset(
    GLOCAL[name] for name in ("accessed", "factor", "gloss", "mentionedIn")
)
_LIST_PARTS: Final = frozenset({RDF["first"], RDF["rest"]})
_ONLY_RECOMMENDED: Final = frozenset(
    GLOCAL[name] for name in ("bearer", "recommendedAction", "addressee", "withinPathway")
)


def evidence_problems(curated: Sequence[Quad], ontology: Sequence[Quad]) -> Iterator[Problem]:
    """Statements outside evidence graphs, and graphs and descriptions that lack each other."""
    yield from _descriptions_of_other_things(curated)
    yield from _graphs_and_descriptions(curated)
    yield from _statements_in_entity_files(curated, ontology)
    yield from _blank_nodes(curated)
    yield from _recommendations_elsewhere(curated)


def is_evidence(name: object) -> bool:
    """Whether this is the name of an evidence graph."""
    return isinstance(name, NamedNode) and name.value.startswith(EVIDENCE)


def _descriptions_of_other_things(curated: Sequence[Quad]) -> Iterator[Problem]:
    for quad in curated:
        if quad.graph_name == _META and not is_evidence(quad.subject):
            yield Problem.of_quad(
                quad,
                f"a statement about {name_of(quad.subject)} stands outside any evidence graph, "
                "so no passage supports it.",
                "the statement inside an evidence graph: ev:p10.2-fact { … }.",
                "statements-in-evidence-graphs",
            )


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


def _statements_in_entity_files(
    curated: Sequence[Quad], ontology: Sequence[Quad]
) -> Iterator[Problem]:
    statement_properties = {
        name
        for name, types in kinds_of(ontology).items()
        if isinstance(name, NamedNode)
        and name.value.startswith(GLOCAL)
        and not types.isdisjoint({OBJECT_PROPERTY, DATATYPE_PROPERTY})
    } - _SAID_OF_ENTITIES
    for quad in curated:
        if quad.graph_name == _ENTITIES and quad.predicate in statement_properties:
            yield Problem.of_quad(
                quad,
                f"{shorten(quad.predicate.value)} states a fact, but entity files name no passage.",
                "the statement in an evidence graph in kg/curated/paper/ or background/.",
                "statements-in-evidence-graphs",
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
