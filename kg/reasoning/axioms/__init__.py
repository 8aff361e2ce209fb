"""Compile OWL axioms to rules named as in OWL 2 RL."""
