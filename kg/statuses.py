"""The ten statuses of a statement, their order, and which of them hold."""

from enum import Enum

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL


class Status(Enum):
    """A status; its value is the local name of its IRI.

    The statuses that hold come first, from the strongest to the weakest.
    """

    FACT = "Fact"
    CITED_DATA = "CitedData"
    BIBLIOGRAPHIC = "Bibliographic"
    BACKGROUND = "Background"
    THESIS = "Thesis"
    CLAIM = "Claim"
    HYPOTHESIS = "Hypothesis"
    PLAN = "Plan"
    RECOMMENDATION = "Recommendation"
    COUNTERFACTUAL = "Counterfactual"

    @property
    def iri(self) -> NamedNode:
        """The IRI of the status in the ontology."""
        return GLOCAL[self.value]

    @property
    def level(self) -> int:
        """0 for facts, 1 for background, 2 for theses, 3 for statuses that do not hold."""
        return _LEVELS.get(self, 3)

    @property
    def rank(self) -> int:
        """The position in the order of statuses: 0 for the strongest."""
        return _RANKS[self]

    @property
    def holds(self) -> bool:
        """Whether triples of this status are in the default graph."""
        return self in _LEVELS

    @property
    def is_reasoned_over(self) -> bool:
        """Whether rules use triples of this status."""
        return self not in {Status.RECOMMENDATION, Status.COUNTERFACTUAL}


_RANKS = {status: rank for rank, status in enumerate(Status)}
_LEVELS = {
    Status.FACT: 0,
    Status.CITED_DATA: 0,
    Status.BIBLIOGRAPHIC: 0,
    Status.BACKGROUND: 1,
    Status.THESIS: 2,
}


def status_of(iri: NamedNode) -> Status:
    """Return the status with an IRI; a ValueError if there is none."""
    return Status(iri.value.removeprefix(GLOCAL))
