"""A release -> a read-only SPARQL store."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    Variable,
)

from kg.errors import BrokenRelease, MalformedParameter, UnknownName
from kg.namespaces import PREFIXES
from kg.store.dataset import Dataset, dataset_for
from kg.store.query import check
from kg.store.release_folder import STORE_FOLDER, find, manifest_of
from kg.store.service_values import BLANK_NODE, blank_node
from kg.store.syntax_errors import explained

Results = QuerySolutions | QueryBoolean | QueryTriples

_MOST_NAMES: Final = 50_000
_MOST_COUNTED: Final = 500_000
_RESULT_FORMATS: Final = {
    "csv": QueryResultsFormat.CSV,
    "json": QueryResultsFormat.JSON,
    "tsv": QueryResultsFormat.TSV,
    "xml": QueryResultsFormat.XML,
}
_GRAPH_FORMATS: Final = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES}


class Store:
    """The graphs of one release, to be asked and never changed.

    `release` is what release.json says, `folder` where it lies; none if it is in memory alone.
    """

    def __init__(
        self, engine: pyoxigraph.Store, release: Mapping[str, Any], folder: Path | None = None
    ) -> None:
        self._engine = engine
        self.release, self.folder = release, folder

    @classmethod
    def open(cls, release: Path) -> "Store":
        """The store of the release in this folder.

        Raises:
            UnknownName: there is no such folder.
            BrokenRelease: a part of it is missing or damaged.
        """
        folder = find(release)
        try:
            engine = pyoxigraph.Store.read_only(str(folder / STORE_FOLDER))
        except (OSError, RuntimeError) as error:
            raise BrokenRelease(folder, f"its store does not open: {error}") from error
        return cls(engine, manifest_of(folder), folder)

    @classmethod
    def in_memory(cls, quads: Iterable[Quad], release: Mapping[str, Any] | None = None) -> Self:
        """A store of these quads; the default graph is what they put there."""
        engine = pyoxigraph.Store()
        engine.bulk_extend(quads)
        return cls(engine, release or {"hash": "in-memory", "version": "0"})

    @cached_property
    def named_graphs(self) -> tuple[NamedNode, ...]:
        """The names of all named graphs, sorted."""
        graphs = (one for one in self._engine.named_graphs() if isinstance(one, NamedNode))
        return tuple(sorted(graphs, key=lambda graph: graph.value))

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """Triples by graph, the default graph being `default`; counted when somebody first asks.

        Of a large store it is what release.json says, of a few graphs: 70,000 quads take 0.1 s.
        """
        told: dict[str, int] = self.release.get("counts", {}).get("graphs", {})
        if len(self._engine) > _MOST_COUNTED:
            return told
        return told | Counter(getattr(one.graph_name, "value", "default") for one in self.quads())

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The IRIs of the default graph's subjects and of the named graphs, for near names."""
        found = self._engine.query(f"SELECT DISTINCT ?s {{ ?s ?p ?o }} LIMIT {_MOST_NAMES}")
        subjects = (row["s"] for row in found) if isinstance(found, QuerySolutions) else ()
        iris = {one.value for one in subjects if isinstance(one, NamedNode)}
        return tuple(sorted(iris | {graph.value for graph in self.named_graphs}))

    def query(
        self,
        text: str,
        *,
        entailment: str = "all",
        dataset: Dataset | None = None,
        substitutions: Mapping[Variable, NamedNode | Literal] | None = None,
        base_iri: str | None = None,
    ) -> Results:
        """What the query selects, asks, constructs or describes; rows come as they are read.

        Args:
            text: one SPARQL query, every prefix declared.
            entailment: `all`, or `none` to leave out what is derived: the default graph is then
                `graph:asserted`, and the derived graphs are no named graphs.
            dataset: instead of the query's own or the release's.
            substitutions: values for variables, which a SELECT has to return.
            base_iri: what relative IRIs are resolved against.

        Raises:
            MalformedQuery, RefusedQuery, LimitExceeded: see `explained` and `check`.
            MalformedParameter: an entailment that there is not.
        """
        check(text)
        asked = dataset_for(
            text, entailment, given=dataset, base_iri=base_iri, all_named=self.named_graphs
        )
        with explained(text):
            return self._engine.query(
                text,
                base_iri=base_iri,
                default_graph=list(asked.default) if asked else None,
                named_graphs=list(asked.named) if asked else None,
                substitutions=dict(substitutions or {}),
                custom_functions={BLANK_NODE: blank_node},
            )

    def knows(self, iri: NamedNode) -> bool:
        """Whether some graph says something about this IRI, or is named by it."""
        about = self._engine.quads_for_pattern(iri, None, None, None)
        return next(about, None) is not None or self._engine.contains_named_graph(iri)

    def has_graph(self, name: NamedNode) -> bool:
        """Whether there is a named graph of this name."""
        return self._engine.contains_named_graph(name)

    def check_graph(self, name: NamedNode) -> None:
        """Let pass a named graph that there is.

        Raises:
            UnknownName: there is none; with near names.
        """
        if not self.has_graph(name):
            known = [graph.value for graph in self.named_graphs]
            raise UnknownName(name.value, known, kind="graph")

    def holds(self, triple: Triple, graph: NamedNode | None = None) -> bool:
        """Whether the triple is in this graph, by default the default graph."""
        place = graph or DefaultGraph()
        return Quad(triple.subject, triple.predicate, triple.object, place) in self._engine

    def matching(
        self,
        subject: NamedNode | BlankNode | Triple | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | Literal | None = None,
        *,
        graph: NamedNode | None = None,
    ) -> Iterator[Triple]:
        """The triples of a graph, by default the default graph, with these terms; no order."""
        place = graph or DefaultGraph()
        for quad in self._engine.quads_for_pattern(subject, predicate, object_, place):
            yield quad.triple

    def quads_about(
        self, *, subject: NamedNode | BlankNode | None = None, object_: NamedNode | None = None
    ) -> Iterator[Quad]:
        """The quads of all graphs with this subject, or this object; no order."""
        return self._engine.quads_for_pattern(subject, None, object_, None)

    def describe(self, iri: NamedNode) -> list[Triple]:
        """The triples about an IRI in the default graph, and about their blank nodes, sorted."""
        found: set[Triple] = set()
        seen: set[NamedNode | BlankNode] = set()
        waiting: list[NamedNode | BlankNode] = [iri]
        while waiting:
            subject = waiting.pop()
            seen.add(subject)
            for quad in self._engine.quads_for_pattern(subject, None, None, DefaultGraph()):
                found.add(quad.triple)
                if isinstance(quad.object, BlankNode) and quad.object not in seen:
                    waiting.append(quad.object)
        return sorted(found, key=lambda triple: (triple.subject != iri, str(triple)))

    def graph(self, name: NamedNode) -> list[Quad]:
        """The quads of a named graph, sorted; none if there is no such graph."""
        return sorted(self._engine.quads_for_pattern(None, None, None, name), key=str)

    def supposing(self, added: Iterable[Quad], removed: Iterable[Quad]) -> "Store":
        """What this store would be with some quads more and others less.

        One in memory is changed itself, and is for a process that then ends; of one on disk a copy
        in memory is made.
        """
        other = self if self.folder is None else Store.in_memory(self.quads())
        for quad in removed:
            other._engine.remove(quad)
        other._engine.extend(added)
        return Store(other._engine, self.release)

    def quads(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | BlankNode | Literal | None = None,
        *,
        graph: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """All that the release holds, or what has these terms; no order."""
        return self._engine.quads_for_pattern(subject, predicate, object_, graph)


def serialize_results(results: Results, format_name: str | None = None) -> bytes:
    """Results as text: `csv`, `json`, `tsv`, `xml`; triples as `turtle` or `ntriples`.

    Raises:
        MalformedParameter: the format does not fit what the query returned.
    """
    if isinstance(results, QueryTriples):
        name = format_name or "turtle"
        if name in _GRAPH_FORMATS:
            syntax = _GRAPH_FORMATS[name]
            return pyoxigraph.serialize(results, format=syntax, prefixes=dict(PREFIXES)) or b""
        raise MalformedParameter("format", f"triples are not written as '{name}'")
    name = format_name or "csv"
    if name not in _RESULT_FORMATS:
        raise MalformedParameter("format", f"rows and ASK are not written as '{name}'")
    return results.serialize(format=_RESULT_FORMATS[name]) or b""
