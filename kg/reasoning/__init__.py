"""Rules, derivation, proofs and what-if."""
