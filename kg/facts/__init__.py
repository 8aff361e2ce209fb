"""Triples as integers, indexed; what reason, explain and whatif share."""

from kg.facts.changes import Changes
from kg.facts.relations import EMPTY, Facts, Index, Relation, Side, matching
from kg.facts.vocabulary import Codes, Vocabulary

__all__ = [
    "EMPTY",
    "Changes",
    "Codes",
    "Facts",
    "Index",
    "Relation",
    "Side",
    "Vocabulary",
    "matching",
]
