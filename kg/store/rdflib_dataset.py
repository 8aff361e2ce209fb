"""A release as a read-only `rdflib.Dataset` over its store, without copying.

Terms are converted between pyoxigraph and rdflib without changes to their lexical forms.
"""

import logging
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import pyoxigraph
import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple
from rdflib import BNode, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result
from rdflib.term import Identifier, Node

from kg.errors import RefusedQuery
from kg.namespaces import PREFIXES, XSD
from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query
from kg.statuses import Standing
from kg.store.quad_store import Results, Store
from kg.store.viewed_store import in_view

_STRING: Final = XSD["string"]
_UNION: Final = "__UNION__"  # rdflib's name for the union of all graphs
TriplePattern = tuple[Node | None, Node | None, Node | None]


def to_dataset(store: Store, view: Standing) -> rdflib.Dataset:
    """Return the read-only dataset of a release in a view."""
    dataset = rdflib.Dataset(store=ReleaseStore(in_view(store, view)))
    _bind_prefixes(dataset)
    return dataset


class ReleaseStore(rdflib.store.Store):
    """A read-only rdflib store that wraps a `kg.store.quad_store.Store`, its `release`.

    Queries run in the engine, since rdflib takes minutes for what that answers in milliseconds.
    rdflib evaluates only the others: those with SERVICE, prepared ones and `initBindings`.
    """

    context_aware = True
    graph_aware = True

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.release = store
        self._namespaces: dict[str, rdflib.URIRef] = {}

    def triples(
        self, triple_pattern: TriplePattern, context: rdflib.Graph | None = None
    ) -> Iterator[tuple[tuple[Node, Node, Node], Iterator[rdflib.Graph]]]:
        """Yield the matching triples of one graph or of all, each once, with its graphs."""
        quads = self._quads(triple_pattern, context)
        if context is not None:
            for quad in quads:
                yield triple_to_rdflib(quad.triple), iter((context,))
            return
        graph_names: dict[Triple, list[Any]] = {}
        for quad in quads:
            graph_names.setdefault(quad.triple, []).append(quad.graph_name)
        for triple, names in graph_names.items():
            yield triple_to_rdflib(triple), (self._graph(name) for name in names)

    def __len__(self, context: rdflib.Graph | None = None) -> int:
        return len({quad.triple for quad in self._quads((None, None, None), context)})

    def contexts(self, triple: TriplePattern | None = None) -> Generator[rdflib.Graph, None, None]:
        """Yield the graphs that contain a triple, or all named graphs."""
        if triple is None:
            yield from map(self._graph, self.release.named_graphs)
        else:
            yield from (self._graph(quad.graph_name) for quad in self._quads(triple, None))

    def query(
        self,
        query: object,
        initNs: Mapping[str, Any],  # noqa: N803 - rdflib's name
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **options: Any,
    ) -> Result:
        """Run a query in the engine, as `Store.query`; bound prefixes need no declaration.

        NotImplementedError lets rdflib evaluate the query itself, if it uses SERVICE, bindings, a
        prepared query or the union of all graphs.
        """
        if not isinstance(query, str) or initBindings or options:
            raise NotImplementedError
        parsed = Query.with_prefixes(query, initNs)
        try:
            results = self.release.query(parsed, dataset=self._dataset(queryGraph))
        except RefusedQuery as error:
            raise NotImplementedError from error
        return to_result(parsed.form or "CONSTRUCT", results)

    def bind(self, prefix: str, namespace: rdflib.URIRef, override: bool = True) -> None:
        """Bind a prefix to a namespace."""
        if override or prefix not in self._namespaces:
            self._namespaces[prefix] = namespace

    def prefix(self, namespace: rdflib.URIRef) -> str | None:
        """Return the prefix of a namespace, or None."""
        return next((prefix for prefix, iri in self._namespaces.items() if iri == namespace), None)

    def namespace(self, prefix: str) -> rdflib.URIRef | None:
        """Return the namespace of a prefix, or None."""
        return self._namespaces.get(prefix)

    def namespaces(self) -> Iterator[tuple[str, rdflib.URIRef]]:
        """Yield every prefix with its namespace."""
        yield from list(self._namespaces.items())

    def add_graph(self, graph: rdflib.Graph) -> None:
        """Do nothing: rdflib calls this method whenever a graph is accessed."""

    def add(self, *_: Any, **__: Any) -> NoReturn:
        """Raise a TypeError that says how to make a copy that can be changed."""
        copy = "copy = rdflib.Dataset(); copy += dataset"
        raise TypeError(f"A release is read-only; make a copy in memory to change: {copy}")

    addN = remove = update = remove_graph = add  # noqa: N815 - rdflib's name

    def _quads(self, pattern: TriplePattern, context: rdflib.Graph | None) -> Iterator[Quad]:
        subject, predicate, object_ = (None if one is None else from_rdflib(one) for one in pattern)
        graph: NamedNode | BlankNode | Literal | DefaultGraph | None = None
        if context is not None:
            is_default = context.identifier == DATASET_DEFAULT_GRAPH_ID
            graph = DefaultGraph() if is_default else from_rdflib(context.identifier)
        # rdflib allows patterns that match nothing in RDF.
        if isinstance(subject, Literal) or isinstance(graph, Literal):
            return iter(())
        if not isinstance(predicate, NamedNode | None):
            return iter(())
        return self.release.quads(subject, predicate, object_, graph=graph)

    def _graph(self, name: NamedNode | BlankNode | DefaultGraph) -> rdflib.Graph:
        if isinstance(name, DefaultGraph):
            return rdflib.Graph(self, DATASET_DEFAULT_GRAPH_ID)
        return rdflib.Graph(self, name.value)

    def _dataset(self, graph: str) -> QueryDataset | None:
        """Return the dataset for rdflib's graph name, or None for the release's own dataset."""
        name = str(graph)  # A URIRef of rdflib is never equal to a plain string.
        if name == _UNION:
            raise NotImplementedError
        is_default = name == str(DATASET_DEFAULT_GRAPH_ID)
        return None if is_default else QueryDataset((NamedNode(name),))


