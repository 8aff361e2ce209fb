"""OWL axioms -> rules, named as in OWL 2 RL."""

from kg.axioms.compiler import CompiledAxioms, compile_axioms

__all__ = ["CompiledAxioms", "compile_axioms"]
