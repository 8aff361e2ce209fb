"""The release that is being served, with everything that its routes answer from."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, Request
from pyoxigraph import DefaultGraph, NamedNode, Triple

from kg.content import Content
from kg.describe.classes import ClassTree
from kg.describe.description import Describer
from kg.describe.facets import FacetIndex
from kg.describe.glossary import Glossary
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import Frame
from kg.errors import LimitExceeded, UnknownName
from kg.linking.name_index import NameIndex
from kg.linking.reconciler import Reconciler
from kg.linking.resolver import Resolver, ThingNames
from kg.linking.text_search import TextIndex
from kg.linking.thing_search import index_other_names
from kg.namespaces import BASE, GLOCAL, GRAPH, RDFS
from kg.reasoning.rules.rule import Rule, read_rules
from kg.release.void import void_description
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from kg.store.unknown_terms import TermChecker
from kg.store.viewed_store import in_view
from service.errors import ExtraNotInstalled
from service.evaluators.kept_examples import FrontExamples
from service.http.endpoint import SERVED, Endpoint, current_endpoint
from service.http.html import load_templates
from service.http.kept_answers import SharedQueries
from service.http.negotiation import LANGUAGES, Language
from service.http.request import base_url, find_named, url_as_sent
from service.pages.dataset_summary import DatasetSummary
from service.pages.listing import Lister
from service.pages.ontology_files import OntologyFile
from service.pages.ontology_page import OntologyPageWriter
from service.pages.terms import TermWriter
from service.pages.things.resource_page import ResourcePageWriter
from service.pages.things.term_axioms import TermAxioms
from service.queries.processes import QueryProcesses

if TYPE_CHECKING:
    from mcp.server import MCPServer

# Releases in views, with their pages, that are kept.
_MAX_VIEWS: Final = 16


@dataclass(frozen=True, kw_only=True)
class ServedRelease(Endpoint):
    """A release, with the files of its content and what is computed of them.

    `federated_queries` also query other endpoints, and cannot be run by name. The keys of
    `contexts` are versions, the newest last; those of `ontology_files` and `link_files` (SSSOM)
    are paths below `/ontology/` and `/links/`. The values of `rules` and `link_files` are texts.
    `evaluators` prove and suppose, and do what else would take this process long.
    """

    store: Store
    content: Content
    queries: Mapping[str, SavedQuery]
    federated_queries: Mapping[str, SavedQuery]
    contexts: Mapping[str, Context]
    frames: Mapping[str, Frame]
    ontology_files: Mapping[str, OntologyFile]
    rules: Mapping[str, str]
    link_files: Mapping[str, str]
    evaluators: QueryProcesses
    view: Standing = DEFAULT_VIEW
    # This release in the default view, unless it is that itself.
    default: "ServedRelease | None" = None

    @property
    def all_processes(self) -> tuple[QueryProcesses, ...]:
        """The query processes and the evaluator processes."""
        return self.processes, self.evaluators

    @cached_property
    def shared_evaluations(self) -> SharedQueries:
        """The evaluator processes, which run identical simultaneous jobs once."""
        return SharedQueries(self.evaluators, self.cache, self.metrics, self.generation)

    @cached_property
    def front_examples(self) -> FrontExamples:
        """The examples on the front page; made when first needed."""
        return FrontExamples(self.shared_evaluations, list(self.queries.values()))

    @cached_property
    def context_version(self) -> str:
        """The newest version of the JSON-LD context."""
        return list(self.contexts)[-1]

    @property
    def context(self) -> Context:
        """The JSON-LD context that documents are written with."""
        return self.contexts[self.context_version]

    @cached_property
    def ontology_paths(self) -> tuple[str, ...]:
        """The paths below `/ontology/` of modules and rule files."""
        return (*self.ontology_files, *(f"rules/{name}.rq" for name in self.rules))

    @cached_property
    def describer(self) -> Describer:
        """The describer of resources, for all formats."""
        return Describer(self.store)

    @cached_property
    def names(self) -> NameIndex:
        """The index of all entities' names; built when first needed."""
        return NameIndex.from_store(self.store)

    @cached_property
    def other_names(self) -> NameIndex:
        """The index of the names of what is no entity, saved questions included."""
        return index_other_names(self.store, self.queries.values())

    @cached_property
    def texts(self) -> TextIndex | None:
        """The texts about things, and the statements, to search; None if the release is large."""
        return TextIndex(self.store) if self.facets is not None else None

    @cached_property
    def facets(self) -> FacetIndex | None:
        """The facets of all things; None if the release has too many statements."""
        with suppress(LimitExceeded):
            return FacetIndex.from_store(self.store, self.settings.max_faceted_statements)
        return None

    @cached_property
    def classes(self) -> ClassTree:
        """The hierarchy of the classes."""
        return ClassTree(self.store)

    @cached_property
    def thing_names(self) -> ThingNames:
        """The names of things of all kinds; built when a name is first needed."""
        return ThingNames(self.store, lambda: self.names)

    def resolver(self, request: Request) -> Resolver:
        """Return the resolver of the names in a request, which may be addresses on its host."""
        return Resolver(
            self.store, self.thing_names, lambda: {base_url(request), str(request.base_url)}
        )

    @cached_property
    def reconciler(self) -> Reconciler:
        """The reconciler of names and entities; built when first needed."""
        return Reconciler(self.store, self.names)

    @cached_property
    def term_checker(self) -> TermChecker:
        """The checker of the terms in queries."""
        return TermChecker(self.store)

    @cached_property
    def agent_server(self) -> "MCPServer[Any]":
        """The server of the tools for agents; ExtraNotInstalled if its packages are missing."""
        # The SDK takes a second to load, and most services meet no agent.
        try:
            from service.agents.server import create_server
        except ModuleNotFoundError as error:
            raise ExtraNotInstalled("/mcp", "mcp") from error
        return create_server(self.content)

    @property
    def first_uses(self) -> tuple[Callable[[], object], ...]:
        """Functions that build what is otherwise built when it is first needed."""
        return (
            self._build_agent_server,
            self._build_writers,
            self._build_indexes,
            self._build_pages,
            self._build_texts,
            self._build_axioms,
        )

    def _build_agent_server(self) -> None:
        with suppress(ExtraNotInstalled):
            _ = self.agent_server

    def _build_indexes(self) -> None:
        """Build the indexes for people and names, unless the release is large."""
        if self.facets is not None:
            _ = self.names, self.other_names, self.reconciler, self.classes, self.term_checker
            _ = self.summary

    def _build_texts(self) -> None:
        _ = self.texts

    def _build_writers(self) -> None:
        """Compile the templates of pages, which takes the first page of each kind long."""
        load_templates()
        for tag in LANGUAGES:
            _ = self.page_terms(Language(tag, is_explicit=False)).worlds

    def _build_pages(self) -> None:
        """Read what the page of every thing needs, unless the release is large."""
        if self.facets is not None:
            self.resource_pages.build()

    def _build_axioms(self) -> None:
        """Read the axioms for the pages about terms, unless the release is large."""
        if self.facets is not None:
            self.term_axioms.build()

    @property
    def every_query(self) -> list[SavedQuery]:
        """All saved queries, federated ones last."""
        return [*self.queries.values(), *self.federated_queries.values()]

    @cached_property
    def void(self) -> tuple[Triple, ...]:
        """The VoID description of the release; read or computed when first needed."""
        return tuple(void_description(self.store))

    @cached_property
    def void_digest(self) -> str:
        """The SHA-256 of the VoID description, which is not covered by the hash of the quads."""
        return hashlib.sha256("".join(map(str, self.void)).encode()).hexdigest()

    @cached_property
    def summary(self) -> DatasetSummary:
        """The VoID description as pages tell it."""
        return self.default.summary if self.default else DatasetSummary(self.void)

    @cached_property
    def resource_pages(self) -> ResourcePageWriter:
        """The pages about resources; built when first needed."""
        return ResourcePageWriter(
            self.store,
            self.describer,
            self.page_terms,
            lambda: self.term_axioms,
            self.ontology_paths,
            lambda: self.summary.uses,
        )

    @cached_property
    def page_terms(self) -> Callable[[Language], TermWriter]:
        """The writers of terms on pages, by the language of the page."""
        return lru_cache(
            lambda language: TermWriter(
                self.store, language, self.view, summarize=lambda: self.summary
            )
        )

    @cached_property
    def lister(self) -> Lister:
        """The lister of things, with their names in each language of pages."""
        whole = self.default or self
        by_language = {tag: self.page_terms(Language(tag, is_explicit=False)) for tag in LANGUAGES}
        return Lister(self.store, whole.classes, whole.facets, whole.queries, by_language)

    @cached_property
    def glossary(self) -> Glossary:
        """The terms of the ontology, with the labels of all things; read when first needed."""
        labels = self.store.quads(predicate=RDFS["label"], graph=DefaultGraph())
        return Glossary([*self.store.quads_of_graph(GRAPH["ontology"]), *labels], GLOCAL)

    @cached_property
    def term_axioms(self) -> TermAxioms:
        """The axioms of the ontology, for the pages of its terms."""
        return TermAxioms(self.glossary, self.ontology_files, self._read_rules)

    def _read_rules(self) -> list[Rule]:
        from kg.reasoning.axioms.compiler import compile_axioms

        files = read_rules(self.content.rules, languages=self.content.languages)
        return [*compile_axioms(self.glossary.ontology).rules, *files]

    @cached_property
    def ontology_pages(self) -> OntologyPageWriter:
        """The pages about the ontology; built when first needed."""
        return OntologyPageWriter(
            self.store, self.glossary, self.ontology_files, lambda: self.summary.uses
        )

    @cached_property
    def in_view(self) -> Callable[[Standing], "ServedRelease"]:
        """Return this release with the default graph of a view, for descriptions and pages.

        Its endpoint, which queries run on, is the same.
        """
        return lru_cache(maxsize=_MAX_VIEWS)(
            lambda view: replace(
                self, store=in_view(self.store, view), view=view, default=self.default or self
            )
        )

    def frame(self, name: str) -> Frame:
        """Return the frame with this name; raise UnknownName if there is none."""
        return find_named(self.frames, name, "frame", remedy=f"one of {', '.join(self.frames)}")

    def graph_at(self, request: Request, name: str) -> NamedNode:
        """Return the graph whose IRI is the request's URL, or else the base IRI and this name."""
        iris = url_as_sent(request), BASE + name
        graph = next(filter(None, map(self._graphs.get, iris)), None)
        if graph is None:
            raise UnknownName(BASE + name, list(self._graphs), kind="graph")
        return graph

    @cached_property
    def _graphs(self) -> Mapping[str, NamedNode]:
        """The named graphs by their IRIs."""
        return {graph.value: graph for graph in self.store.named_graphs}

    @property
    def release_hash(self) -> str:
        """The content hash of the release."""
        return str(self.store.manifest["hash"])

    @property
    def tag_parts(self) -> tuple[str, ...]:
        """The release, its version, and the versions of service, engine and context."""
        versions = self.version, self.service_version, self.engine
        return self.release_hash, *versions, self.context.digest

    @property
    def version(self) -> str:
        """The version of the software that built the release."""
        return str(self.store.manifest["version"])


# The type of a route's parameter that gets the release of its request.
CurrentRelease = Annotated[ServedRelease, Depends(current_endpoint)]


def release_of(request: Request) -> ServedRelease:
    """Return the release of a request that is answered without FastAPI's routes."""
    current: ServedRelease = request.scope[SERVED]
    return current
