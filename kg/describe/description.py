"""Describe a thing: its statements, the graphs that contain them, and the labels of their IRIs.

A statement that does not hold, such as a claim, is not in the default graph; it is listed apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple

from kg.namespaces import (
    BASE,
    DCTERMS,
    FOAF,
    GLOCAL,
    ONTOLOGY,
    RDF,
    RDFS,
    SKOS,
    VOID,
    XSD,
    expand_all,
    is_in,
)
from kg.statuses import QUALIFYING
from kg.store.quad_store import Store

Node = NamedNode | BlankNode

MAX_INCOMING: Final = 100
# Incoming quads to read, over all graphs: a class in a large release has millions.
_MAX_INCOMING_READ: Final = 30_000
_CACHE_SIZE: Final = 65_536
_INCOMING_QUERY: Final = (
    "CONSTRUCT {{ ?subject ?predicate <{0}> }} WHERE {{ ?subject ?predicate <{0}> }}"
)
_LABEL, _HAS_STATUS = expand_all("rdfs:label glocal:hasStatus")
_DEPRECATED, _INVALIDATED_AT, _CHANGE_NOTE = expand_all(
    "owl:deprecated prov:invalidatedAtTime skos:changeNote"
)
_TRUE: Final = Literal(True)
_DEFAULT: Final = DefaultGraph()
# The properties of descriptions.
DESCRIBING: Final = (DCTERMS["description"], SKOS["definition"])
# The graphs of each statement that is read for a description.
_Collected = defaultdict[Triple, list[Any]]


@dataclass(frozen=True)
class Description:
    """The description of one thing, in sorted triples.

    Attributes:
        incoming: the first `MAX_INCOMING` triples that were read with the thing as object.
        incoming_count: the number of all such triples, or None if there were too many to count.
        details: the triples of statement nodes, blank nodes and parts.
        about_document: its topic, licences, source graphs, and query for the other incoming ones.
        graph_links: of the graphs that the document names: status, passage, holder, rule.
        labels: of the IRIs in all these triples; not in `not_holding_by_graph`.
        graphs_by_statement: evidence and derived graphs; a statement in none is left out.
        not_holding_by_graph: the statements about the thing that do not hold, by evidence graph.
    """

    thing: NamedNode
    outgoing: tuple[Triple, ...]
    incoming: tuple[Triple, ...]
    incoming_count: int | None
    details: tuple[Triple, ...]
    about_document: tuple[Triple, ...]
    graph_links: tuple[Triple, ...]
    labels: tuple[Triple, ...]
    graphs_by_statement: Mapping[Triple, tuple[NamedNode, ...]]
    not_holding_by_graph: Mapping[NamedNode, tuple[Triple, ...]]

    @property
    def document(self) -> Node:
        """The node for the document itself."""
        return document_node(self.thing)

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The whole description without duplicates, outgoing triples first."""
        statements = (*self.outgoing, *self.incoming, *self.details)
        others = (*self.about_document, *self.graph_links, *self.labels)
        return tuple(dict.fromkeys((*statements, *others)))


