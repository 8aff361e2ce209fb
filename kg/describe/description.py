"""The description of one thing, part by part, and the IRI of the document that gives it.

Statements about a thing as they are read: which hold, and which graphs they stand in.

A store and a thing -> the thing's description.

Names that a release once had and has no longer, each with the reason and what to use instead.
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


class Statements:
    """Statements that hold, and graphs by statement."""

    def __init__(self) -> None:
        self._held: dict[Triple, None] = {}
        self._graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)

    def add(self, quads: Iterable[Quad]) -> list[Triple]:
        """Take these in; those of the default graph."""
        held = []
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode):
                self._graphs[quad.triple].append(quad.graph_name)
            else:
                held.append(quad.triple)
        self._held.update(dict.fromkeys(held))
        return held

    def graphs(self, triple: Triple) -> list[NamedNode]:
        """The named graphs that a statement stands in."""
        return self._graphs.get(triple, [])

    def unheld(self) -> Iterator[tuple[NamedNode, Triple]]:
        """The statements that do not hold, each with every graph that it stands in."""
        for triple, graphs in self._graphs.items():
            if triple not in self._held:
                yield from ((graph, triple) for graph in graphs)


MOST_INCOMING: Final = 100
# Of what points to a thing, over all graphs: to a class of a large release some millions do.
_MOST_READ: Final = 30_000
_MOST_REMEMBERED: Final = 65_536
_REST: Final = "CONSTRUCT {{ ?subject ?predicate <{0}> }} WHERE {{ ?subject ?predicate <{0}> }}"

Graphs = Mapping[NamedNode, tuple[Triple, ...]]


class Describer:
    """Describes the things of one store; remembers the labels and graphs that many share."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._labels = lru_cache(_MOST_REMEMBERED)(self._read_labels)
        self._links = lru_cache(_MOST_REMEMBERED)(self._read_links)

    def describe(self, thing: NamedNode) -> Description:
        """The description of a thing; of one that the release does not know it is all but empty."""
        found = Statements()
        outgoing = _sorted(found.add(self._store.quads_about(subject=thing)))
        pointing = list(islice(self._store.quads_about(object_=thing), _MOST_READ))
        incoming = _sorted(found.add(pointing))
        shown = incoming[:MOST_INCOMING]
        details = self._details(thing, (*outgoing, *shown), found)
        statements = (*outgoing, *shown, *details)
        said_in = {one: said for one in statements if (said := self._with_status(found, one))}
        unheld = self._unheld(thing, found)
        count = len(incoming) if len(pointing) < _MOST_READ else None
        sources = {graph for said in said_in.values() for graph in said}
        of_document = self._of_document(thing, sources, unheld, count)
        graphs = _by_name(sources | unheld.keys() | self._graphs_among(shown))
        of_graphs = [one for graph in graphs for one in self._of_evidence(graph)]
        labels = self.labels_of((*statements, *of_document, *of_graphs))
        return Description(
            thing,
            document_of(thing),
            outgoing=tuple(outgoing),
            incoming=tuple(shown),
            incoming_count=count,
            details=tuple(details),
            of_document=tuple(of_document),
            of_graphs=tuple(of_graphs),
            labels=tuple(labels),
            said_in=said_in,
            unheld=unheld,
        )

    @cached_property
    def describing(self) -> frozenset[NamedNode]:
        """The properties by which a statement node describes what it points to."""
        triples = self._store.matching(predicate=GLOCAL["describesThrough"])
        return frozenset(one.object for one in triples if isinstance(one.object, NamedNode))

    @cached_property
    def _licences(self) -> tuple[Any, ...]:
        return tuple(one.object for one in self._store.matching(ONTOLOGY, DCTERMS["license"]))

    def _details(
        self, thing: NamedNode, statements: Iterable[Triple], found: Statements
    ) -> list[Triple]:
        """The triples of statement nodes, of blank nodes, and of the thing's own parts."""
        details: list[Triple] = []
        seen: set[Any] = {thing}
        waiting = list(statements)
        # The list grows while it is walked.
        for statement in waiting:
            for node in self._leading_on(thing, statement):
                if node not in seen:
                    seen.add(node)
                    more = _sorted(found.add(self._store.quads_about(subject=node)))
                    details += more
                    waiting += more
        return details

    def _leading_on(self, thing: NamedNode, statement: Triple) -> Iterator[Node]:
        """The nodes of a statement that belong to the description of the thing."""
        subject, end = statement.subject, statement.object
        describes = end == thing and statement.predicate in self.describing
        if isinstance(subject, BlankNode) or (describes and isinstance(subject, NamedNode)):
            yield subject
        if isinstance(end, BlankNode) or (isinstance(end, NamedNode) and _is_part(end, thing)):
            yield end

    def _unheld(self, thing: NamedNode, found: Statements) -> dict[NamedNode, tuple[Triple, ...]]:
        """What does not hold of the thing, by graph, statement nodes with all that they say."""
        unheld: dict[NamedNode, dict[Triple, None]] = {}
        for graph, statement in found.unheld():
            # Of what is in too many places to be read to the end, it may hold all the same.
            if not self._links(graph) or self._store.holds(statement):
                continue
            said = unheld.setdefault(graph, {})
            said[statement] = None
            if statement.object == thing and statement.predicate in self.describing:
                said |= dict.fromkeys(self._store.matching(statement.subject, graph=graph))
        return {graph: tuple(_sorted(said)) for graph, said in unheld.items()}

    def _of_document(
        self, thing: NamedNode, sources: set[NamedNode], unheld: Graphs, count: int | None
    ) -> list[Triple]:
        """What the document is about, and where what it says and does not say stands."""
        document = document_of(thing)
        found = [
            Triple(document, RDF["type"], FOAF["Document"]),
            Triple(document, FOAF["primaryTopic"], thing),
            *(Triple(document, DCTERMS["license"], one) for one in self._licences),
            *(Triple(document, DCTERMS["source"], one) for one in _by_name(sources)),
            *(Triple(document, DCTERMS["references"], one) for one in _by_name(unheld)),
        ]
        if isinstance(document, NamedNode) and (count is None or count > MOST_INCOMING):
            rest = NamedNode(f"{document.value}#incoming")
            query = quote(_REST.format(thing.value), safe="")
            found += [
                Triple(document, RDFS["seeAlso"], rest),
                Triple(rest, RDF["type"], VOID["Dataset"]),
                Triple(rest, VOID["dataDump"], NamedNode(f"{BASE}sparql?query={query}")),
            ]
            if count is not None:
                number = Literal(str(count), datatype=XSD["integer"])
                found.append(Triple(rest, VOID["triples"], number))
        return found

    def _graphs_among(self, incoming: Iterable[Triple]) -> set[NamedNode]:
        """The graphs of a status that point to the thing, as to the passage that they are from."""
        starts = (one.subject for one in incoming)
        return {one for one in starts if isinstance(one, NamedNode) and self._links(one)}

    def _with_status(self, found: Statements, statement: Triple) -> tuple[NamedNode, ...]:
        return tuple(graph for graph in found.graphs(statement) if self._links(graph))

    def _read_links(self, graph: NamedNode) -> tuple[Triple, ...]:
        """The links of a graph of a status; none of one that has none, such as graph:asserted."""
        about = list(self._store.matching(graph))
        if all(one.predicate != GLOCAL["hasStatus"] for one in about):
            return ()
        return tuple(_sorted(one for one in about if isinstance(one.object, NamedNode)))

    def _of_evidence(self, graph: NamedNode) -> tuple[Triple, ...]:
        """The links of an evidence graph; a derived graph has the same in its name."""
        links = self._links(graph)
        is_evidence = any(one.object == GLOCAL["Evidence"] for one in links)
        return links if is_evidence else ()

    def labels_of(self, triples: Iterable[Triple]) -> list[Triple]:
        """The labels of every IRI in these triples."""
        mentioned: dict[Any, None] = {}
        for one in triples:
            mentioned |= dict.fromkeys((one.subject, one.predicate, one.object))
        return [
            label
            for term in mentioned
            if isinstance(term, NamedNode)
            for label in self._labels(term)
        ]

    def _read_labels(self, term: NamedNode) -> tuple[Triple, ...]:
        return tuple(_sorted(self._store.matching(term, RDFS["label"])))


