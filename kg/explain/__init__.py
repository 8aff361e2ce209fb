"""A triple -> its proofs, down to evidence, passages and background sources."""

from kg.explain.explainer import Explainer
from kg.explain.proofs import Evidence, Passage, Proof

__all__ = ["Evidence", "Explainer", "Passage", "Proof"]
