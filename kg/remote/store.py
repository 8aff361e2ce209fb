"""A release whose quads are on a server, and whose content is in a local folder."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pyoxigraph
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Variable

from kg.remote.client import SparqlServer
from kg.remote.engine import RemoteEngine
from kg.remote.errors import ReleaseNotLoaded
from kg.remote.layout import default_graphs
from kg.remote.marker import Marker, read_marker
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.engine import Results
from kg.store.quad_store import Store, check_entailment, refuse_dataset
from kg.store.release_folder import find_release, read_manifest, release_content
from kg.store.sparql.dataset import QueryDataset
from kg.store.sparql.paths import rewrite_paths
from kg.store.sparql.query import Query
from kg.store.sparql.stack import check_stack
from kg.store.views import META, Views


class RemoteStore(Store):
    """The read-only graphs of a release on a server; `folder` has its content and its rules.

    In another `view` than the default one it is made by `in_view`.
    """

    def __init__(
        self,
        engine: RemoteEngine,
        manifest: Mapping[str, Any],
        folder: Path,
        view: Standing = DEFAULT_VIEW,
    ) -> None:
        super().__init__(engine, manifest, folder)
        self._remote, self._view = engine, view
        self._in_default_view: RemoteStore | None = None
        self.address = engine.server.address

    def close(self) -> None:
        """See `Store.close`."""
        self._remote.server.close()

    @classmethod
    def connect(cls, server: SparqlServer, release: Path | None = None) -> "RemoteStore":
        """Open the release on a server; `release`, by default the newest, is its folder.

        Raises ReleaseNotLoaded if the server does not hold it, and the errors of
        `SparqlServer.select`.
        """
        folder = find_release(release)
        manifest = read_manifest(folder)
        release_content(folder, manifest)
        require_release(server, manifest)
        return cls(RemoteEngine(server, manifest["quads"]), manifest, folder)

    def in_view(self, view: Standing) -> "RemoteStore":
        """See `Store.in_view`: the server has the graphs of each view."""
        if view in (DEFAULT_VIEW, self._view) or self.folder is None:
            return self
        engine = self._remote.with_default(default_graphs(view))
        viewed = RemoteStore(engine, self.manifest, self.folder, view)
        viewed._in_default_view = self._in_default_view or self
        return viewed

    @cached_property
    def views(self) -> Views:
        """See `Store.views`; read once for all views of a store."""
        if self._in_default_view is not None:
            return self._in_default_view.views
        # The description of all graphs is read at once, not graph by graph.
        described = pyoxigraph.Store()
        described.extend(self._engine.quads_for_pattern(None, None, None, META))

        def quads(subject: Any, predicate: Any, object_: Any, graph: Any) -> Iterable[Quad]:
            engine = described if graph == META else self._engine
            return engine.quads_for_pattern(subject, predicate, object_, graph)

        return Views(quads)

    @cached_property
    def triple_counts(self) -> Mapping[str, int]:
        """See `Store.triple_counts`; the server and release.json list them."""
        listed: dict[str, int] = self.manifest.get("counts", {}).get("graphs", {})
        return listed | {graph.value: size for graph, size in self._remote.sizes.items() if size}

    def query(
        self,
        query: Query | str,
        *,
        entailment: str = "all",
        view: Standing | None = None,
        dataset: QueryDataset | None = None,
        substitutions: Mapping[Variable, NamedNode | Literal] | None = None,
        base_iri: str | None = None,
    ) -> Results:
        """See `Store.query`; a triple that is in several graphs of a dataset is found once."""
        query = query if isinstance(query, Query) else Query(query, base_iri)
        check_stack(query.full_text)
        query.refuse_service()
        view = self._view if view is None else view
        check_entailment(entailment)
        engine = self._remote
        if dataset is None:
            if view != DEFAULT_VIEW:
                refuse_dataset(query)
            if query.dataset is None:
                has_derived = entailment == "all"
                engine = engine.with_default(default_graphs(view, with_derived=has_derived))
                if not has_derived:
                    dataset = QueryDataset((DefaultGraph(),), self.named_graphs).without_derived()
        dataset = self._effective_dataset(query, entailment, DEFAULT_VIEW, dataset)
        return self._evaluate(engine, query, dataset, substitutions)

    def _text_for_engine(self, query: Query) -> str:
        """See `Store._text_for_engine`."""
        return rewrite_paths(query.named_text, self._remote.missed_terms)


def require_release(server: SparqlServer, manifest: Mapping[str, Any]) -> None:
    """Raise ReleaseNotLoaded if a server does not hold the whole of a release, as loaded now."""
    found, expected = read_marker(server), Marker.of(manifest)
    if found != expected:
        other = found.hash if found and found.hash != expected.hash else None
        raise ReleaseNotLoaded(server.address, expected.hash, other)