class Describer:
    """Describes the things of one store; caches labels and graphs that many things share."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._labels = lru_cache(_CACHE_SIZE)(
            lambda term: sorted(store.triples(term, _LABEL), key=str)
        )
        self._links = lru_cache(_CACHE_SIZE)(self._read_links)
        self._numbers = lru_cache(_CACHE_SIZE)(
            lambda term: [quad for quad in store.quads(term) if _is_whole_number(quad.object)]
        )

    def describe(self, thing: NamedNode) -> Description:
        """Describe a thing; the description of an unknown thing is almost empty."""
        collected: _Collected = defaultdict(list)
        outgoing = _collect(self._store.quads(thing), collected)
        incoming_quads = list(islice(self._store.quads(object_=thing), _MAX_INCOMING_READ))
        incoming = _collect(incoming_quads, collected)
        count = len(incoming) if len(incoming_quads) < _MAX_INCOMING_READ else None
        shown = incoming[:MAX_INCOMING]
        details = self._details(thing, (*outgoing, *shown), collected)
        statements = (*outgoing, *shown, *details)
        graphs_by_statement = {
            statement: graphs
            for statement in statements
            if (graphs := self._with_status(collected.get(statement, ())))
        }
        not_holding = self._not_holding(thing, collected, is_whole=count is not None)
        sources = {graph for graphs in graphs_by_statement.values() for graph in graphs}
        about_document = self._about_document(thing, sources, not_holding, count)
        # The subjects that are graphs themselves, for example those from a passage.
        subjects = self._with_status(triple.subject for triple in shown)
        named_graphs = sorted_iris({*sources, *not_holding, *subjects})
        graph_links = [link for graph in named_graphs for link in self._evidence_links(graph)]
        return Description(
            thing,
            outgoing=tuple(outgoing),
            incoming=tuple(shown),
            incoming_count=count,
            details=tuple(details),
            about_document=tuple(about_document),
            graph_links=tuple(graph_links),
            labels=tuple(self.labels_of((*statements, *about_document, *graph_links))),
            graphs_by_statement=graphs_by_statement,
            not_holding_by_graph=not_holding,
        )

    def labels_of(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return the labels of all IRIs in these triples."""
        terms = dict.fromkeys(term for triple in triples for term in triple)
        iris = [term for term in terms if isinstance(term, NamedNode)]
        return [label for iri in iris for label in self._labels(iri)]

    @cached_property
    def _describing_properties(self) -> set[Any]:
        """The properties by which a statement node describes the thing it points to."""
        through = GLOCAL["describesThrough"]
        return {triple.object for triple in self._store.triples(predicate=through)}

    def _details(
        self, thing: NamedNode, statements: Iterable[Triple], collected: _Collected
    ) -> list[Triple]:
        """Return the triples of statement nodes, of blank nodes, and of the thing's own parts."""
        details: list[Triple] = []
        seen: set[Any] = {thing}
        pending = list(statements)
        while pending:
            nodes: dict[Any, bool] = {}
            for statement in pending:
                for node, is_followed in self._nodes_to_follow(statement, thing):
                    if node not in seen:
                        nodes.setdefault(node, is_followed)
            seen.update(nodes)
            pending = []
            for node, is_followed in nodes.items():
                pending += _collect(self._store.quads(node), collected)
                if is_followed:
                    ends = self._other_ends(self._store.triples(node), thing)
                    pending += _collect(chain.from_iterable(map(self._numbers, ends)), collected)
            details += pending
        return list(dict.fromkeys(details))

    def _nodes_to_follow(
        self, statement: Triple, thing: NamedNode
    ) -> Iterator[tuple[NamedNode | BlankNode, bool]]:
        """Yield the ends of a statement to describe, and whether they describe the thing."""
        subject, object_ = statement.subject, statement.object
        if self._describes(statement, thing) and isinstance(subject, NamedNode):
            yield subject, True
        elif isinstance(subject, BlankNode):
            yield subject, False
        if isinstance(object_, BlankNode) or (
            isinstance(object_, NamedNode) and is_in(object_, f"{thing.value}#")
        ):
            yield object_, False

    def _other_ends(self, statements: Iterable[Triple], thing: NamedNode) -> list[Any]:
        """Return what else a statement node describes: a rank is one of its number."""
        return [
            statement.object
            for statement in sorted(statements, key=str)
            if statement.predicate in self._describing_properties
            and statement.object != thing
            and is_in(statement.object, BASE)
        ]

    def _describes(self, statement: Triple, thing: NamedNode) -> bool:
        return statement.object == thing and statement.predicate in self._describing_properties

    def _not_holding(
        self, thing: NamedNode, collected: _Collected, *, is_whole: bool
    ) -> dict[NamedNode, tuple[Triple, ...]]:
        """Return the statements about the thing, or its statement nodes, that do not hold."""
        not_holding: dict[NamedNode, dict[Triple, None]] = {}
        named = ((graph, statement) for statement, graphs in collected.items() for graph in graphs)
        for graph, statement in named:
            if _DEFAULT in collected[statement] or not self._links(graph):
                continue
            # If there were too many incoming quads to read, that in the default graph may be
            # missing.
            if not is_whole and self._store.contains(statement):
                continue
            statements = not_holding.setdefault(graph, {})
            statements[statement] = None
            if self._describes(statement, thing):
                statements |= dict.fromkeys(self._store.triples(statement.subject, graph=graph))
        return {
            graph: tuple(sorted(not_holding[graph], key=str)) for graph in sorted_iris(not_holding)
        }

    def _about_document(
        self,
        thing: NamedNode,
        sources: Iterable[NamedNode],
        not_holding: Iterable[NamedNode],
        count: int | None,
    ) -> list[Triple]:
        """Return the triples about the document, its source graphs and the query for the rest."""
        document, licence = document_node(thing), DCTERMS["license"]
        licences = self._store.triples(ONTOLOGY, licence)
        triples = [
            Triple(document, RDF["type"], FOAF["Document"]),
            Triple(document, FOAF["primaryTopic"], thing),
            *(Triple(document, licence, triple.object) for triple in licences),
            *(Triple(document, DCTERMS["source"], graph) for graph in sorted_iris(sources)),
            *(Triple(document, DCTERMS["references"], graph) for graph in sorted_iris(not_holding)),
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
                triples.append(Triple(all_incoming, VOID["triples"], Literal(count)))
        return triples

    def _with_status(self, terms: Iterable[Any]) -> tuple[NamedNode, ...]:
        """Return the terms that have a status, sorted: each store has its own order."""
        return tuple(term for term in sorted_iris(terms) if self._links(term))

    def _evidence_links(self, graph: NamedNode) -> tuple[Triple, ...]:
        """Return the links of an evidence graph; of a derived one, those that qualify its triples.

        The name of a derived graph says the rest.
        """
        links = self._links(graph)
        if any(link.object == GLOCAL["Evidence"] for link in links):
            return links
        return tuple(link for link in links if link.predicate in QUALIFYING)

    def _read_links(self, graph: NamedNode) -> tuple[Triple, ...]:
        """Return the links of a graph that has a status; none of others, such as graph:asserted."""
        if not any(self._store.triples(graph, _HAS_STATUS)):
            return ()
        about = sorted(self._store.triples(graph), key=str)
        return tuple(triple for triple in about if isinstance(triple.object, NamedNode))


def document_node(thing: NamedNode) -> Node:
    """Return the node for a thing's document: an IRI for the project's things, else a blank node.

    >>> document_node(NamedNode("https://w3id.org/glocal/ontology#City")).value
    'https://w3id.org/glocal/data/ontology/City'
    """
    name = thing.value.removeprefix(BASE)
    if name == thing.value:
        return BlankNode("document")
    return NamedNode(f"{BASE}data/{name.replace('#', '/', 1)}")


def _collect(quads: Iterable[Quad], collected: _Collected) -> list[Triple]:
    """Collect the graphs of quads, and return the triples of the default graph, sorted."""
    held = []
    for quad in quads:
        triple, graph = quad.triple, quad.graph_name
        collected[triple].append(graph)
        if isinstance(graph, DefaultGraph):
            held.append(triple)
    return sorted(held, key=str)


def _is_whole_number(term: Any) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD["integer"]


class Withdrawal(NamedTuple):
    """The withdrawal of an IRI: since when (an xsd:dateTime, or empty), and why, by language.

    `successors` are the IRIs to use instead, sorted; there may be none.
    """

    iri: NamedNode
    since: str
    reasons: dict[str, str]
    successors: tuple[NamedNode, ...]


def withdrawn_iris(store: Store) -> set[NamedNode]:
    """Return the IRIs that are withdrawn."""
    triples = store.triples(None, _DEPRECATED, _TRUE)
    return {triple.subject for triple in triples if isinstance(triple.subject, NamedNode)}


def find_withdrawal(store: Store, iri: NamedNode) -> Withdrawal | None:
    """Return the withdrawal of an IRI, or None if it is not withdrawn."""
    if not store.contains(Triple(iri, _DEPRECATED, _TRUE)):
        return None
    times = (time.value for time in literals(store, iri, _INVALIDATED_AT))
    reasons = {note.language or "": note.value for note in literals(store, iri, _CHANGE_NOTE)}
    successors = (triple.object for triple in store.triples(iri, DCTERMS["isReplacedBy"]))
    return Withdrawal(iri, min(times, default=""), reasons, tuple(sorted_iris(successors)))


def literals(
    store: Store, subject: NamedNode, predicate: NamedNode, *, graph: NamedNode | None = None
) -> list[Literal]:
    """Return the literal values of a property, by default in the default graph, in no order."""
    triples = store.triples(subject, predicate, graph=graph)
    return [triple.object for triple in triples if isinstance(triple.object, Literal)]


def descriptions(store: Store, thing: NamedNode) -> list[Literal]:
    """Return the descriptions and definitions of a thing, the shortest first."""
    found = (text for name in DESCRIBING for text in literals(store, thing, name))
    return sorted(found, key=lambda text: (len(text.value), text.value))


def sorted_iris(terms: Iterable[Any]) -> list[NamedNode]:
    """Return the terms that are IRIs, sorted."""
    iris = (term for term in terms if isinstance(term, NamedNode))
    return sorted(iris, key=lambda iri: iri.value)
