"""The release that is being served, with everything that its routes answer from.

Explanations and what-ifs, unlike queries, run in the HTTP process: users do not write them, and the
search has limits of its own. Only their number is limited here.
"""

import hashlib
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from fastapi import Depends, Request
from pyoxigraph import NamedNode, Triple

from kg.content import Content
from kg.describe.description import Describer
from kg.describe.json_ld_context import Context
from kg.describe.json_ld_frames import Frame
from kg.errors import KgError, UnknownName
from kg.linking.name_index import NameIndex
from kg.linking.reconciler import Reconciler
from kg.namespaces import BASE, GLOCAL
from kg.release.void import void_description
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery
from kg.store.viewed_store import in_view
from service.errors import TooManyExplanations
from service.http.endpoint import Endpoint, current_endpoint
from service.http.request import find_named, url_as_sent
from service.pages.ontology_files import OntologyFile
from service.pages.ontology_page import OntologyPageWriter
from service.pages.proof_page import ProofPageWriter
from service.pages.resource_page import ResourcePageWriter

if TYPE_CHECKING:
    from kg.reasoning.proofs.explainer import Explainer
    from kg.reasoning.proofs.proof import AnyProof, ContradictionProof, Proof
    from kg.reasoning.whatif.engine import WhatIf
    from kg.reasoning.whatif.outcome import Outcome, Patch

_RETRY_SECONDS: Final = 5
# Releases in views, with their pages, that are kept.
_MAX_VIEWS: Final = 16
_HAS_CONTRADICTIONS: Final = f"ASK {{ ?one a <{GLOCAL['Contradiction'].value}> }}"
T = TypeVar("T")


class ExplanationLimiter:
    """Runs up to `max_running` explanations at once, each in the thread of its request.

    Further ones are refused instead of queued: they would wait in threads, which the rest of the
    service needs.
    """

    def __init__(self, max_running: int) -> None:
        self._max_running = max_running
        self._lock = threading.Lock()
        # The number of explanations that are running.
        self.count = 0

    def run(self, explanation: Callable[[], T]) -> T:
        """Run an explanation; raise TooManyExplanations if the maximum number is running."""
        with self._lock:
            if self.count >= self._max_running:
                raise TooManyExplanations(self._max_running, _RETRY_SECONDS)
            self.count += 1
        try:
            return explanation()
        except KgError as error:
            # The engine's results may be freed only in the thread that made them, but the error
            # moves on to another thread, with all frames that hold such results.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            with self._lock:
                self.count -= 1


class Reasoner:
    """Explains triples of one release, and computes the effects of patches.

    It is safe to use from several threads. Its modules are imported late: they import rdflib, which
    takes half a second.
    """

    def __init__(self, store: Store, content: Content) -> None:
        self._store, self._content = store, content
        self._explainer: Explainer | None = None
        self._whatif: WhatIf | None = None
        self._explainer_lock, self._whatif_lock = threading.Lock(), threading.Lock()

    def explain(
        self, triple: Triple, limit: int, view: Standing | None = None
    ) -> "Sequence[Proof]":
        """Return up to `limit` proofs of a triple: see `Explainer.explain`, also for its errors."""
        return self._load_explainer().explain(triple, limit=limit, view=view)

    def contradictions(self) -> "Sequence[ContradictionProof]":
        """Return the proofs of all contradictions: see `Explainer.explain_contradictions`."""
        # Most releases have no contradictions; a query tells so without the explainer.
        if not self._store.query(_HAS_CONTRADICTIONS):
            return ()
        return self._load_explainer().explain_contradictions()

    def disagreements(self) -> "Sequence[AnyProof]":
        """Return who disagrees with whom: see `find_disagreements`."""
        from kg.reasoning.whatif.disagreements import find_disagreements

        return find_disagreements(self._store, self._load_explainer(), self._load_whatif())

    def suppose(self, patch: "Patch", view: Standing) -> "Outcome":
        """Return what would change with this patch: see `WhatIf.evaluate`; nothing is stored."""
        return self._load_whatif().evaluate(patch, view)

    def _load_whatif(self) -> "WhatIf":
        from kg.reasoning.rules.compiled_rules import rules_of_content
        from kg.reasoning.whatif.engine import WhatIf

        with self._whatif_lock:
            if self._whatif is None:
                self._whatif = WhatIf(self._store, rules_of_content(self._content))
        return self._whatif

    def _load_explainer(self) -> "Explainer":
        from kg.reasoning.proofs.explainer import Explainer
        from kg.reasoning.rules.compiled_rules import rules_of_content

        with self._explainer_lock:
            if self._explainer is None:
                self._explainer = Explainer(self._store, rules_of_content(self._content))
        return self._explainer


@dataclass(frozen=True, kw_only=True)
class ServedRelease(Endpoint):
    """A release, with the files of its content and what is computed of them.

    `federated_queries` also query other endpoints, and cannot be run by name. The keys of
    `contexts` are versions, the newest last; those of `ontology_files` and `link_files` (SSSOM)
    are paths below `/ontology/` and `/links/`. The values of `rules` and `link_files` are texts.
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
    explanations: ExplanationLimiter
    reasoner: Reasoner
    view: Standing = DEFAULT_VIEW

    @property
    def running_explanations(self) -> int:
        """The number of explanations and what-ifs that threads of this process compute."""
        return self.explanations.count

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
    def reconciler(self) -> Reconciler:
        """The reconciler of names and entities; built when first needed."""
        return Reconciler(self.store, self.names)

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
    def resource_pages(self) -> ResourcePageWriter:
        """The pages about resources; built when first needed."""
        return ResourcePageWriter(self.store, self.describer, self.ontology_paths, self.view)

    @cached_property
    def ontology_pages(self) -> OntologyPageWriter:
        """The pages about the ontology; built when first needed."""
        return OntologyPageWriter(self.store, self.ontology_files)

    @cached_property
    def proof_pages(self) -> ProofPageWriter:
        """The pages of proofs; built when first needed."""
        return ProofPageWriter(self.store, self.ontology_paths, self.view)

    @cached_property
    def in_view(self) -> Callable[[Standing], "ServedRelease"]:
        """Return this release with the default graph of a view, for descriptions and pages.

        Its endpoint, which queries run on, is the same.
        """
        return lru_cache(maxsize=_MAX_VIEWS)(
            lambda view: replace(self, store=in_view(self.store, view), view=view)
        )

    def frame(self, name: str) -> Frame:
        """Return the frame with this name; raise UnknownName if there is none."""
        return find_named(self.frames, name, "frame", remedy=f"one of {', '.join(self.frames)}")

    def graph_at(self, request: Request, name: str) -> NamedNode:
        """Return the graph whose IRI is the request's URL, or else the base IRI and this name."""
        graphs = {graph.value: graph for graph in self.store.named_graphs}
        graph = graphs.get(url_as_sent(request)) or graphs.get(BASE + name)
        if graph is None:
            raise UnknownName(BASE + name, list(graphs), kind="graph")
        return graph

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
