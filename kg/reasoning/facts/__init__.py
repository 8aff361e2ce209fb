"""Triples as integers, indexed: shared by derivation, proofs and what-if."""
