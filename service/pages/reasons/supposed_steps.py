"""Which steps of a proof are only supposed, and which would follow from what is supposed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import NamedNode, Triple

from kg.namespaces import GRAPH
from kg.statuses import Standing
from kg.store.quad_store import Store

if TYPE_CHECKING:
    from kg.reasoning.proofs.proof import AnyProof, EvidenceGraph, Proof
    from kg.reasoning.whatif.outcome import Change, Outcome, Patch

# The names of the words that a step has in place of its status.
SUPPOSED, FOLLOWING = "supposed", "following"


@dataclass(frozen=True)
class SupposedSteps:
    """Tells the steps of proofs that rest on a supposition.

    `additions` are statements that a patch adds to graphs of evidence which do not have them.
    `changes` are statements with a standing that they would get only by the patch, be it by what
    it adds or, where a rule asks for the absence of something, by what it removes.
    """

    additions: Collection[tuple[Triple, NamedNode]] = ()
    changes: Collection[tuple[Triple, Standing | None]] = ()

    @classmethod
    def of(cls, patch: "Patch", outcome: "Outcome", store: Store) -> "SupposedSteps":
        """Return those of a patch with its outcome."""
        additions = [
            (quad.triple, quad.graph_name)
            for quad in patch.additions
            if isinstance(quad.graph_name, NamedNode)
            and not store.contains(quad.triple, quad.graph_name)
        ]
        changes = (*outcome.gained, *outcome.shifted, *outcome.beyond)
        stronger = [(one.triple, one.after) for one in changes if _is_stronger(one)]
        return cls(frozenset(additions), frozenset(stronger))

    def includes(self, leaf: "AnyProof", graph: "EvidenceGraph") -> bool:
        """Return whether a graph has a leaf only by a supposition."""
        triple = getattr(leaf, "triple", None)
        return graph.graph == GRAPH["supposed"] or (triple, graph.graph) in self.additions

    def kind_of(self, proof: "AnyProof") -> str:
        """Return `SUPPOSED` or `FOLLOWING`, or "" for what stands without a supposition."""
        if proof.rule is None:
            return SUPPOSED if self._is_supposed(proof) else ""
        return FOLLOWING if self._follows(proof) else ""

    def _follows(self, proof: "AnyProof") -> bool:
        """Return whether a step that a rule derives rests on a supposition."""
        changed = (getattr(proof, "triple", None), proof.standing) in self.changes
        return changed or any(map(self.kind_of, proof.premises))

    def _is_supposed(self, leaf: "Proof") -> bool:
        """Return whether no other graph states a leaf as strongly as the supposition does."""
        others = [graph for graph in leaf.evidence if not self.includes(leaf, graph)]
        return len(others) < len(leaf.evidence) and not any(
            graph.standing is None
            or (leaf.standing is not None and leaf.standing.includes(graph.standing))
            for graph in others
        )


def _is_stronger(change: "Change") -> bool:
    if change.after is None:
        return False
    return change.before is None or change.after.rank < change.before.rank
