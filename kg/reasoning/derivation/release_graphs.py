"""The named graphs of a release: assemble them, and find the premises of reasoning in them.

A release only has contradictions in worlds. The triples of a contradiction must not be asserted,
so they are reified: each is described as an `rdf:Statement`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
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
    PASSAGE,
    RDF,
    RDFS,
    RULE,
)
from kg.reasoning.derivation.derive import (
    Derivation,
    Derivations,
    Premise,
    WorldContradiction,
)
from kg.reasoning.rules.rule import Rule
from kg.statuses import QUALIFYING, Attribution, Base, Status, attribute, status_of, status_of_type
from kg.store.views import graph_of_base, standings_described

GraphName = NamedNode | BlankNode | DefaultGraph | Triple

META: Final = GRAPH["meta"]
BACKGROUND: Final = GRAPH["background"]
ENTITIES: Final = GRAPH["entities"]

# Triples asserted in these graphs hold, but only types of entities take part in reasoning.
GRAPHS_WITHOUT_EVIDENCE: Final = tuple(
    GRAPH[name] for name in ("entities", "meta", "source", "ontology", "links", "withdrawn")
)
# Made once: each of them is compared with the predicate of every quad.
_TYPE, _LABEL = RDF["type"], RDFS["label"]
_HAS_STATUS, _HELD_BY, _MENTIONED_IN = (
    GLOCAL[name] for name in ("hasStatus", "heldBy", "mentionedIn")
)
_PARTS: Final = ("subject", "predicate", "object")
# Graph -> its label in English and in Chinese.
_LABELS: Final = {
    GRAPH[name]: texts
    for line in Path(__file__).with_name("graphs.tsv").read_text("utf-8").splitlines()[1:]
    for name, *texts in (line.split("\t"),)
}


def statuses_of_evidence(quads: Iterable[Quad]) -> dict[GraphName, Status]:
    """Return the status of each evidence graph."""
    return {
        quad.subject: status_of(quad.object)
        for quad in quads
        if quad.predicate == _HAS_STATUS
        and quad.graph_name == META
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def labels_of(quads: Iterable[Quad]) -> list[Quad]:
    """Return the labels of entities, which the rules' sentences use."""
    return [quad for quad in quads if quad.predicate == _LABEL]


def premises_of(quads: Sequence[Quad]) -> list[Premise]:
    """Return the triples that reasoning starts from; a claim is repeated for each holder."""
    statuses = statuses_of_evidence(quads)
    holders: dict[GraphName, list[NamedNode]] = defaultdict(list)
    for quad in quads:
        if quad.predicate == _HELD_BY and isinstance(quad.object, NamedNode):
            holders[quad.subject].append(quad.object)
    named_in_source = _named_in_source(quads)
    result = []
    for quad in quads:
        status = statuses.get(quad.graph_name)
        if _is_type(quad):
            status = status_of_type(is_named=quad.subject in named_in_source)
        if status is Status.CLAIM:
            result += [Premise(quad.triple, status, holder) for holder in holders[quad.graph_name]]
        elif status is not None:
            result.append(Premise(quad.triple, status))
    return result


def _named_in_source(quads: Iterable[Quad]) -> set[object]:
    return {quad.subject for quad in quads if quad.predicate == _MENTIONED_IN}


def _is_type(quad: Quad) -> bool:
    return quad.graph_name == ENTITIES and quad.predicate == _TYPE


def assemble_release(
    curated: Sequence[Quad],
    ontology: Sequence[Quad],
    derivations: Derivations,
    rules: Sequence[Rule],
    curators: NamedNode,
) -> list[Quad]:
    """Return all quads of a release, including those of its default graph.

    It has the graphs of `curated` and `ontology`, `graph:background` with all premises of that
    status, two graphs for each base, one of derived triples per rule, standing and qualifiers, and
    the default graph, the union of `graph:asserted` and `graph:derived`: what stands without
    readings.
    `graph:meta` describes rules, and contradictions in worlds. `curators` hold the readings.
    """
    background = [each.triple for each in premises_of(curated) if each.status is Status.BACKGROUND]
    kinds = {quad.object: quad.predicate for quad in curated if quad.predicate in QUALIFYING}
    derived_graphs, descriptions = _derived_graphs(derivations.derivations, curators, kinds)
    named = [
        *curated,
        *_in(BACKGROUND, background),
        *_canonical(ontology),
        *_in(META, descriptions),
        *_rule_descriptions(rules),
        *_in(META, describe_contradictions(derivations.contradictions, curators)),
        *(
            Quad(graph, RDFS["label"], Literal(text, language=language), META)
            for graph, texts in _LABELS.items()
            for language, text in zip(("en", "zh"), texts, strict=True)
        ),
    ]
    return [*named, *derived_graphs, *_base_graphs(curated, named, derivations.derivations)]


