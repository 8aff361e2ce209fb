"""The description of one thing, in parts, and the IRI of its document.

Collect the statements read for a description, with the graphs that contain them.

Describe the things in a store.

The withdrawn IRIs of a release, with their reasons and successors.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.namespaces import (
    BASE,
    DCTERMS,
    FOAF,
    GLOCAL,
    ONTOLOGY,
    OWL,
    PROV,
    RDF,
    RDFS,
    SKOS,
    VOID,
    XSD,
)
from kg.store.quad_store import Store

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class Description:
    """The description of one thing.

    Attributes:
        thing: the thing that is described.
        document: the node for the document itself.
        outgoing: the triples with the thing as subject, sorted.
        incoming: the triples with the thing as object, sorted; only the first of many.
        incoming_count: the number of all triples with the thing as object, or None if there were
            too many to count.
        details: the triples of statement nodes, blank nodes and parts.
        of_document: the triples about the document.
        of_graphs: the links of the graphs that the document names: status, passage, holder, rule.
        labels: the labels of all IRIs in the description.
        said_in: the evidence and derived graphs that contain each statement; a statement in none
            is left out.
        unheld: statements about the thing that do not hold, by the graph that contains them.
    """

    thing: NamedNode
    document: Node
    outgoing: tuple[Triple, ...]
    incoming: tuple[Triple, ...]
    incoming_count: int | None
    details: tuple[Triple, ...]
    about_document: tuple[Triple, ...]
    graph_links: tuple[Triple, ...]
    labels: tuple[Triple, ...]
    graphs_by_statement: Mapping[Triple, tuple[NamedNode, ...]]
    unheld_by_graph: Mapping[NamedNode, tuple[Triple, ...]]

    @cached_property
    def statements(self) -> tuple[Triple, ...]:
        """The statements about the thing that hold, without duplicates, outgoing ones first."""
        return tuple(dict.fromkeys((*self.outgoing, *self.incoming, *self.details)))

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The whole description without duplicates, outgoing triples first."""
        others = (*self.about_document, *self.graph_links, *self.labels)
        return tuple(dict.fromkeys((*self.statements, *others)))


def document_node(thing: NamedNode) -> Node:
    """Return the node for a thing's document: an IRI for the project's things, else a blank node.

    >>> document_of(NamedNode("https://w3id.org/glocal/ontology#City")).value
    'https://w3id.org/glocal/data/ontology/City'
    """
    name = thing.value.removeprefix(BASE)
    if name == thing.value:
        return BlankNode("document")
    return NamedNode(f"{BASE}data/{name.replace('#', '/', 1)}")


class CollectedStatements:
    """The statements that hold, and the named graphs of every statement."""

    def __init__(self) -> None:
        self._held: dict[Triple, None] = {}
        self._graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)

    def add(self, quads: Iterable[Quad]) -> list[Triple]:
        """Add quads, and return the triples of those in the default graph."""
        held = []
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode):
                self._graphs[quad.triple].append(quad.graph_name)
            else:
                held.append(quad.triple)
        self._held.update(dict.fromkeys(held))
        return held

    def graphs(self, triple: Triple) -> list[NamedNode]:
        """Return the named graphs that contain a statement."""
        return self._graphs.get(triple, [])

    def unheld(self) -> Iterator[tuple[NamedNode, Triple]]:
        """Yield each statement that does not hold, once for every graph that contains it."""
        for triple, graphs in self._graphs.items():
            if triple not in self._held:
                yield from ((graph, triple) for graph in graphs)


MAX_INCOMING: Final = 100
# Incoming quads to read, over all graphs: a class in a large release has millions.
_MAX_INCOMING_READ: Final = 30_000
_CACHE_SIZE: Final = 65_536
_INCOMING_QUERY: Final = (
    "CONSTRUCT {{ ?subject ?predicate <{0}> }} WHERE {{ ?subject ?predicate <{0}> }}"
)

Graphs = Mapping[NamedNode, tuple[Triple, ...]]


