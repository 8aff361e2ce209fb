"""Suppose changes of a store's default graph: what would follow then, and what no longer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, Quad, Triple
from rich.tree import Tree

from kg.errors import LimitExceeded, RefusedPatch
from kg.reasoning.derivation.fixpoint import CodedContradiction
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.proofs.words import USUAL, Wording, build_label, build_tree, render_trees
from kg.reasoning.upkeep.closed_graph import ClosedGraph
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.explanation import ClosedExplainer
from kg.reasoning.whatif.engine import MAX_CHANGES
from kg.reasoning.whatif.outcome import Patch

# To derive as many anew takes some seconds.
_MAX_DERIVED_ANEW: Final = 200_000
_TITLES: Final = {
    "gained": "Would newly hold",
    "lost": "Would no longer hold",
    "contradictions": "Would contradict each other",
}


@dataclass(frozen=True)
class SupposedOutcome:
    """The changes that a patch would make, or one page of them, each with its proof.

    `gained` are proved as they would be, `lost` as they are now. `counts` has the length of each
    list on all pages together, by its name. `resolved` is the number of contradictions that would
    be gone.
    """

    gained: Sequence[Proof]
    lost: Sequence[Proof]
    contradictions: Sequence[ContradictionProof]
    counts: dict[str, int]
    resolved: int = 0


def evaluate_patch(
    store: EntailedStore, patch: Patch, page: slice = slice(None)
) -> SupposedOutcome:
    """Return what would change if the patch were applied; the store stays as it is.

    A page counts the contradictions first, then what is gained, then what is lost. A patch of
    axioms on which the rules depend is evaluated by deriving everything anew, and only in a small
    store. Raises RefusedPatch if the patch changes named graphs, changes axioms of a large store,
    or removes a triple that is not asserted, and LimitExceeded if there would be too many changes.
    """
    added, removed = _triples(patch.additions), _triples(patch.removals)
    for triple in removed:
        if not store.contains(triple):
            is_derived = next(store.quads(*triple, graph=None), None) is None
            reason = "it is not asserted" if is_derived else "only a named graph asserts it"
            remedy = "remove the triples that an explanation of it lists"
            raise RefusedPatch(f"{triple} cannot be removed: {reason}; {remedy}")
    if store.closed.needs_anew((*added, *removed)):
        return _evaluate_anew(store, added, removed, page)
    closed, clashes_before = store.closed, len(store.closed.clashes)
    with closed.suppose(added, removed) as (delta, clashes):
        lists = (
            sorted(clashes),
            _in_order(closed, delta.gained),
            _in_order(closed, delta.lost),
        )
        counts, (new, gained, lost) = _cut(lists, page)
        resolved = clashes_before + len(clashes) - len(closed.clashes)
        explainer = ClosedExplainer(store)
        contradictions = list(map(explainer.prove_clash, new))
        proofs = list(map(explainer.prove_change, gained))
    # Proved from the facts before the patch, which are back now.
    proofs_before = list(map(ClosedExplainer(store).prove_change, lost))
    return SupposedOutcome(proofs, proofs_before, contradictions, counts, resolved)


def _evaluate_anew(
    store: EntailedStore, added: Iterable[Triple], removed: Iterable[Triple], page: slice
) -> SupposedOutcome:
    before = store.closed
    if len(before.facts) > _MAX_DERIVED_ANEW:
        reason = "axioms can be supposed only in a store of"
        raise RefusedPatch(f"{reason} {_MAX_DERIVED_ANEW:,} triples; expected a patch of facts")
    after = store.close_supposing(added, removed)
    then, now = (set(map(each.vocabulary.decode_triple, each.facts)) for each in (before, after))
    known, found = _decode_clashes(before), _decode_clashes(after)
    clashes = [each for each, triples in found.items() if triples not in known.values()]
    resolved = sum(triples not in found.values() for triples in known.values())
    gained = map(after.vocabulary.encode_triple, now - then)
    lost = map(before.vocabulary.encode_triple, then - now)
    lists = sorted(clashes), _in_order(after, gained), _in_order(before, lost)
    counts, (new, more, less) = _cut(lists, page)
    explainer, explainer_before = ClosedExplainer(store, after), ClosedExplainer(store)
    return SupposedOutcome(
        list(map(explainer.prove_change, more)),
        list(map(explainer_before.prove_change, less)),
        list(map(explainer.prove_clash, new)),
        counts,
        resolved,
    )


def _decode_clashes(closed: ClosedGraph) -> dict[CodedContradiction, frozenset[Triple]]:
    decode = closed.vocabulary.decode_triple
    return {each: frozenset(map(decode, each[1])) for each in closed.clashes}


def _in_order(closed: ClosedGraph, triples: Iterable[CodedTriple]) -> list[CodedTriple]:
    """Return the triples that the regime shows, by their terms."""
    decode = closed.vocabulary.decode_triple
    shown = (codes for codes in triples if closed.regime.shows(decode(codes)))
    return sorted(shown, key=lambda codes: str(decode(codes)))


def _cut(
    lists: tuple[list[CodedContradiction], list[CodedTriple], list[CodedTriple]], page: slice
) -> tuple[dict[str, int], tuple[list[CodedContradiction], list[CodedTriple], list[CodedTriple]]]:
    """Return the length of each list by its name, and what a page of all has of each."""
    clashes, gained, lost = lists
    counts = {"contradictions": len(clashes), "gained": len(gained), "lost": len(lost)}
    total = sum(counts.values())
    if total > MAX_CHANGES:
        reason = f"There would be {total:,}. Use a smaller patch, or make the change."
        raise LimitExceeded("changes of a what-if", MAX_CHANGES, reason)
    start, stop, _ = page.indices(total)
    first, slices = 0, []
    for members in lists:
        slices.append(slice(max(start - first, 0), max(stop - first, 0)))
        first += len(members)
    return counts, (clashes[slices[0]], gained[slices[1]], lost[slices[2]])


def _triples(quads: Iterable[Quad]) -> list[Triple]:
    """Return the triples as the engine spells them; raise RefusedPatch for a named graph."""
    spelled = pyoxigraph.Store()
    for quad in quads:
        if not isinstance(quad.graph_name, DefaultGraph):
            reason = "only the default graph is reasoned over; expected triples without GRAPH"
            raise RefusedPatch(f"{quad.graph_name}: {reason}")
        spelled.add(quad)
    return sorted((quad.triple for quad in spelled), key=str)


def render_outcome(outcome: SupposedOutcome, *, with_proofs: bool, wording: Wording = USUAL) -> str:
    """Return the changes as trees of text, or one line if nothing would change."""
    trees = []
    for name, title in _TITLES.items():
        count, members = outcome.counts[name], getattr(outcome, name)
        if count:
            rest = f", {len(members):,} of them on this page" if len(members) < count else ""
            section = Tree(f"{title}: {count:,}{rest}")
            section.children = [_tree(each, with_proofs, wording) for each in members]
            trees.append(section)
    if outcome.resolved:
        trees.append(Tree(f"Contradictions that would be gone: {outcome.resolved:,}"))
    return render_trees(trees or [Tree("Nothing would change.")])


def _tree(proof: AnyProof, with_proofs: bool, wording: Wording) -> Tree:
    tree = build_tree(proof, wording)
    if not with_proofs and isinstance(proof, ContradictionProof):
        tree.children = [Tree(build_label(premise, wording)) for premise in proof.premises]
    elif not with_proofs:
        tree.children = []
    return tree
