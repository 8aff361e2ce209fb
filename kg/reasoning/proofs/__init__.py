"""Proofs of triples and contradictions, down to evidence and passages."""
