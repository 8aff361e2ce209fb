"""Reconciliation: tables of names against a release, as OpenRefine asks for it.

Source: W3C Entity Reconciliation Community Group, Reconciliation Service API v0.2.
"""

from kg.reconciliation.batches import Limits, read_batch, read_extension
from kg.reconciliation.reconciler import Reconciler
from kg.reconciliation.vocabulary import Term

__all__ = ["Limits", "Reconciler", "Term", "read_batch", "read_extension"]