def _is_part(term: NamedNode, thing: NamedNode) -> bool:
    return term.value.startswith(f"{thing.value}#")


def _by_name(graphs: Iterable[NamedNode]) -> list[NamedNode]:
    return sorted(graphs, key=lambda graph: graph.value)


def _sorted(triples: Iterable[Triple]) -> list[Triple]:
    return sorted(triples, key=str)


_YES = Literal("true", datatype=XSD["boolean"])


@dataclass(frozen=True)
class Withdrawal:
    """What a release says of a name that it no longer has.

    `since` is a date and time as xsd:dateTime writes it, empty if unknown; `reasons` are by
    language; `successors` may be none.
    """

    iri: NamedNode
    since: str
    reasons: dict[str, str]
    successors: tuple[NamedNode, ...]


def withdrawn_names(store: Store) -> set[NamedNode]:
    """The names of resources that are no longer used."""
    found = store.matching(None, OWL["deprecated"], _YES)
    return {one.subject for one in found if isinstance(one.subject, NamedNode)}


def withdrawal_of(store: Store, iri: NamedNode) -> Withdrawal | None:
    """Why, and in favour of what, a name is no longer used; nothing if it is, or never was."""
    if next(store.matching(iri, OWL["deprecated"], _YES), None) is None:
        return None
    since = [one.object for one in store.matching(iri, PROV["invalidatedAtTime"])]
    reasons = [one.object for one in store.matching(iri, SKOS["changeNote"])]
    successors = [one.object for one in store.matching(iri, DCTERMS["isReplacedBy"])]
    return Withdrawal(
        iri,
        min((one.value for one in since if isinstance(one, Literal)), default=""),
        {one.language or "": one.value for one in reasons if isinstance(one, Literal)},
        tuple(
            sorted((one for one in successors if isinstance(one, NamedNode)), key=lambda n: n.value)
        ),
    )
