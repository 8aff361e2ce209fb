"""What the routes of a release answer from: its store, the saved queries, the context."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request
from pyoxigraph import Triple

from kg.description import Describer
from kg.json_ld.context import Context
from kg.json_ld.frames import Frame
from kg.names import NameIndex
from kg.publication.void import void_of
from kg.reconciliation import Reconciler
from kg.saved_queries import SavedQuery
from kg.store import Store
from service.endpoint import Endpoint, endpoint_of
from service.ontology_files import OntologyFile
from service.pages.ontology_page import OntologyPages
from service.pages.proofs import ProofPages
from service.pages.resource_page import ResourcePages
from service.reasons import Reasons
from service.running import RunningExplanations
from service.suppositions import Suppositions


@dataclass(frozen=True, kw_only=True)
class Served(Endpoint):
    """One release and all that is needed to speak about it.

    `federated_queries` ask other endpoints too and are not asked by name. `contexts` are by
    version, the newest last, `ontology_files` by what follows `/ontology/` in their addresses,
    `rules` by name, `link_files` (SSSOM) by what follows `/links/`.
    """

    store: Store
    queries: Mapping[str, SavedQuery]
    federated_queries: Mapping[str, SavedQuery]
    contexts: Mapping[str, Context]
    frames: Mapping[str, Frame]
    ontology_files: Mapping[str, OntologyFile]
    rules: Mapping[str, str]
    link_files: Mapping[str, str]
    explanations: RunningExplanations
    reasons: Reasons
    suppositions: Suppositions

    @cached_property
    def context_version(self) -> str:
        """The newest version of the JSON-LD context."""
        return list(self.contexts)[-1]

    @property
    def context(self) -> Context:
        """The JSON-LD context that documents are written by."""
        return self.contexts[self.context_version]

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """What stands after `/ontology/` in the address of a module or a rule file."""
        return (*self.ontology_files, *(f"rules/{name}.rq" for name in self.rules))

    @cached_property
    def describer(self) -> Describer:
        """What describes each resource, whatever the format."""
        return Describer(self.store)

    @cached_property
    def names(self) -> NameIndex:
        """The names of all entities; made when somebody first asks for one."""
        return NameIndex.of(self.store)

    @cached_property
    def reconciler(self) -> Reconciler:
        """What answers reconciliation clients; made when the first one asks."""
        return Reconciler(self.store, self.names)

    @property
    def every_query(self) -> list[SavedQuery]:
        """The saved queries, those that ask other endpoints too at the end."""
        return [*self.queries.values(), *self.federated_queries.values()]

    @cached_property
    def void(self) -> tuple[Triple, ...]:
        """The description of what is served in VoID; read or made when somebody first asks."""
        return tuple(void_of(self.store))

    @cached_property
    def void_digest(self) -> str:
        """What changes when the description does: it says more than the hash of the quads."""
        return hashlib.sha256("".join(map(str, self.void)).encode()).hexdigest()

    @cached_property
    def resource_pages(self) -> ResourcePages:
        """The pages about resources; made when somebody first asks for one."""
        return ResourcePages(self.store, self.describer, self.documents)

    @cached_property
    def ontology_pages(self) -> OntologyPages:
        """The pages about the ontology; made when somebody first asks for one."""
        return OntologyPages(self.store, self.ontology_files)

    @cached_property
    def proof_pages(self) -> ProofPages:
        """The pages of proofs; made when somebody first asks for one."""
        return ProofPages(self.store, self.documents)

    @property
    def release_hash(self) -> str:
        """The content hash of the release."""
        return str(self.store.release["hash"])

    @property
    def deciding(self) -> tuple[str, ...]:
        """The release, what it was built by, the service, the engine, the context."""
        release = self.release_hash, self.version
        return *release, self.service_version, self.engine, self.context.digest

    @property
    def version(self) -> str:
        """The version that the release was built by."""
        return str(self.store.release["version"])


async def served(request: Request) -> Served:
    """What this request is answered from; a FastAPI dependency, `async` to need no thread."""
    found = endpoint_of(request.scope)
    if not isinstance(found, Served):
        raise TypeError(f"what is served is a {type(found).__name__}")
    return found
