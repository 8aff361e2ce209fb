"""A rule: head, body, sentence; and the files it is read from."""

from kg.rules.files import Rule, read_rule, read_rules
from kg.rules.patterns import Atom, Filter, Slot, Term, variables_of

__all__ = ["Atom", "Filter", "Rule", "Slot", "Term", "read_rule", "read_rules", "variables_of"]
