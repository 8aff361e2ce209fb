"""How strongly a statement stands: ten statuses, their order, and which of them hold."""

from enum import Enum

from pyoxigraph import NamedNode

from kg.namespaces import GLOCAL


class Status(Enum):
    """A status, by the local name of its IRI; strongest first within what holds."""

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
        """The status as an individual of the ontology."""
        return GLOCAL[self.value]

    @property
    def level(self) -> int:
        """0 facts, 1 with background, 2 with theses; 3 and more do not hold."""
        return _LEVELS.get(self, 3)

    @property
    def holds(self) -> bool:
        """Whether a triple of this status belongs to the default graph."""
        return self in _LEVELS

    @property
    def is_reasoned_over(self) -> bool:
        """Whether anything is derived from a triple of this status."""
        return self not in {Status.RECOMMENDATION, Status.COUNTERFACTUAL}


_LEVELS = {
    Status.FACT: 0,
    Status.CITED_DATA: 0,
    Status.BIBLIOGRAPHIC: 0,
    Status.BACKGROUND: 1,
    Status.THESIS: 2,
}


def status_of(iri: NamedNode) -> Status:
    """The status with this IRI.

    Raises:
        ValueError: there is none.
    """
    return Status(iri.value.removeprefix(GLOCAL))
