"""The read-only SPARQL store of a release."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Self, cast

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple, Variable

from kg.content import Content, own_content
from kg.errors import BrokenRelease, MalformedParameter, UnknownName
from kg.namespaces import ID, PREFIXES
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.query import Query
from kg.sparql.service_values import BLANK_NODE_FUNCTION, make_blank_node
from kg.sparql.stack import check_stack
from kg.sparql.syntax_errors import translate_engine_errors
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.release_folder import STORE_FOLDER, find_release, read_manifest, release_content
from kg.store.serialization import NOT_XML
from kg.store.views import Views

Results = pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples
_MAX_NAMES: Final = 50_000
_MAX_COUNTED_QUADS: Final = 500_000
# Merging so many takes about a second.
_MAX_MERGED_QUADS: Final = 500_000
_COUNT_TRIPLES: Final = """
SELECT ?graph (COUNT(*) AS ?count)
WHERE { { GRAPH ?graph { ?s ?p ?o } } UNION { ?s ?p ?o } }
GROUP BY ?graph
"""
RESULT_FORMATS: Final = {
    "csv": pyoxigraph.QueryResultsFormat.CSV,
    "tsv": pyoxigraph.QueryResultsFormat.TSV,
    "json": pyoxigraph.QueryResultsFormat.JSON,
    "xml": pyoxigraph.QueryResultsFormat.XML,
}
GRAPH_FORMATS: Final = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "trig": pyoxigraph.RdfFormat.TRIG,
    "ntriples": pyoxigraph.RdfFormat.N_TRIPLES,
    "nquads": pyoxigraph.RdfFormat.N_QUADS,
    "rdfxml": pyoxigraph.RdfFormat.RDF_XML,
}


class Store:
    """The read-only graphs of a release; `manifest` is release.json, `folder` None if in memory."""

    def __init__(
        self, engine: pyoxigraph.Store, manifest: Mapping[str, Any], folder: Path | None = None
    ) -> None:
        self._engine, self.manifest, self.folder = engine, manifest, folder

    @classmethod
    def open(cls, release: Path) -> "Store":
        """Open the release in a folder; for errors see `find_release` and `release_content`."""
        folder = find_release(release)
        manifest = read_manifest(folder)
        release_content(folder, manifest)
        try:
            engine = pyoxigraph.Store.read_only(str(folder / STORE_FOLDER))
        except (OSError, RuntimeError) as error:
            raise BrokenRelease(folder, f"the store cannot be opened: {error}") from error
        return cls(engine, manifest, folder)

    @classmethod
    def in_memory(cls, quads: Iterable[Quad], manifest: Mapping[str, Any] | None = None) -> Self:
        """Create a store in memory with exactly these quads."""
        engine = pyoxigraph.Store()
        engine.bulk_extend(quads)
        return cls(engine, manifest or {"hash": "in-memory", "version": "0"})

    @property
    def content(self) -> Content:
        """The content of the release, see `Content.verify`; of a store in memory, the project's."""
        content = self._content
        content.verify()
        return content

    @property
    def curators(self) -> NamedNode:
        """The holder of the readings of the release."""
        return ID[self._content.curators]

    @property
    def _content(self) -> Content:
        if self.folder is None:
            return own_content()
        return release_content(self.folder, self.manifest)

    @cached_property
    def named_graphs(self) -> tuple[NamedNode, ...]:
        """The names of all named graphs, sorted."""
        names = (name for name in self._engine.named_graphs() if isinstance(name, NamedNode))
        return tuple(sorted(names, key=lambda name: name.value))

    @cached_property
    def views(self) -> Views:
        """The views and worlds of the release; reading them takes 0.05 s for 1,100 graphs."""
        return Views(self._engine.quads_for_pattern)

    @cached_property
    def triple_counts(self) -> Mapping[str, int]:
        """The number of triples by graph IRI; the default graph has the key `default`.

        Counted on first access, which takes 0.05 s for 140,000 quads, in which other threads can
        go on. Of a store with more than `_MAX_COUNTED_QUADS` quads, there are only the counts that
        release.json lists.
        """
        listed: dict[str, int] = self.manifest.get("counts", {}).get("graphs", {})
        if len(self._engine) > _MAX_COUNTED_QUADS:
            return listed
        rows = cast("pyoxigraph.QuerySolutions", self._engine.query(_COUNT_TRIPLES))
        return listed | {getattr(row[0], "value", "default"): int(row[1].value) for row in rows}

    @cached_property
    def known_iris(self) -> tuple[str, ...]:
        """The IRIs of named graphs and of at most `_MAX_NAMES` subjects in the default graph."""
        found = self._engine.query(f"SELECT DISTINCT ?s {{ ?s ?p ?o }} LIMIT {_MAX_NAMES}")
        subjects = (row[0] for row in cast("pyoxigraph.QuerySolutions", found))
        iris = {subject.value for subject in subjects if isinstance(subject, NamedNode)}
        return tuple(sorted(iris | {graph.value for graph in self.named_graphs}))

    def query(
        self,
        query: Query | str,
        *,
        entailment: str = "all",
        view: Standing = DEFAULT_VIEW,
        dataset: QueryDataset | None = None,
        substitutions: Mapping[Variable, NamedNode | Literal] | None = None,
        base_iri: str | None = None,
    ) -> Results:
        """Run a SPARQL query; the results are computed while they are read.

        `entailment` is `all`, or `none` to leave out derived triples and graphs. In another view
        than the default one, the engine merges graphs and finds a triple as often as it is in one
        of them; see `kg.store.viewed_store`. `dataset` replaces that of the query or the release.
        A SELECT must return each variable of `substitutions`. `base_iri` is that of a query given
        as text. For errors see `check_stack`, `translate_engine_errors` and `Query.refuse_service`;
        MalformedParameter is an unknown entailment.
        """
        query = query if isinstance(query, Query) else Query(query, base_iri)
        check_stack(query.engine_text)
        query.refuse_service()
        effective = self._effective_dataset(query, entailment, view, dataset)
        asked = dataset or query.dataset
        if asked is not None and len(asked.default) > 1:
            engine, effective = self._merge_default_graphs(effective or asked)
            return self._evaluate(engine, query, effective, substitutions)
        return self._evaluate(self._engine, query, effective, substitutions)

    def select(self, query: Query | str) -> pyoxigraph.QuerySolutions:
        """Return the solutions of a SELECT; see `query`."""
        return cast("pyoxigraph.QuerySolutions", self.query(query))

    def _merge_default_graphs(self, dataset: QueryDataset) -> tuple[pyoxigraph.Store, QueryDataset]:
        """Return an engine in which the default graph has each triple of its graphs once.

        This engine finds a triple as often as it is in one of them. If they have more than
        `_MAX_MERGED_QUADS`, it is returned all the same.
        """
        found = (quad for graph in dataset.default for quad in self.quads(graph=graph))
        default = [Quad(*quad.triple) for quad in islice(found, _MAX_MERGED_QUADS + 1)]
        if len(default) > _MAX_MERGED_QUADS:
            return self._engine, dataset
        merged = pyoxigraph.Store()
        merged.bulk_extend(chain(default, self.quads_of_graphs(dataset.named)))
        return merged, QueryDataset([DefaultGraph()], dataset.named)

    def in_view(self, view: Standing) -> "Store":
        """Return a store with the default graph of a view; its named graphs are the same."""
        # Such a store is a store, too.
        from kg.store.viewed_store import ViewedStore

        return self if view == DEFAULT_VIEW else ViewedStore(self, view)

    def _evaluate(
        self,
        engine: pyoxigraph.Store,
        query: Query,
        effective: QueryDataset | None,
        substitutions: Mapping[Variable, NamedNode | Literal] | None,
    ) -> Results:
        evaluate = partial(
            engine.query,
            base_iri=query.base_iri,
            default_graph=list(effective.default) if effective else None,
            named_graphs=list(effective.named) if effective else None,
            substitutions=dict(substitutions or {}),
            custom_functions={BLANK_NODE_FUNCTION: make_blank_node},
        )
        text = query.engine_text
        with translate_engine_errors(query):
            try:
                return evaluate(text)
            except SyntaxError:
                # The engine's own reading of the text decides, and has the position of the error.
                if text == query.full_text:
                    raise
                return evaluate(query.full_text)

    def _effective_dataset(
        self, query: Query, entailment: str, view: Standing, given: QueryDataset | None
    ) -> QueryDataset | None:
        """Return the dataset to query, or None for that of the FROM clauses or of the release."""
        check_entailment(entailment)
        if view != DEFAULT_VIEW and given is None:
            refuse_dataset(query)
        with_derived = entailment == "all"
        if with_derived and (given is not None or view == DEFAULT_VIEW):
            return given
        dataset = given or query.dataset
        if dataset is None:
            default = self.views.dataset(view, with_derived=with_derived)
            dataset = QueryDataset(default, self.named_graphs)
        return dataset if with_derived else dataset.without_derived()

    def contains_iri(self, iri: NamedNode) -> bool:
        """Return whether this IRI is a subject in any graph, or the name of a graph."""
        return next(self.quads(iri), None) is not None or self.has_graph(iri)

    def mentions(self, iri: NamedNode) -> bool:
        """Return whether this IRI is in any quad, or the name of a graph."""
        if self.contains_iri(iri):
            return True
        found = chain(self.quads(predicate=iri), self.quads(object_=iri))
        return next(found, None) is not None

    def has_graph(self, name: NamedNode) -> bool:
        """Return whether there is a named graph with this name."""
        return self._engine.contains_named_graph(name)

    def require_graph(self, name: NamedNode) -> None:
        """Raise UnknownName, with similar names, if there is no named graph with this name."""
        if not self.has_graph(name):
            known = [graph.value for graph in self.named_graphs]
            raise UnknownName(name.value, known, kind="graph")

    def contains(self, triple: Triple, graph: NamedNode | None = None) -> bool:
        """Return whether the triple is in a graph, by default in the default graph."""
        terms = triple.subject, triple.predicate, triple.object
        return Quad(*terms, graph or DefaultGraph()) in self._engine

    def quads(
        self,
        subject: NamedNode | BlankNode | Triple | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | BlankNode | Literal | None = None,
        *,
        graph: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Return the quads that match these terms, by default all, in no particular order."""
        return self._engine.quads_for_pattern(subject, predicate, object_, graph)

    def quads_of_graphs(self, names: Iterable[NamedNode]) -> Iterator[Quad]:
        """Return the quads of several named graphs, graph after graph, in no particular order."""
        return chain.from_iterable(self.quads(graph=name) for name in names)

    def triples(
        self,
        subject: NamedNode | BlankNode | Triple | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        *,
        graph: NamedNode | None = None,
    ) -> Iterator[Triple]:
        """Return the matching triples of a graph, by default the default graph, in any order."""
        quads = self.quads(subject, predicate, object_, graph=graph or DefaultGraph())
        return (quad.triple for quad in quads)

    def describe(self, iri: NamedNode) -> list[Triple]:
        """Return the default graph's triples about an IRI and blank nodes below it, sorted."""
        triples: set[Triple] = set()
        subjects: list[NamedNode | BlankNode] = [iri]
        for subject in subjects:  # grows meanwhile
            found = set(self.triples(subject))
            objects = {triple.object for triple in found if isinstance(triple.object, BlankNode)}
            subjects += objects.difference(subjects)
            triples |= found
        return sorted(triples, key=lambda triple: (triple.subject != iri, str(triple)))

    def quads_of_graph(self, name: NamedNode) -> list[Quad]:
        """Return the quads of a named graph, sorted; none if the graph does not exist."""
        return sorted(self.quads(graph=name), key=str)


def check_entailment(entailment: str) -> None:
    """Raise MalformedParameter unless it is `all` or `none`."""
    if entailment not in ENTAILMENTS:
        raise MalformedParameter("entailment", f"expected 'all' or 'none', got '{entailment}'")


def refuse_dataset(query: Query) -> None:
    """Raise MalformedParameter if a query names its dataset, since a view is one of its own."""
    if query.dataset is not None:
        raise view_with_dataset()


def view_with_dataset() -> MalformedParameter:
    """Return the error of a view together with a dataset."""
    reason = "cannot be combined with FROM or a dataset; expected one of the two"
    return MalformedParameter("view", reason)


def serialize_results(results: Results, format_name: str | None = None) -> bytes:
    """Serialize query results; raise MalformedParameter if the format does not fit them.

    `format_name` is one of `GRAPH_FORMATS` (by default Turtle) for triples, else one of
    `RESULT_FORMATS` (by default CSV).
    """
    if isinstance(results, pyoxigraph.QueryTriples):
        syntax = GRAPH_FORMATS.get(format_name or "turtle")
        if syntax is None:
            raise _unfit("triples", format_name, GRAPH_FORMATS)
        return pyoxigraph.serialize(results, format=syntax, prefixes=dict(PREFIXES)) or b""
    form = RESULT_FORMATS.get(format_name or "csv")
    if form is None:
        raise _unfit("rows and ASK results", format_name, RESULT_FORMATS)
    written = results.serialize(format=form) or b""
    if format_name == "xml" and NOT_XML.search(written) is not None:
        reason = "a row has a character that XML cannot carry; expected json, csv or tsv"
        raise MalformedParameter("format", reason)
    return written


def _unfit(what: str, name: str | None, expected: Iterable[str]) -> MalformedParameter:
    reason = f"{what} cannot be written as '{name}'; expected {', '.join(expected)}"
    return MalformedParameter("format", reason)
