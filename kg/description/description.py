"""The description of one thing, part by part, and the IRI of the document that gives it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import BASE

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class Description:
    """The description of one thing.

    Attributes:
        thing: what is described.
        document: what stands for the document itself.
        outgoing: the triples with the thing as subject, sorted.
        incoming: those with the thing as object, sorted, or some of them.
        incoming_count: how many there are; none where nobody has counted to the end.
        details: the triples of statement nodes, blank nodes and parts.
        of_document: what is said of the document.
        of_graphs: the links of the graphs that the document names: status, passage, holder, rule.
        labels: of every IRI that is mentioned.
        said_in: for each statement the evidence and derived graphs that hold it, if any.
        unheld: statements about the thing that do not hold, by the graph that each stands in.
    """

    thing: NamedNode
    document: Node
    outgoing: tuple[Triple, ...]
    incoming: tuple[Triple, ...]
    incoming_count: int | None
    details: tuple[Triple, ...]
    of_document: tuple[Triple, ...]
    of_graphs: tuple[Triple, ...]
    labels: tuple[Triple, ...]
    said_in: Mapping[Triple, tuple[NamedNode, ...]]
    unheld: Mapping[NamedNode, tuple[Triple, ...]]

    @cached_property
    def statements(self) -> tuple[Triple, ...]:
        """What holds of the thing, each triple once, those with it as subject first."""
        return tuple(dict.fromkeys((*self.outgoing, *self.incoming, *self.details)))

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The whole description, each triple once, those with the thing as subject first."""
        others = (*self.of_document, *self.of_graphs, *self.labels)
        return tuple(dict.fromkeys((*self.statements, *others)))


def document_of(thing: NamedNode) -> Node:
    """What stands for the document about a thing: an IRI if the thing is of this project.

    >>> document_of(NamedNode("https://w3id.org/glocal/ontology#City")).value
    'https://w3id.org/glocal/data/ontology/City'
    """
    name = thing.value.removeprefix(BASE)
    if name == thing.value:
        return BlankNode("document")
    return NamedNode(f"{BASE}data/{name.replace('#', '/', 1)}")
