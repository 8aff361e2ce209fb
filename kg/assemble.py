"""Curated quads and what was derived -> the graphs of a release."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    Triple,
)

from kg.contradictions import describe
from kg.namespaces import ASSERTED, DCTERMS, DERIVED, GLOCAL, GRAPH, RDF, RDFS, RULE, WITHDRAWN
from kg.reason.derivations import Clash, Derivation
from kg.reason.levels import Premise
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status, status_of

Name = NamedNode | BlankNode | DefaultGraph | Triple

META: Final = GRAPH["meta"]
BACKGROUND: Final = GRAPH["background"]
ENTITIES: Final = GRAPH["entities"]

_ALWAYS_HOLD: Final = (
    ENTITIES,
    META,
    BACKGROUND,
    GRAPH["source"],
    GRAPH["ontology"],
    GRAPH["links"],
    WITHDRAWN,
)
_DESCRIPTIONS: Final = {
    ASSERTED: ("all that holds and is not derived", "所有成立且非推导的陈述"),
    DERIVED: ("all that is derived and holds", "所有推导得出且成立的陈述"),
    ENTITIES: ("who and what there is, with names and types", "实体及其名称与类型"),
    META: (
        "descriptions of evidence, graphs, rules and contradictions",
        "证据、图、规则与矛盾的说明",
    ),
    BACKGROUND: ("what the source presupposes, from other sources", "原文预设、另有出处的背景知识"),
    GRAPH["source"]: ("the passages of the source", "原文段落"),
    GRAPH["ontology"]: ("the ontology", "本体"),
    GRAPH["links"]: ("mappings to outside identifiers", "到外部标识符的映射"),
    WITHDRAWN: ("names that are no longer used", "不再使用的名称"),
}


def statuses_of_evidence(quads: Iterable[Quad]) -> dict[Name, Status]:
    """Each evidence graph and its status."""
    has_status = GLOCAL["hasStatus"]
    return {
        quad.subject: status_of(quad.object)
        for quad in quads
        if quad.predicate == has_status
        and quad.graph_name == META
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def status_of_type(*, is_named: bool) -> Status:
    """How strongly an entity's type stands: a Fact if a passage names the entity."""
    return Status.FACT if is_named else Status.BACKGROUND


def labels_of(quads: Iterable[Quad]) -> list[Quad]:
    """The labels of entities, for sentences that speak of them."""
    return [quad for quad in quads if quad.predicate == RDFS["label"]]


def premises(quads: Sequence[Quad]) -> list[Premise]:
    """Everything that reasoning starts from, each triple with its status and holder."""
    statuses = statuses_of_evidence(quads)
    holders: dict[Name, list[NamedNode]] = defaultdict(list)
    for quad in quads:
        if quad.predicate == GLOCAL["heldBy"] and isinstance(quad.object, NamedNode):
            holders[quad.subject].append(quad.object)
    named_in_source = {quad.subject for quad in quads if quad.predicate == GLOCAL["mentionedIn"]}
    found = []
    for quad in quads:
        status = statuses.get(quad.graph_name)
        if quad.graph_name == ENTITIES and quad.predicate == RDF["type"]:
            status = status_of_type(is_named=quad.subject in named_in_source)
        if status is Status.CLAIM:
            found += [Premise(quad.triple, status, one) for one in holders[quad.graph_name]]
        elif status is not None:
            found.append(Premise(quad.triple, status))
    return found


def assemble(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    derivations: Sequence[Derivation],
    rules: Sequence[Rule],
    contradictions: Sequence[Clash] = (),
) -> list[Quad]:
    """All graphs of a release, the stored default graph included; blank nodes are canonical.

    Graphs: those of `curated` and `ontology` as they are, `graph:background` with all that has
    that status, `graph:asserted`, `graph:derived`, one `graph:derived-<status>-<rule>` per
    rule and level, and the default graph = asserted + derived. Rules, and contradictions among
    what does not hold, are described in `graph:meta`.
    """
    statuses = statuses_of_evidence(curated)
    background = [one.triple for one in premises(curated) if one.status is Status.BACKGROUND]
    by_rule, described = _derived_graphs(derivations)
    named = [
        *curated,
        *_in(BACKGROUND, background),
        *_canonical(ontology),
        *described,
        *_rules(rules),
        *_in(META, describe(contradictions)),
        *_graphs(),
    ]
    holding = {graph for graph, status in statuses.items() if status.holds}.union(_ALWAYS_HOLD)
    asserted = {quad.triple for quad in named if quad.graph_name in holding}
    derived = {one.triple for one in derivations if one.status.holds} - asserted
    return [
        *named,
        *by_rule,
        *_in(ASSERTED, asserted),
        *_in(DERIVED, derived),
        *_in(DefaultGraph(), asserted | derived),
    ]


def counts(quads: Iterable[Quad], statuses: Mapping[Name, Status]) -> dict[str, dict[str, int]]:
    """What release.json counts: triples by graph, evidence graphs by status."""
    by_graph = Counter(getattr(quad.graph_name, "value", "default") for quad in quads)
    main = {str(graph.value): by_graph[graph.value] for graph in _DESCRIPTIONS}
    return {
        "graphs": {"default": by_graph["default"], **main},
        "evidence": dict(sorted(Counter(one.value for one in statuses.values()).items())),
    }


def graph_of(derivation: Derivation) -> NamedNode:
    """The graph of what this rule derives at this level (for claims: from this holder)."""
    status = derivation.status.value.lower()
    holder = derivation.holder.value.rpartition("/")[2] + "-" if derivation.holder else ""
    return GRAPH[f"derived-{status}-{holder}{derivation.rule}"]


def _derived_graphs(derivations: Iterable[Derivation]) -> tuple[list[Quad], list[Quad]]:
    content: list[Quad] = []
    described: set[Quad] = set()
    for one in derivations:
        graph = graph_of(one)
        content += _in(graph, [one.triple])
        described |= {
            Quad(graph, RDF["type"], GLOCAL["DerivedGraph"], META),
            Quad(graph, GLOCAL["byRule"], RULE[one.rule], META),
            Quad(graph, GLOCAL["hasStatus"], one.status.iri, META),
        }
        if one.holder is not None:
            described.add(Quad(graph, GLOCAL["heldBy"], one.holder, META))
    return content, list(described)


def _labels(subject: NamedNode, texts: tuple[str, str]) -> list[Quad]:
    return [
        Quad(subject, RDFS["label"], Literal(text, language=language), META)
        for language, text in zip(("en", "zh"), texts, strict=True)
    ]


def _rules(rules: Iterable[Rule]) -> list[Quad]:
    quads = []
    for rule in rules:
        iri = RULE[rule.name]
        quads.append(Quad(iri, RDF["type"], GLOCAL["Rule"], META))
        quads.append(Quad(iri, DCTERMS["description"], Literal(rule.source), META))
        if rule.place:
            quads.append(Quad(iri, GLOCAL["definedAt"], Literal(rule.place), META))
        if rule.status is not None:
            quads.append(Quad(iri, GLOCAL["hasStatus"], rule.status.iri, META))
        for language, sentence in rule.sentence.items():
            text = Literal(sentence, language=language)
            quads.append(Quad(iri, GLOCAL["ruleSentence"], text, META))
    return quads


def _graphs() -> list[Quad]:
    return [quad for graph, texts in _DESCRIPTIONS.items() for quad in _labels(graph, texts)]


def _canonical(ontology: Iterable[Quad]) -> list[Quad]:
    dataset = Dataset(ontology)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset)


def _in(graph: NamedNode | DefaultGraph, triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]
