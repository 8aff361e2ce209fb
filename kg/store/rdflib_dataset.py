"""The store's terms -> rdflib's, and back; their spelling untouched.

What the engine answers -> a result of rdflib.

A release -> an rdflib.Dataset over its store: nothing is copied, queries run in the engine.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import rdflib
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    Triple,
)
from rdflib import BNode, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result
from rdflib.term import Identifier, Node

from kg.errors import RefusedQuery
from kg.namespaces import PREFIXES
from kg.store.dataset import Dataset
from kg.store.quad_store import Store
from kg.store.query import form_of, prologue
from kg.store.syntax_errors import own_lines

_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


def to_rdflib(term: NamedNode | BlankNode | Literal | Triple) -> Node:
    """The same term in rdflib; plain text without a datatype, as rdflib writes it.

    Raises:
        TypeError: a triple term; rdflib has none.
    """
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    if isinstance(term, Triple):
        raise TypeError(f"rdflib has no term for {term}")
    if term.language:
        return RdflibLiteral(term.value, lang=term.language)
    name = term.datatype.value
    return RdflibLiteral(
        term.value, datatype=None if name == _STRING else URIRef(name), normalize=False
    )


def triple_to_rdflib(triple: Triple) -> tuple[Node, Node, Node]:
    """The same triple in rdflib.

    Raises:
        TypeError: it is about a triple term.
    """
    return to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)


def from_rdflib(term: object) -> NamedNode | BlankNode | Literal:
    """The same term in the store's words; text without datatype or language is a string."""
    if isinstance(term, RdflibLiteral):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype or _STRING)))
    return NamedNode(str(term)) if isinstance(term, URIRef) else BlankNode(str(term))


def to_result(form: str, results: QuerySolutions | QueryBoolean | QueryTriples) -> Result:
    """The same answer in rdflib, read to its end; triples as a graph with our prefixes bound.

    Args:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        results: of a query of this form.
    """
    answer = Result(form)
    if isinstance(results, QueryBoolean):
        answer.askAnswer = bool(results)
    elif isinstance(results, QueryTriples):
        answer.graph = rdflib.Graph()
        for prefix, iri in PREFIXES.items():
            answer.graph.bind(prefix, iri, replace=True)
        for one in results:
            answer.graph.add(triple_to_rdflib(one))
    else:
        answer.vars = [rdflib.Variable(one.value) for one in results.variables]
        answer.bindings = list(_bindings(answer.vars, results))
    return answer


def _bindings(names: list[rdflib.Variable], rows: QuerySolutions) -> Iterator[dict[Any, Any]]:
    for row in rows:
        pairs = zip(names, row, strict=True)
        yield {name: to_rdflib(term) for name, term in pairs if term is not None}


_UNION: Final = "__UNION__"

Pattern = tuple[Node | None, Node | None, Node | None]


def open_release(path: Path) -> rdflib.Dataset:
    """The release as a dataset that is read and never changed, the project's prefixes bound.

    Raises:
        UnknownName: there is no such folder.
        BrokenRelease: a part of it is missing or damaged.
    """
    dataset = rdflib.Dataset(store=ReleaseStore(Store.open(path)))
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri, replace=True)
    return dataset