@contextmanager
def ill_typed_literals_accepted() -> Iterator[None]:
    """Let rdflib keep literals without a value, of which it would print a warning."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def to_rdflib(term: NamedNode | BlankNode | Literal | Triple) -> Identifier:
    """Convert a term, an xsd:string to a literal without datatype; TypeError for a triple term."""
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    if isinstance(term, Triple):
        raise TypeError(f"rdflib does not support triple terms: {term}")
    if term.language:
        return RdflibLiteral(term.value, lang=term.language)
    datatype = None if term.datatype == _STRING else URIRef(term.datatype.value)
    return RdflibLiteral(term.value, datatype=datatype, normalize=False)


def triple_to_rdflib(triple: Triple) -> tuple[Node, Node, Node]:
    """Convert a triple to rdflib; for errors see `to_rdflib`."""
    return to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)


def from_rdflib(term: object) -> NamedNode | BlankNode | Literal:
    """Convert a term from rdflib; a literal without datatype or language becomes an xsd:string."""
    if isinstance(term, RdflibLiteral):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(term.datatype) if term.datatype else None)
    return NamedNode(str(term)) if isinstance(term, URIRef) else BlankNode(str(term))


def to_result(form: str, results: Results) -> Result:
    """Convert the engine's results of a query of this form, such as SELECT, to an rdflib result."""
    result = Result(form)
    if isinstance(results, pyoxigraph.QueryBoolean):
        result.askAnswer = bool(results)
    elif isinstance(results, pyoxigraph.QueryTriples):
        result.graph = rdflib.Graph()
        _bind_prefixes(result.graph)
        for triple in results:
            result.graph.add(triple_to_rdflib(triple))
    else:
        result.vars = [rdflib.Variable(variable.value) for variable in results.variables]
        result.bindings = [
            {
                variable: to_rdflib(term)
                for variable, term in zip(result.vars, solution, strict=True)
                if term is not None
            }
            for solution in results
        ]
    return result


def _bind_prefixes(graph: rdflib.Graph) -> None:
    for prefix, iri in PREFIXES.items():
        graph.bind(prefix, iri, replace=True)
