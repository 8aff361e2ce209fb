"""OWL axioms -> rules, named as in OWL 2 RL."""

from kg.axioms.anonymous import anonymous_class_rules
from kg.axioms.compiler import CompiledAxioms, compile_axioms
from kg.axioms.datatypes import datatype_rules
from kg.axioms.equality import equality_rules
from kg.axioms.rdfs import rdfs_rules
from kg.axioms.schema import schema_rules

__all__ = [
    "CompiledAxioms",
    "anonymous_class_rules",
    "compile_axioms",
    "datatype_rules",
    "equality_rules",
    "rdfs_rules",
    "schema_rules",
]
