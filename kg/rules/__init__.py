"""A rule: head, body, sentence; and the files it is read from."""

from kg.rules.files import Rule, read_rule, read_rules
from kg.rules.patterns import Aggregate, Atom, Filter, Negation, Slot, Term, variables_of
from kg.rules.strata import stratify

__all__ = [
    "Aggregate",
    "Atom",
    "Filter",
    "Negation",
    "Rule",
    "Slot",
    "Term",
    "read_rule",
    "read_rules",
    "stratify",
    "variables_of",
]
