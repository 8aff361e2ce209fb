"""Apply a patch to the assertions of a release: which evidence each triple would have.

Before that, `check_patch` refuses a patch that changes anything but facts, changes them outside
evidence graphs, or uses terms that do not exist.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.errors import RefusedPatch
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, RDFS, RULE, SOURCE, shorten
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.proof import EvidenceGraph
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.words import format_triple
from kg.reasoning.whatif.outcome import Patch
from kg.statuses import Status, World
from kg.store.quad_store import Store

_SCHEMA_NAMESPACES: Final = (RDFS, OWL)
_SCHEMA_CLASSES: Final = (RDF["Property"], RDF["List"])
_DESCRIBED_NAMESPACES: Final = (EVIDENCE, GRAPH, RULE)
# The graph of added triples for which the patch names no evidence graph.
_SUPPOSED_GRAPH: Final = GRAPH["supposed"]


def check_patch(patch: Patch, store: Store) -> None:
    """Raise RefusedPatch if the patch changes anything but facts of this release."""
    for quad in (*patch.removals, *patch.additions):
        if quad.graph_name != ENTITIES:
            _refuse_graph(quad, store)
        _refuse_unknown_term(quad, store)
        _refuse_all_but_facts(quad)
    for quad in patch.removals:
        if quad.graph_name == ENTITIES and quad.predicate != RDF["type"]:
            reason = f"only types can be removed from {shorten(ENTITIES.value)}"
            raise RefusedPatch(f"{reason}, not {format_triple(quad.triple)}")
    for quad in patch.additions:
        if quad.graph_name == ENTITIES:
            reason = f"types are added without GRAPH, not to {shorten(ENTITIES.value)}"
            raise RefusedPatch(f"{reason}: {format_triple(quad.triple)}")


def _refuse_graph(quad: Quad, store: Store) -> None:
    graph = quad.graph_name
    if isinstance(graph, DefaultGraph):
        return
    if store.contains(Triple(graph, RDF["type"], GLOCAL["Evidence"]), META):
        return
    iris = (each.value for each in store.named_graphs)
    known = [shorten(iri) for iri in iris if iri.startswith(EVIDENCE)]
    name = shorten(graph.value)
    reason = (
        f"{name} is not an evidence graph; expected an existing evidence graph, "
        f"{shorten(ENTITIES.value)} to remove types, or no graph"
    )
    raise RefusedPatch(reason, near=get_close_matches(name, known, n=3, cutoff=0.8))


def _refuse_all_but_facts(quad: Quad) -> None:
    is_type = quad.predicate == RDF["type"]
    term = quad.object if is_type and isinstance(quad.object, NamedNode) else quad.predicate
    if term.value.startswith(_SCHEMA_NAMESPACES) or term in _SCHEMA_CLASSES:
        reason = f"{shorten(term.value)} is for axioms and labels"
        raise RefusedPatch(f"{reason}, but a patch changes facts: {format_triple(quad.triple)}")
    # No rule reads triples about evidence and the like, so nothing would change.
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
    # The work that a passage cites is a fact; the page and paragraph of the passage are not.
    describes_passage = subject.startswith(SOURCE) and quad.predicate.value.startswith(GLOCAL)
    if describes_passage or subject.startswith(_DESCRIBED_NAMESPACES):
        reason = "a patch cannot change the descriptions of evidence, graphs, rules and passages"
        remedy = "to see what follows from a claim if it is a fact, add its triples without GRAPH"
        raise RefusedPatch(f"{reason}: {format_triple(quad.triple)}; {remedy}")


def _refuse_unknown_term(quad: Quad, store: Store) -> None:
    """Refuse a misspelt property or class, which would otherwise silently change nothing."""
    for term in (quad.predicate, quad.object if quad.predicate == RDF["type"] else None):
        if not isinstance(term, NamedNode) or not term.value.startswith(GLOCAL):
            continue
        if not store.contains_iri(term):
            known = [shorten(iri) for iri in store.known_iris if iri.startswith(GLOCAL)]
            name = shorten(term.value)
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            raise RefusedPatch(f"unknown term {name}: {format_triple(quad.triple)}", near=near)


def evidence_after(facts: ReleaseFacts, patch: Patch) -> dict[CodedTriple, list[EvidenceGraph]]:
    """Return the evidence that each triple of a patch, checked by `check_patch`, would have.

    Removing an absent triple has no effect; removing one only derived is a `RefusedPatch`.
    """
    after: dict[CodedTriple, list[EvidenceGraph]] = {}

    def evidence_of(quad: Quad) -> tuple[CodedTriple, list[EvidenceGraph]]:
        codes = facts.vocabulary.encode_triple(quad.triple)
        return codes, after.get(codes, facts.assertions.get(codes, []))

    for quad in patch.removals:
        codes, known = evidence_of(quad)
        # A triple in `after` was asserted until this patch removed it; a second removal is allowed.
        if codes not in after and not known and facts.base(codes) is not None:
            raise RefusedPatch(
                f"{format_triple(quad.triple)} is derived, so it cannot be removed; "
                "remove one of its premises, which an explanation of the triple lists"
            )
        graph = quad.graph_name
        remaining = [evidence for evidence in known if evidence.graph != graph]
        after[codes] = [] if isinstance(graph, DefaultGraph) else remaining
    for quad in patch.additions:
        codes, known = evidence_of(quad)
        name, supposed = quad.graph_name, [EvidenceGraph(_SUPPOSED_GRAPH, Status.FACT)]
        added = facts.evidence_graphs[name] if isinstance(name, NamedNode) else supposed
        after[codes] = [*known, *(evidence for evidence in added if evidence not in known)]
    return after


@contextmanager
def temporary_evidence(
    facts: ReleaseFacts, after: Mapping[CodedTriple, list[EvidenceGraph]]
) -> Iterator[None]:
    """Give the triples this evidence inside the block, and restore the earlier one on exit."""
    before = {codes: facts.assertions[codes] for codes in after if codes in facts.assertions}
    facts.assertions.update(after)
    try:
        yield
    finally:
        for codes in after:
            del facts.assertions[codes]
        facts.assertions.update(before)


def asserted_in_worlds(
    known: Mapping[World, set[CodedTriple]],
    evidence: Mapping[CodedTriple, Sequence[EvidenceGraph]],
) -> dict[World, set[CodedTriple]]:
    """Return the triples asserted as claims, hypotheses or plans, by world.

    Those of `evidence` stand as it says, and all others as in `known`.
    """
    asserted = {world: triples.difference(evidence) for world, triples in known.items()}
    for codes, graphs in evidence.items():
        for graph in graphs:
            if graph.standing is not None and graph.standing.world is not None:
                asserted.setdefault(graph.standing.world, set()).add(codes)
    return asserted