class ReleaseStore(rdflib.store.Store):
    """A store of rdflib over ours.

    rdflib's own evaluator takes minutes for what the engine answers in milliseconds; it is left
    what the engine is not asked here: SERVICE, prepared queries and `initBindings`.
    """

    context_aware = True
    graph_aware = True

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._spaces: dict[str, rdflib.URIRef] = {}

    def triples(
        self, triple_pattern: Pattern, context: rdflib.Graph | None = None
    ) -> Iterator[tuple[tuple[Node, Node, Node], Iterator[rdflib.Graph]]]:
        """The triples of one graph or of all, each once, with the graphs that it stands in."""
        quads = self._quads(triple_pattern, context)
        if context is not None:
            for quad in quads:
                yield triple_to_rdflib(quad.triple), iter((context,))
            return
        found: dict[Triple, list[Any]] = {}
        for quad in quads:
            found.setdefault(quad.triple, []).append(quad.graph_name)
        for triple, names in found.items():
            yield triple_to_rdflib(triple), (self._graph(name) for name in names)

    def __len__(self, context: rdflib.Graph | None = None) -> int:
        quads = self._quads((None, None, None), context)
        return (
            sum(1 for _ in quads) if context is not None else len({quad.triple for quad in quads})
        )

    def contexts(self, triple: Pattern | None = None) -> Generator[rdflib.Graph, None, None]:
        """The graphs of this triple, or all of them."""
        if triple is None:
            yield from (self._graph(name) for name in self._store.named_graphs)
            return
        for quad in self._quads(triple, None):
            yield self._graph(quad.graph_name)

    def query(
        self,
        query: object,
        initNs: Mapping[str, Any],  # noqa: N803 - rdflib's name
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **options: Any,
    ) -> Result:
        """What the engine answers; the prefixes that are bound need no declaration.

        Raises:
            MalformedQuery, LimitExceeded: see `Store.query`.
            NotImplementedError: how a store tells rdflib to evaluate the query itself, as it does
                then: SERVICE, bindings, prepared queries, the union of all graphs.
        """
        if not isinstance(query, str) or initBindings or options:
            raise NotImplementedError
        declared = prologue(query, initNs)
        try:
            with own_lines(declared):
                asked_of = self._dataset(queryGraph)
                results = self._store.query(declared + query, dataset=asked_of)
        except RefusedQuery as error:
            raise NotImplementedError from error
        return to_result(form_of(query) or "CONSTRUCT", results)

    def bind(self, prefix: str, namespace: rdflib.URIRef, override: bool = True) -> None:
        """Let the prefix stand for the namespace."""
        if override or prefix not in self._spaces:
            self._spaces[prefix] = namespace

    def prefix(self, namespace: rdflib.URIRef) -> str | None:
        """The prefix of a namespace."""
        return next((one for one, space in self._spaces.items() if space == namespace), None)

    def namespace(self, prefix: str) -> rdflib.URIRef | None:
        """The namespace of a prefix."""
        return self._spaces.get(prefix)

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """Every prefix with its namespace."""
        yield from list(self._spaces.items())

    def add_graph(self, graph: rdflib.Graph) -> None:
        """Nothing: rdflib calls this whenever a graph is looked at."""

    def add(self, *_: Any, **__: Any) -> NoReturn:
        """Refused: a release never changes.

        Raises:
            TypeError: always; it says how to get a copy.
        """
        _refuse()

    def addN(self, quads: Iterable[Any]) -> NoReturn:  # noqa: ARG002, N802
        """Refused, as `add`."""
        _refuse()

    def remove(self, *_: Any, **__: Any) -> NoReturn:
        """Refused, as `add`."""
        _refuse()

    def update(self, *_: Any, **__: Any) -> NoReturn:
        """Refused, as `add`."""
        _refuse()

    def remove_graph(self, graph: rdflib.Graph) -> NoReturn:  # noqa: ARG002
        """Refused, as `add`."""
        _refuse()

    def _quads(self, pattern: Pattern, context: rdflib.Graph | None) -> Iterator[Quad]:
        subject, predicate, other = (None if one is None else from_rdflib(one) for one in pattern)
        if isinstance(subject, Literal) or not isinstance(predicate, NamedNode | None):
            # rdflib lets one ask for what RDF has not.
            return iter(())
        graph = None if context is None else _name(context)
        return self._store.quads(subject, predicate, other, graph=graph)

    def _graph(self, name: NamedNode | BlankNode | DefaultGraph) -> rdflib.Graph:
        if isinstance(name, DefaultGraph):
            return rdflib.Graph(self, DATASET_DEFAULT_GRAPH_ID)
        return rdflib.Graph(self, name.value)

    def _dataset(self, graph: str) -> Dataset | None:
        """What a query is asked of, in rdflib's words; none for the release's own dataset."""
        # A URIRef of rdflib is never equal to a plain string.
        name = str(graph)
        if name == str(DATASET_DEFAULT_GRAPH_ID):
            return None
        if name == _UNION:
            raise NotImplementedError
        return Dataset((NamedNode(name),), ())


def _name(context: rdflib.Graph) -> NamedNode | BlankNode | DefaultGraph:
    name = context.identifier
    if name == DATASET_DEFAULT_GRAPH_ID:
        return DefaultGraph()
    found = from_rdflib(name)
    return BlankNode("none") if isinstance(found, Literal) else found


def _refuse() -> NoReturn:
    copy = "copy = rdflib.Dataset(); copy += dataset"
    raise TypeError(f"A release never changes; a copy in memory can be: {copy}")
