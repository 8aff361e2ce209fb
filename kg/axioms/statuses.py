"""How strongly an axiom stands, as its annotations say."""

from pyoxigraph import Literal, NamedNode

from kg.axioms.graph import OntologyGraph
from kg.namespaces import GLOCAL, OWL
from kg.reasoning.rules.patterns import Term
from kg.statuses import Status, status_of

# Axioms whose object is a list that is part of what they say.
LIST_AXIOMS = {
    OWL[name]
    for name in ("propertyChainAxiom", "disjointUnionOf", "hasKey", "intersectionOf", "unionOf")
}


class AxiomStatuses:
    """The statuses that `owl:Axiom` nodes give to axioms; None where there is none."""

    def __init__(self, graph: OntologyGraph) -> None:
        self._graph = graph
        self._statuses: dict[tuple[str, str, str], Status | None] = {}
        for node in graph.instances(OWL["Axiom"]):
            parts = [
                graph.objects(node, OWL[f"annotated{part}"])
                for part in ("Source", "Property", "Target")
            ]
            if all(len(part) == 1 for part in parts):
                source, predicate, target = (part[0] for part in parts)
                self._statuses[self._key(source, predicate, target)] = self.of_node(node)

    def of(self, subject: Term, predicate: NamedNode, object_: Term) -> Status | None:
        """The status of the axiom that this triple says."""
        return self._statuses.get(self._key(subject, predicate, object_))

    def of_node(self, node: Term) -> Status | None:
        """The status that is written on the node: `ruleStatus`, or Thesis for a curator's axiom."""
        for status in self._graph.objects(node, GLOCAL["ruleStatus"]):
            if isinstance(status, NamedNode):
                return status_of(status)
        decided = self._graph.objects(node, GLOCAL["isModellingDecision"])
        is_decision = any(
            isinstance(value, Literal) and value.value in {"true", "1"} for value in decided
        )
        return Status.THESIS if is_decision else None

    def _key(self, subject: Term, predicate: Term, object_: Term) -> tuple[str, str, str]:
        # By what is said and not by the node: some writers repeat a list in the annotation.
        is_list = predicate in LIST_AXIOMS
        target = " o ".join(self._graph.texts(object_)) if is_list else self._graph.text(object_)
        return self._graph.text(subject), str(predicate), target
