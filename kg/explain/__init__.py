"""A triple or a contradiction -> its proofs, down to evidence, passages and background sources."""

from kg.explain.explainer import Explainer
from kg.explain.proofs import AnyProof, ContradictionProof, Evidence, Passage, Proof

__all__ = ["AnyProof", "ContradictionProof", "Evidence", "Explainer", "Passage", "Proof"]
