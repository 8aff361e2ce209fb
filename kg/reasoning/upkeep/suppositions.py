"""What would follow, and what would no longer follow, if a store's default graph were different."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, Quad, Triple
from rich.tree import Tree

from kg.errors import LimitExceeded, RefusedPatch
from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
from kg.reasoning.proofs.words import build_label, build_tree, render_trees
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.reasoning.upkeep.explanation import ClosedExplainer
from kg.reasoning.whatif.engine import MAX_CHANGES
from kg.reasoning.whatif.outcome import Patch

_TITLES: Final = {
    "gained": "Would newly hold",
    "lost": "Would no longer hold",
    "contradictions": "Would contradict each other",
}


@dataclass(frozen=True)
class SupposedOutcome:
    """The changes that a patch would make, or one page of them, each with its proof.

    `gained` are proved as they would be, `lost` as they are now. `counts` has the length of each
    list on all pages together, by its name.
    """

    gained: Sequence[Proof]
    lost: Sequence[Proof]
    contradictions: Sequence[ContradictionProof]
    counts: dict[str, int]


def evaluate_patch(
    store: EntailedStore, patch: Patch, page: slice = slice(None)
) -> SupposedOutcome:
    """Return what would change if the patch were applied; the store stays as it is.

    A page counts the contradictions first, then what is gained, then what is lost. Raises
    RefusedPatch if the patch changes named graphs, axioms on which the rules depend, or removes a
    triple that is not asserted, and LimitExceeded if there would be too many changes.
    """
    added, removed = _triples(patch.additions), _triples(patch.removals)
    closed, explainer = store.closed, ClosedExplainer(store)
    _check(store, added, removed)
    decode = closed.vocabulary.decode_triple
    with closed.suppose(added, removed) as (delta, clashes):
        count = len(delta.gained) + len(delta.lost) + len(clashes)
        if count > MAX_CHANGES:
            reason = f"There would be {count:,}. Use a smaller patch, or make the change."
            raise LimitExceeded("changes of a what-if", MAX_CHANGES, reason)
        new = sorted(clashes)
        gained = sorted(delta.gained, key=lambda codes: str(decode(codes)))
        lost = sorted(delta.lost, key=lambda codes: str(decode(codes)))
        start, stop, _ = page.indices(count)
        parts, first = [], 0
        for members in (new, gained, lost):
            parts.append(slice(max(start - first, 0), max(stop - first, 0)))
            first += len(members)
        contradictions = list(map(explainer.prove_clash, new[parts[0]]))
        proofs = list(map(explainer.prove_change, gained[parts[1]]))
    counts = {"contradictions": len(new), "gained": len(gained), "lost": len(lost)}
    # Proved from the facts before the patch, which are back now.
    proofs_before = list(map(explainer.prove_change, lost[parts[2]]))
    return SupposedOutcome(proofs, proofs_before, contradictions, counts)


def _check(store: EntailedStore, added: Iterable[Triple], removed: Iterable[Triple]) -> None:
    for triple in (*added, *removed):
        if store.closed.needs_anew([triple]):
            reason = "the rules depend on it; a what-if changes facts, not axioms"
            raise RefusedPatch(f"{triple}: {reason}")
    for triple in removed:
        if not store.contains(triple):
            is_derived = next(store.quads(*triple, graph=None), None) is None
            reason = "it is not asserted" if is_derived else "only a named graph asserts it"
            remedy = "remove the triples that an explanation of it lists"
            raise RefusedPatch(f"{triple} cannot be removed: {reason}; {remedy}")


def _triples(quads: Iterable[Quad]) -> list[Triple]:
    """Return the triples as the engine spells them; raise RefusedPatch for a named graph."""
    spelled = pyoxigraph.Store()
    for quad in quads:
        if not isinstance(quad.graph_name, DefaultGraph):
            reason = "only the default graph is reasoned over; expected triples without GRAPH"
            raise RefusedPatch(f"{quad.graph_name}: {reason}")
        spelled.add(quad)
    return sorted((quad.triple for quad in spelled), key=str)


def render_outcome(outcome: SupposedOutcome, *, with_proofs: bool) -> str:
    """Return the changes as trees of text, or one line if nothing would change."""
    trees = []
    for name, title in _TITLES.items():
        count, members = outcome.counts[name], getattr(outcome, name)
        if count:
            rest = f", {len(members):,} of them on this page" if len(members) < count else ""
            section = Tree(f"{title}: {count:,}{rest}")
            section.children = [_tree(each, with_proofs=with_proofs) for each in members]
            trees.append(section)
    return render_trees(trees or [Tree("Nothing would change.")])


def _tree(proof: AnyProof, *, with_proofs: bool) -> Tree:
    tree = build_tree(proof)
    if not with_proofs and isinstance(proof, ContradictionProof):
        tree.children = [Tree(build_label(premise)) for premise in proof.premises]
    elif not with_proofs:
        tree.children = []
    return tree
