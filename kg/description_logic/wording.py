"""An axiom in the words of the Manchester syntax, with CURIEs."""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import Quad, Triple

from kg.description_logic.axioms import GROUPS, Axiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.ontology_graph import OntologyGraph

_RELATIONS: Final = {
    RDFS["subClassOf"]: "SubClassOf",
    RDFS["subPropertyOf"]: "SubPropertyOf",
    RDFS["domain"]: "Domain",
    RDFS["range"]: "Range",
    OWL["equivalentClass"]: "EquivalentTo",
    OWL["equivalentProperty"]: "EquivalentTo",
    OWL["disjointWith"]: "DisjointWith",
    OWL["propertyDisjointWith"]: "DisjointWith",
    OWL["inverseOf"]: "InverseOf",
    OWL["sameAs"]: "SameAs",
    OWL["differentFrom"]: "DifferentFrom",
}
# Axioms whose object is a list.
_LISTS: Final = {
    OWL["propertyChainAxiom"]: ("SuperPropertyOf", " o "),
    OWL["disjointUnionOf"]: ("DisjointUnionOf", ", "),
    OWL["hasKey"]: ("HasKey", ", "),
}
_GROUPS: Final = {
    OWL["AllDisjointClasses"]: "DisjointClasses",
    OWL["AllDisjointProperties"]: "DisjointProperties",
    OWL["AllDifferent"]: "DifferentIndividuals",
}


class Wording:
    """Says axioms in words; made once for all triples among which expressions are found."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._graph = OntologyGraph(Quad(*triple) for triple in triples)

    def of(self, axiom: Axiom) -> str:
        """The axiom in one line."""
        subject, predicate, value = axiom.head
        text = self._graph.text
        if predicate == RDF["type"] and value in GROUPS:
            return self._of_group(axiom)
        if predicate in _LISTS:
            word, between = _LISTS[predicate]
            return f"{text(subject)} {word} {between.join(self._graph.texts(value))}"
        if predicate == RDF["type"]:
            kind = text(value)
            if kind.startswith("owl:") and kind.endswith("Property"):
                kind = kind.removeprefix("owl:").removesuffix("Property")
                return f"{text(subject)} Characteristics {kind}"
            return f"{text(subject)} Type {kind}"
        return f"{text(subject)} {_RELATIONS.get(predicate, text(predicate))} {text(value)}"

    def _of_group(self, axiom: Axiom) -> str:
        graph = self._graph
        node, _, kind = axiom.head
        if kind == OWL["NegativePropertyAssertion"]:
            parts = ("sourceIndividual", "assertionProperty", "targetIndividual", "targetValue")
            ends = [end for part in parts for end in graph.objects(node, OWL[part])]
            return f"not ({' '.join(map(graph.text, ends))})"
        lists = [*graph.objects(node, OWL["members"]), *graph.objects(node, OWL["distinctMembers"])]
        members = [text for each in lists for text in graph.texts(each)]
        return f"{_GROUPS[kind]}: {', '.join(members)}"
