"""The named graphs of a release: assemble them, and find the premises of reasoning in them.

A release only has contradictions at levels that do not hold. The triples of a contradiction must
not be asserted, so they are reified: each is described as an `rdf:Statement`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from kg.reasoning.derivation.levels import Derivation, NotHoldingContradiction, Premise
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status, status_of

GraphName = NamedNode | BlankNode | DefaultGraph | Triple

META: Final = GRAPH["meta"]
BACKGROUND: Final = GRAPH["background"]
ENTITIES: Final = GRAPH["entities"]

# Triples asserted in these graphs hold, but only types of entities take part in reasoning.
GRAPHS_WITHOUT_EVIDENCE: Final = (
    ENTITIES,
    META,
    GRAPH["source"],
    GRAPH["ontology"],
    GRAPH["links"],
    WITHDRAWN,
)
_PARTS: Final = ("subject", "predicate", "object")
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


def statuses_of_evidence(quads: Iterable[Quad]) -> dict[GraphName, Status]:
    """Return the status of each evidence graph."""
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
    """Return the status of an entity's type: a Fact if a passage names the entity."""
    return Status.FACT if is_named else Status.BACKGROUND


def labels_of(quads: Iterable[Quad]) -> list[Quad]:
    """Return the labels of entities, which the rules' sentences use."""
    return [quad for quad in quads if quad.predicate == RDFS["label"]]


def premises_of(quads: Sequence[Quad]) -> list[Premise]:
    """Return the triples that reasoning starts from; a claim is repeated for each holder."""
    statuses = statuses_of_evidence(quads)
    holders: dict[GraphName, list[NamedNode]] = defaultdict(list)
    for quad in quads:
        if quad.predicate == GLOCAL["heldBy"] and isinstance(quad.object, NamedNode):
            holders[quad.subject].append(quad.object)
    named_in_source = {quad.subject for quad in quads if quad.predicate == GLOCAL["mentionedIn"]}
    result = []
    for quad in quads:
        status = statuses.get(quad.graph_name)
        if quad.graph_name == ENTITIES and quad.predicate == RDF["type"]:
            status = status_of_type(is_named=quad.subject in named_in_source)
        if status is Status.CLAIM:
            result += [Premise(quad.triple, status, holder) for holder in holders[quad.graph_name]]
        elif status is not None:
            result.append(Premise(quad.triple, status))
    return result


def assemble_release(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    derivations: Sequence[Derivation],
    rules: Sequence[Rule],
    contradictions: Sequence[NotHoldingContradiction] = (),
) -> list[Quad]:
    """Return all quads of a release, including those of its default graph.

    A release has the graphs of `curated` and `ontology`, `graph:background` with all premises of
    that status, `graph:asserted` and `graph:derived`, one `graph:derived-<status>-<rule>` per rule
    and level (and, among claims, per holder), and the default graph, the union of asserted and
    derived. `graph:meta` describes rules, and contradictions at levels that do not hold.
    """
    statuses = statuses_of_evidence(curated)
    background = [each.triple for each in premises_of(curated) if each.status is Status.BACKGROUND]
    derived_graphs, derived_graph_descriptions = _derived_graphs(derivations)
    named = [
        *curated,
        *_in(BACKGROUND, background),
        *_canonical(ontology),
        *derived_graph_descriptions,
        *_rule_descriptions(rules),
        *_in(META, describe_contradictions(contradictions)),
        *(
            Quad(graph, RDFS["label"], Literal(text, language=language), META)
            for graph, texts in _DESCRIPTIONS.items()
            for language, text in zip(("en", "zh"), texts, strict=True)
        ),
    ]
    holding = {graph for graph, status in statuses.items() if status.holds}
    holding |= {BACKGROUND, *GRAPHS_WITHOUT_EVIDENCE}
    asserted = {quad.triple for quad in named if quad.graph_name in holding}
    derived = {each.triple for each in derivations if each.status.holds} - asserted
    return [
        *named,
        *derived_graphs,
        *_in(ASSERTED, asserted),
        *_in(DERIVED, derived),
        *_in(DefaultGraph(), asserted | derived),
    ]


def count_triples(
    quads: Iterable[Quad], statuses: Mapping[GraphName, Status]
) -> dict[str, dict[str, int]]:
    """Return the counts in release.json: triples per graph, evidence graphs per status."""
    by_graph = Counter(getattr(quad.graph_name, "value", "default") for quad in quads)
    main = {str(graph.value): by_graph[graph.value] for graph in _DESCRIPTIONS}
    return {
        "graphs": {"default": by_graph["default"], **main},
        "evidence": dict(sorted(Counter(status.value for status in statuses.values()).items())),
    }


