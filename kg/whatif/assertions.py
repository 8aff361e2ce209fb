"""A patch -> which triples would be asserted otherwise, and by what."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.errors import RefusedPatch
from kg.namespaces import GRAPH
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.proofs.proof import BEYOND, Evidence, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.proofs.words import statement
from kg.statuses import Status
from kg.whatif.outcome import Patch

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
