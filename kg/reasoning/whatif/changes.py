"""What a patch may say: facts, in the graphs that facts stand in, with words that there are.

A patch -> which triples would be asserted otherwise, and by what.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.errors import RefusedPatch
from kg.namespaces import EVIDENCE, GLOCAL, GRAPH, OWL, RDF, RDFS, RULE, SOURCE, shorten
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.proofs.proof import BEYOND, Evidence, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.words import statement
from kg.reasoning.whatif.outcome import Patch
from kg.statuses import Status
from kg.store.quad_store import Store

_LANGUAGES = (RDFS, OWL)
_CLASSES_OF_AXIOMS = (RDF["Property"], RDF["List"])
_DESCRIBED = (EVIDENCE, GRAPH, RULE)


def refuse_all_but_facts(patch: Patch, store: Store) -> None:
    """Let pass a patch that changes facts of this release and nothing else.

    Raises:
        RefusedPatch: names the triple, and says what would be right.
    """
    for quad in (*patch.removals, *patch.additions):
        if quad.graph_name != ENTITIES:
            _refuse_graph(quad, store)
        _refuse_unknown_word(quad, store)
        _refuse_axiom(quad)
        _refuse_description(quad)
    for quad in patch.removals:
        if quad.graph_name == ENTITIES and quad.predicate != RDF["type"]:
            reason = f"from {shorten(ENTITIES.value)} only types can be removed"
            raise RefusedPatch(f"{reason}, not {statement(quad.triple)}")
    for quad in patch.additions:
        if quad.graph_name == ENTITIES:
            reason = f"a type that is added stands in no graph, not in {shorten(ENTITIES.value)}"
            raise RefusedPatch(f"{reason}: {statement(quad.triple)}")


def _refuse_graph(quad: Quad, store: Store) -> None:
    graph = quad.graph_name
    if isinstance(graph, DefaultGraph):
        return
    if store.holds(Triple(graph, RDF["type"], GLOCAL["Evidence"]), META):
        return
    known = [shorten(one.value) for one in store.named_graphs if one.value.startswith(EVIDENCE)]
    name = shorten(graph.value)
    reason = (
        f"{name} is no evidence graph; a patch can name those that there are, "
        f"{shorten(ENTITIES.value)} to remove types, or no graph"
    )
    raise RefusedPatch(reason, near=get_close_matches(name, known, n=3, cutoff=0.8))


def _refuse_axiom(quad: Quad) -> None:
    is_typed = quad.predicate == RDF["type"] and isinstance(quad.object, NamedNode)
    word = quad.object if is_typed and isinstance(quad.object, NamedNode) else quad.predicate
    if word.value.startswith(_LANGUAGES) or word in _CLASSES_OF_AXIOMS:
        reason = f"{shorten(word.value)} is a word of axioms and names"
        raise RefusedPatch(f"{reason}, and a patch changes facts: {statement(quad.triple)}")


def _refuse_description(quad: Quad) -> None:
    """No rule reads these, so what is asked would silently come to nothing."""
    subject = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
    # What a passage cites is a fact; where it stands is not.
    is_place = subject.startswith(SOURCE) and quad.predicate.value.startswith(GLOCAL)
    if is_place or subject.startswith(_DESCRIBED):
        reason = "a patch cannot change what is said of evidence, graphs, rules and passages"
        remedy = "to see what a claim would give as a fact, add its triples without GRAPH"
        raise RefusedPatch(f"{reason}: {statement(quad.triple)}; {remedy}")


def _refuse_unknown_word(quad: Quad, store: Store) -> None:
    """A misspelt property would silently come to nothing."""
    words = [quad.predicate, *([quad.object] if quad.predicate == RDF["type"] else [])]
    for word in words:
        is_own = isinstance(word, NamedNode) and word.value.startswith(GLOCAL)
        if isinstance(word, NamedNode) and is_own and not store.knows(word):
            known = [shorten(one) for one in store.names if one.startswith(GLOCAL)]
            name = shorten(word.value)
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            raise RefusedPatch(f"no term is called {name}: {statement(quad.triple)}", near=near)


# Where an added triple stands that no evidence graph is named for.
SUPPOSED: Final = GRAPH["supposed"]

Assertions = Mapping[Codes, Sequence[Evidence]]


def patched(facts: ReleaseFacts, patch: Patch) -> dict[Codes, list[Evidence]]:
    """The evidence of each triple that the patch speaks of, as it would be.

    The graphs that it adds to are evidence graphs of the release: see `refuse_all_but_facts`.

    Raises:
        RefusedPatch: what is to be removed is derived. What nobody asserts can be removed, as
            in SPARQL Update, and nothing comes of it.
    """
    after: dict[Codes, list[Evidence]] = {}

    def evidence_of(quad: Quad) -> tuple[Codes, list[Evidence]]:
        codes = facts.vocabulary.encode_triple(quad.triple)
        return codes, after.get(codes, facts.assertions.get(codes, []))

    for quad in patch.removals:
        codes, known = evidence_of(quad)
        # What the patch has removed already was asserted; to remove it again changes nothing.
        if codes not in after and not known and facts.level(codes) < BEYOND:
            raise RefusedPatch(
                f"{statement(quad.triple)} is derived, so it cannot be removed; "
                "remove a premise instead: an explanation of the triple names them"
            )
        is_everywhere = isinstance(quad.graph_name, DefaultGraph)
        after[codes] = [one for one in known if not is_everywhere and one.graph != quad.graph_name]
    for quad in patch.additions:
        codes, known = evidence_of(quad)
        more = [one for one in _evidence_in(facts, quad) if one not in known]
        after[codes] = [*known, *more]
    return after


def _evidence_in(facts: ReleaseFacts, quad: Quad) -> Sequence[Evidence]:
    name = quad.graph_name
    if isinstance(name, NamedNode):
        return facts.evidence_graphs[name]
    return [Evidence(SUPPOSED, Status.FACT)]


@contextmanager
def supposed(facts: ReleaseFacts, after: Mapping[Codes, list[Evidence]]) -> Iterator[None]:
    """Inside, the triples have the other evidence."""
    before = {codes: facts.assertions.get(codes) for codes in after}
    facts.assertions.update(after)
    try:
        yield
    finally:
        for codes, evidence in before.items():
            if evidence is None:
                del facts.assertions[codes]
            else:
                facts.assertions[codes] = evidence


def by_standing(facts: ReleaseFacts) -> dict[Standing, set[Codes]]:
    """What is asserted at each level that does not hold and that reasoning reads."""
    found: dict[Standing, set[Codes]] = {}
    for codes in facts.assertions:
        for standing in facts.standings(codes):
            if not standing.status.holds and standing.status.is_reasoned_over:
                found.setdefault(standing, set()).add(codes)
    return found


def asserted_beyond(
    facts: ReleaseFacts,
    known: Mapping[Standing, set[Codes]],
    after: Mapping[Codes, Sequence[Evidence]],
) -> dict[Standing, set[Codes]]:
    """The same as `by_standing`, as it would be with the other evidence."""
    found = dict(known)
    for codes, evidence in after.items():
        standings = {one.standing for one in evidence if one.standing is not None}
        for standing in standings | facts.standings(codes):
            if standing.status.holds or not standing.status.is_reasoned_over:
                continue
            others = found.get(standing, set()) - {codes}
            found[standing] = others | {codes} if standing in standings else others
    return found