def _base_graphs(
    curated: Sequence[Quad], named: Sequence[Quad], derivations: Sequence[Derivation]
) -> Iterator[Quad]:
    """Yield what is asserted and derived at each base, and the default graph with its two parts."""
    bases = {graph: status.base for graph, status in statuses_of_evidence(curated).items()}
    bases[BACKGROUND] = Base.BACKGROUND
    bases |= dict.fromkeys(GRAPHS_WITHOUT_EVIDENCE, Base.FACT)
    named_in_source = _named_in_source(curated)
    asserted: dict[Base, set[Triple]] = {base: set() for base in Base}
    for quad in named:
        base = bases.get(quad.graph_name)
        if _is_type(quad):
            base = status_of_type(is_named=quad.subject in named_in_source).base
        if base is not None:
            asserted[base].add(quad.triple)
    derived: dict[Base, set[Triple]] = {base: set() for base in Base}
    for each in derivations:
        if each.standing.world is None:
            derived[each.standing.base].add(each.triple)
    by_default: dict[bool, set[Triple]] = {False: set(), True: set()}
    for is_derived, by_base in ((False, asserted), (True, derived)):
        stronger: set[Triple] = set()
        for base, triples in by_base.items():
            yield from _in(graph_of_base(base, is_derived=is_derived), triples - stronger)
            stronger |= triples
            if base is not Base.READING:
                by_default[is_derived] |= triples
    yield from _in(ASSERTED, by_default[False])
    yield from _in(DERIVED, by_default[True] - by_default[False])
    yield from _in(DefaultGraph(), by_default[False] | by_default[True])


def count_triples(
    quads: Iterable[Quad], statuses: Mapping[GraphName, Status]
) -> dict[str, dict[str, int]]:
    """Return the counts in release.json: triples per graph, evidence graphs per status."""
    by_graph = Counter(getattr(quad.graph_name, "value", "default") for quad in quads)
    main = {str(graph.value): by_graph[graph.value] for graph in _LABELS}
    return {
        "graphs": {"default": by_graph["default"], **main},
        "evidence": dict(sorted(Counter(status.value for status in statuses.values()).items())),
    }


def _derived_graphs(
    derivations: Iterable[Derivation], curators: NamedNode, kinds: Mapping[Any, NamedNode]
) -> tuple[list[Quad], set[Triple]]:
    """Return the quads of the derived graphs, and the triples that describe these graphs.

    `kinds` has the property of each qualifier.
    """
    content: list[Quad] = []
    descriptions: set[Triple] = set()
    for each in derivations:
        graph = name_derived_graph(each)
        content += _in(graph, [each.triple])
        attribution = attribute(each.standing, curators, restates=each.restates)
        descriptions.update(_describe_origin(graph, "DerivedGraph", each, attribution))
        descriptions.update(Triple(graph, kinds[one], one) for one in each.qualifiers)
    return content, descriptions


def name_derived_graph(derivation: Derivation) -> NamedNode:
    """Return the graph of what the same rule derives with the same standing and qualifiers."""
    base, world = derivation.standing.base.name.lower(), derivation.standing.world
    if world is None:
        kind = f"derived-{base}"
    elif world.holder is None:
        kind = f"derived-{world.status.name.lower()}-{base}"
    elif derivation.restates:
        kind = f"derived-claim-{world.name}"
    else:
        kind = f"follows-from-{world.name}-{base}"
    qualified = "".join(f"--{one.value.removeprefix(GLOCAL)}" for one in derivation.qualifiers)
    return GRAPH[f"{kind}-{derivation.rule}{qualified}"]


