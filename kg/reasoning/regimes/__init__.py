"""Entailment regimes of SPARQL: which rules derive what follows from anybody's graph."""
