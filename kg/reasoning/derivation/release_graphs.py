"""Contradictions at levels that do not hold <-> how a release describes them.

A release has no triple of a contradiction among what holds, so its triples are reified: each is an
`rdf:Statement` of its own.

Curated quads and what was derived -> the graphs of a release.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

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

from kg.namespaces import (
    ASSERTED,
    CONTRADICTION,
    DCTERMS,
    DERIVED,
    GLOCAL,
    GRAPH,
    RDF,
    RDFS,
    RULE,
    WITHDRAWN,
)
from kg.reasoning.derivation.levels import Clash, Derivation, Premise
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status, status_of

_PARTS = ("subject", "predicate", "object")


def name_of(clash: Clash) -> NamedNode:
    """The IRI of a contradiction: made of what it says, so it stays from release to release."""
    holder = clash.holder.value if clash.holder else ""
    said = "\n".join([clash.rule, clash.status.value, holder, *map(str, clash.triples)])
    return CONTRADICTION[f"{clash.rule}-{sha256(said.encode()).hexdigest()[:12]}"]


def describe(clashes: Iterable[Clash]) -> list[Triple]:
    """What `graph:meta` says of each: rule, status, holder, and its statements in order."""
    found = []
    for clash in clashes:
        name = name_of(clash)
        found += [
            Triple(name, RDF["type"], GLOCAL["Contradiction"]),
            Triple(name, GLOCAL["byRule"], RULE[clash.rule]),
            Triple(name, GLOCAL["hasStatus"], clash.status.iri),
        ]
        if clash.holder is not None:
            found.append(Triple(name, GLOCAL["heldBy"], clash.holder))
        for number, triple in enumerate(clash.triples, start=1):
            statement = NamedNode(f"{name.value}#{number}")
            found.append(Triple(name, GLOCAL["hasClashingStatement"], statement))
            found.append(Triple(statement, RDF["type"], RDF["Statement"]))
            found += [Triple(statement, RDF[part], getattr(triple, part)) for part in _PARTS]
    return found


def read(meta: Iterable[Quad]) -> list[Clash]:
    """The contradictions that `graph:meta` describes: strongest status first, then by name."""
    said: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in meta:
        said[quad.subject][quad.predicate].append(quad.object)
    found = [
        _clash(about, said)
        for about in list(said.values())
        if GLOCAL["Contradiction"] in about.get(RDF["type"], ())
    ]
    return sorted(found, key=lambda one: (list(Status).index(one.status), name_of(one).value))


def _clash(about: dict[NamedNode, list[Any]], said: dict[Any, dict[NamedNode, list[Any]]]) -> Clash:
    [rule], [status] = about[GLOCAL["byRule"]], about[GLOCAL["hasStatus"]]
    statements = sorted(about[GLOCAL["hasClashingStatement"]], key=_number)
    triples = [Triple(*(said[one][RDF[part]][0] for part in _PARTS)) for one in statements]
    holder = next(iter(about.get(GLOCAL["heldBy"], ())), None)
    return Clash(rule.value.removeprefix(RULE), tuple(triples), status_of(status), holder)


def _number(statement: NamedNode) -> int:
    return int(statement.value.rpartition("#")[2])


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