def _describe_origin(
    name: NamedNode,
    class_: str,
    origin: Derivation | WorldContradiction,
    attribution: Attribution,
) -> Iterator[Triple]:
    """Describe what comes from a rule: its class, rule, base, and how it is attributed."""
    yield Triple(name, RDF["type"], GLOCAL[class_])
    yield Triple(name, GLOCAL["byRule"], RULE[origin.rule])
    yield Triple(name, GLOCAL["hasBase"], origin.standing.base.status.iri)
    yield Triple(name, GLOCAL["hasStatus"], attribution.status.iri)
    if attribution.holder is not None:
        yield Triple(name, GLOCAL["heldBy"], attribution.holder)
    if attribution.follows_from is not None:
        yield Triple(name, GLOCAL["followsFromClaimOf"], attribution.follows_from)


def _rule_descriptions(rules: Iterable[Rule]) -> Iterator[Quad]:
    for rule in rules:
        iri = RULE[rule.name]
        yield Quad(iri, RDF["type"], GLOCAL["Rule"], META)
        for language, source in rule.sources.items():
            text = Literal(source, language=language) if language else Literal(source)
            yield Quad(iri, DCTERMS["description"], text, META)
        if rule.location:
            yield Quad(iri, GLOCAL["definedAt"], Literal(rule.location), META)
        if rule.status is not None:
            yield Quad(iri, GLOCAL["hasStatus"], rule.status.iri, META)
        for passage in rule.passages:
            yield Quad(iri, GLOCAL["fromPassage"], PASSAGE[passage], META)
        for language, sentence in rule.sentence.items():
            yield Quad(iri, GLOCAL["ruleSentence"], Literal(sentence, language=language), META)


def _canonical(ontology: Iterable[Quad]) -> Dataset:
    """Relabel blank nodes canonically, so that the same ontology gives the same bytes."""
    dataset = Dataset(ontology)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _in(graph: NamedNode | DefaultGraph, triples: Iterable[Triple]) -> list[Quad]:
    return [Quad(triple.subject, triple.predicate, triple.object, graph) for triple in triples]


def contradiction_iri(clash: WorldContradiction) -> NamedNode:
    """Return the IRI of a contradiction; a hash of the content makes it the same everywhere."""
    world = clash.standing.world
    content = "\n".join([clash.rule, world.name if world else "", *map(str, clash.triples)])
    return CONTRADICTION[f"{clash.rule}-{sha256(content.encode()).hexdigest()[:12]}"]


def describe_contradictions(
    clashes: Iterable[WorldContradiction], curators: NamedNode
) -> Iterator[Triple]:
    """Yield the triples that describe contradictions in `graph:meta`, with numbered statements."""
    for clash in clashes:
        name = contradiction_iri(clash)
        attribution = attribute(clash.standing, curators)
        yield from _describe_origin(name, "Contradiction", clash, attribution)
        for number, triple in enumerate(clash.triples, start=1):
            statement = NamedNode(f"{name.value}#{number}")
            yield Triple(name, GLOCAL["hasClashingStatement"], statement)
            yield Triple(statement, RDF["type"], RDF["Statement"])
            yield from (Triple(statement, RDF[part], getattr(triple, part)) for part in _PARTS)


def read_contradictions(meta: Iterable[Quad]) -> list[WorldContradiction]:
    """Read the contradictions from `graph:meta`, sorted by standing, strongest first, then IRI."""
    descriptions: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in meta:
        descriptions[quad.subject][quad.predicate].append(quad.object)
    clashes = []
    for description in list(descriptions.values()):
        if GLOCAL["Contradiction"] not in description[RDF["type"]]:
            continue
        clashing = description[GLOCAL["hasClashingStatement"]]
        statements = sorted(clashing, key=lambda each: int(each.value.rpartition("#")[2]))
        triples = tuple(
            Triple(*(descriptions[statement][RDF[part]][0] for part in _PARTS))
            for statement in statements
        )
        [rule], [standing] = description[GLOCAL["byRule"]], standings_described(description)
        clashes.append(WorldContradiction(rule.value.removeprefix(RULE), triples, standing))
    return sorted(clashes, key=lambda each: (each.standing.rank, contradiction_iri(each).value))
