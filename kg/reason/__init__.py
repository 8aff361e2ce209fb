"""Asserted triples and rules -> derived triples, level by level."""

from kg.reason.derivations import Clash, Closure, Derivation
from kg.reason.levels import Premise, derive, predicates_of

__all__ = ["Clash", "Closure", "Derivation", "Premise", "derive", "predicates_of"]