def _derived_graphs(derivations: Iterable[Derivation]) -> tuple[list[Quad], list[Quad]]:
    """Return the quads of the derived graphs, and the quads that describe these graphs."""
    content: list[Quad] = []
    descriptions: set[Triple] = set()
    for derivation in derivations:
        status = derivation.status.value.lower()
        holder = derivation.holder.value.rpartition("/")[2] + "-" if derivation.holder else ""
        graph = GRAPH[f"derived-{status}-{holder}{derivation.rule}"]
        content += _in(graph, [derivation.triple])
        descriptions.update(_describe_origin(graph, "DerivedGraph", derivation))
    return content, _in(META, descriptions)


def _describe_origin(
    name: NamedNode, class_: str, origin: Derivation | NotHoldingContradiction
) -> Iterator[Triple]:
    """Describe what comes from a rule: its class, rule and status and, for a claim, its holder."""
    yield Triple(name, RDF["type"], GLOCAL[class_])
    yield Triple(name, GLOCAL["byRule"], RULE[origin.rule])
    yield Triple(name, GLOCAL["hasStatus"], origin.status.iri)
    if origin.holder is not None:
        yield Triple(name, GLOCAL["heldBy"], origin.holder)


def _rule_descriptions(rules: Iterable[Rule]) -> Iterator[Quad]:
    for rule in rules:
        iri = RULE[rule.name]
        yield Quad(iri, RDF["type"], GLOCAL["Rule"], META)
        yield Quad(iri, DCTERMS["description"], Literal(rule.source), META)
        if rule.location:
            yield Quad(iri, GLOCAL["definedAt"], Literal(rule.location), META)
        if rule.status is not None:
            yield Quad(iri, GLOCAL["hasStatus"], rule.status.iri, META)
        for language, sentence in rule.sentence.items():
            yield Quad(iri, GLOCAL["ruleSentence"], Literal(sentence, language=language), META)


def _canonical(ontology: Iterable[Quad]) -> Dataset:
    """Relabel blank nodes canonically, so that the same ontology gives the same bytes."""
    dataset = Dataset(ontology)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _in(graph: NamedNode | DefaultGraph, triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]


def contradiction_iri(clash: NotHoldingContradiction) -> NamedNode:
    """Return the IRI of a contradiction; a hash of the content makes it the same everywhere."""
    holder = clash.holder.value if clash.holder else ""
    content = "\n".join([clash.rule, clash.status.value, holder, *map(str, clash.triples)])
    return CONTRADICTION[f"{clash.rule}-{sha256(content.encode()).hexdigest()[:12]}"]


def describe_contradictions(clashes: Iterable[NotHoldingContradiction]) -> Iterator[Triple]:
    """Yield the triples that describe contradictions in `graph:meta`, with numbered statements."""
    for clash in clashes:
        name = contradiction_iri(clash)
        yield from _describe_origin(name, "Contradiction", clash)
        for number, triple in enumerate(clash.triples, start=1):
            statement = NamedNode(f"{name.value}#{number}")
            yield Triple(name, GLOCAL["hasClashingStatement"], statement)
            yield Triple(statement, RDF["type"], RDF["Statement"])
            yield from (Triple(statement, RDF[part], getattr(triple, part)) for part in _PARTS)


def read_contradictions(meta: Iterable[Quad]) -> list[NotHoldingContradiction]:
    """Read the contradictions from `graph:meta`, sorted by status, strongest first, then by IRI."""
    descriptions: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in meta:
        descriptions[quad.subject][quad.predicate].append(quad.object)
    clashes = []
    for description in list(descriptions.values()):
        if GLOCAL["Contradiction"] not in description[RDF["type"]]:
            continue
        [rule], [status] = description[GLOCAL["byRule"]], description[GLOCAL["hasStatus"]]
        clashing = description[GLOCAL["hasClashingStatement"]]
        statements = sorted(clashing, key=lambda each: int(each.value.rpartition("#")[2]))
        triples = tuple(
            Triple(*(descriptions[statement][RDF[part]][0] for part in _PARTS))
            for statement in statements
        )
        holder = next(iter(description[GLOCAL["heldBy"]]), None)
        name = rule.value.removeprefix(RULE)
        clashes.append(NotHoldingContradiction(name, triples, status_of(status), holder))
    return sorted(clashes, key=lambda each: (each.status.rank, contradiction_iri(each).value))