class Describer:
    """Describes the things of one store; caches labels and graphs that many things share."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._labels = lru_cache(_CACHE_SIZE)(self._read_labels)
        self._links = lru_cache(_CACHE_SIZE)(self._read_links)

    def describe(self, thing: NamedNode) -> Description:
        """Describe a thing; the description of an unknown thing is almost empty."""
        collected = CollectedStatements()
        outgoing = _sorted(collected.add(self._store.quads_about(subject=thing)))
        incoming_quads = list(islice(self._store.quads_about(object_=thing), _MAX_INCOMING_READ))
        incoming = _sorted(collected.add(incoming_quads))
        shown = incoming[:MAX_INCOMING]
        details = self._details(thing, (*outgoing, *shown), collected)
        statements = (*outgoing, *shown, *details)
        said_in = {
            statement: graphs
            for statement in statements
            if (graphs := self._graphs_with_status(collected, statement))
        }
        unheld = self._unheld(thing, collected)
        count = len(incoming) if len(incoming_quads) < _MAX_INCOMING_READ else None
        sources = {graph for graphs in said_in.values() for graph in graphs}
        of_document = self._about_document(thing, sources, unheld, count)
        named_graphs = _by_name(sources | unheld.keys() | self._graphs_among(shown))
        of_graphs = [link for graph in named_graphs for link in self._evidence_links(graph)]
        labels = self.labels_of((*statements, *of_document, *of_graphs))
        return Description(
            thing,
            document_node(thing),
            outgoing=tuple(outgoing),
            incoming=tuple(shown),
            incoming_count=count,
            details=tuple(details),
            about_document=tuple(of_document),
            graph_links=tuple(of_graphs),
            labels=tuple(labels),
            graphs_by_statement=said_in,
            unheld_by_graph=unheld,
        )

    @cached_property
    def describing_properties(self) -> frozenset[NamedNode]:
        """The properties by which a statement node describes the thing it points to."""
        triples = self._store.triples(predicate=GLOCAL["describesThrough"])
        return frozenset(
            triple.object for triple in triples if isinstance(triple.object, NamedNode)
        )

    @cached_property
    def _licences(self) -> tuple[Any, ...]:
        triples = self._store.triples(ONTOLOGY, DCTERMS["license"])
        return tuple(triple.object for triple in triples)

    def _details(
        self, thing: NamedNode, statements: Iterable[Triple], collected: CollectedStatements
    ) -> list[Triple]:
        """Return the triples of statement nodes, of blank nodes, and of the thing's own parts."""
        details: list[Triple] = []
        seen: set[Any] = {thing}
        pending = list(statements)
        # The list grows during the iteration.
        for statement in pending:
            for node in self._nodes_to_follow(thing, statement):
                if node not in seen:
                    seen.add(node)
                    triples = _sorted(collected.add(self._store.quads_about(subject=node)))
                    details += triples
                    pending += triples
        return details

    def _nodes_to_follow(self, thing: NamedNode, statement: Triple) -> Iterator[Node]:
        """Yield the nodes of a statement that are part of the thing's description."""
        subject, object_ = statement.subject, statement.object
        describes = object_ == thing and statement.predicate in self.describing_properties
        if isinstance(subject, BlankNode) or (describes and isinstance(subject, NamedNode)):
            yield subject
        if isinstance(object_, BlankNode) or (
            isinstance(object_, NamedNode) and _is_part(object_, thing)
        ):
            yield object_

    def _unheld(
        self, thing: NamedNode, collected: CollectedStatements
    ) -> dict[NamedNode, tuple[Triple, ...]]:
        """Return the statements about the thing that do not hold, by graph.

        For a statement node, all statements about it in the graph are included.
        """
        unheld: dict[NamedNode, dict[Triple, None]] = {}
        for graph, statement in collected.unheld():
            # The store is asked too: if there were too many incoming quads to read, the one in the
            # default graph may be missing.
            if not self._links(graph) or self._store.contains(statement):
                continue
            statements = unheld.setdefault(graph, {})
            statements[statement] = None
            if statement.object == thing and statement.predicate in self.describing_properties:
                statements |= dict.fromkeys(self._store.triples(statement.subject, graph=graph))
        return {graph: tuple(_sorted(statements)) for graph, statements in unheld.items()}

    def _about_document(
        self, thing: NamedNode, sources: set[NamedNode], unheld: Graphs, count: int | None
    ) -> list[Triple]:
        """Return the triples about the document, its source graphs and the query for the rest."""
        document = document_node(thing)
        triples = [
            Triple(document, RDF["type"], FOAF["Document"]),
            Triple(document, FOAF["primaryTopic"], thing),
            *(Triple(document, DCTERMS["license"], licence) for licence in self._licences),
            *(Triple(document, DCTERMS["source"], graph) for graph in _by_name(sources)),
            *(Triple(document, DCTERMS["references"], graph) for graph in _by_name(unheld)),
        ]
        if isinstance(document, NamedNode) and (count is None or count > MAX_INCOMING):
            all_incoming = NamedNode(f"{document.value}#incoming")
            query = quote(_INCOMING_QUERY.format(thing.value), safe="")
            triples += [
                Triple(document, RDFS["seeAlso"], all_incoming),
                Triple(all_incoming, RDF["type"], VOID["Dataset"]),
                Triple(all_incoming, VOID["dataDump"], NamedNode(f"{BASE}sparql?query={query}")),
            ]
            if count is not None:
                number = Literal(str(count), datatype=XSD["integer"])
                triples.append(Triple(all_incoming, VOID["triples"], number))
        return triples

    def _graphs_among(self, incoming: Iterable[Triple]) -> set[NamedNode]:
        """Return the graphs with a status that point to the thing, for example to a passage."""
        subjects = (triple.subject for triple in incoming)
        return {
            subject
            for subject in subjects
            if isinstance(subject, NamedNode) and self._links(subject)
        }

    def _graphs_with_status(
        self, collected: CollectedStatements, statement: Triple
    ) -> tuple[NamedNode, ...]:
        return tuple(graph for graph in collected.graphs(statement) if self._links(graph))

    def _read_links(self, graph: NamedNode) -> tuple[Triple, ...]:
        """Return the links of a graph that has a status; none of others, such as graph:asserted."""
        about = list(self._store.triples(graph))
        if all(triple.predicate != GLOCAL["hasStatus"] for triple in about):
            return ()
        return tuple(_sorted(triple for triple in about if isinstance(triple.object, NamedNode)))

    def _evidence_links(self, graph: NamedNode) -> tuple[Triple, ...]:
        """Return the links of an evidence graph; the name of a derived graph says the same."""
        links = self._links(graph)
        is_evidence = any(link.object == GLOCAL["Evidence"] for link in links)
        return links if is_evidence else ()

    def labels_of(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return the labels of all IRIs in these triples."""
        terms: dict[Any, None] = {}
        for triple in triples:
            terms |= dict.fromkeys((triple.subject, triple.predicate, triple.object))
        return [
            label for term in terms if isinstance(term, NamedNode) for label in self._labels(term)
        ]

    def _read_labels(self, term: NamedNode) -> tuple[Triple, ...]:
        return tuple(_sorted(self._store.triples(term, RDFS["label"])))


def _is_part(term: NamedNode, thing: NamedNode) -> bool:
    return term.value.startswith(f"{thing.value}#")


def _by_name(graphs: Iterable[NamedNode]) -> list[NamedNode]:
    return sorted(graphs, key=lambda graph: graph.value)


def _sorted(triples: Iterable[Triple]) -> list[Triple]:
    return sorted(triples, key=str)


_TRUE = Literal("true", datatype=XSD["boolean"])


@dataclass(frozen=True)
class Withdrawal:
    """The withdrawal of an IRI.

    `since` is an xsd:dateTime as text, empty if unknown. `reasons` are texts by language.
    `successors` are the IRIs to use instead, sorted; there may be none.
    """

    iri: NamedNode
    since: str
    reasons: dict[str, str]
    successors: tuple[NamedNode, ...]


def withdrawn_iris(store: Store) -> set[NamedNode]:
    """Return the IRIs that are withdrawn."""
    triples = store.triples(None, OWL["deprecated"], _TRUE)
    return {triple.subject for triple in triples if isinstance(triple.subject, NamedNode)}


def find_withdrawal(store: Store, iri: NamedNode) -> Withdrawal | None:
    """Return the withdrawal of an IRI, or None if it is not withdrawn."""
    if next(store.triples(iri, OWL["deprecated"], _TRUE), None) is None:
        return None
    times = [triple.object for triple in store.triples(iri, PROV["invalidatedAtTime"])]
    notes = [triple.object for triple in store.triples(iri, SKOS["changeNote"])]
    replacements = [triple.object for triple in store.triples(iri, DCTERMS["isReplacedBy"])]
    successors = (successor for successor in replacements if isinstance(successor, NamedNode))
    return Withdrawal(
        iri,
        since=min((time.value for time in times if isinstance(time, Literal)), default=""),
        reasons={note.language or "": note.value for note in notes if isinstance(note, Literal)},
        successors=tuple(sorted(successors, key=lambda successor: successor.value)),
    )
