"""What the routes answer from: the release, the saved queries, the context, the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request

from kg.names import NameIndex
from kg.reconciliation import Reconciler
from kg.saved_queries import SavedQuery
from kg.store import Store
from service.context import Context
from service.ontology_files import OntologyFile
from service.processes.queries import QueryProcesses
from service.reasons import Reasons
from service.running import RunningExplanations
from service.settings import Settings
from service.suppositions import Suppositions


@dataclass(frozen=True)
class Served:
    """One release and all that is needed to speak about it; never changed once made.

    `ontology_files` are by what follows `/ontology/` in their addresses, `rules` by name,
    `link_files` (SSSOM) by what follows `/links/`.
    """

    settings: Settings
    store: Store
    queries: Mapping[str, SavedQuery]
    context: Context
    ontology_files: Mapping[str, OntologyFile]
    rules: Mapping[str, str]
    link_files: Mapping[str, str]
    processes: QueryProcesses
    explanations: RunningExplanations
    reasons: Reasons
    suppositions: Suppositions
    service_version: str

    @cached_property
    def documents(self) -> tuple[str, ...]:
        """What stands after `/ontology/` in the address of a module or a rule file."""
        return (*self.ontology_files, *(f"rules/{name}.rq" for name in self.rules))

    @cached_property
    def names(self) -> NameIndex:
        """The names of all entities; made when somebody first asks for one."""
        return NameIndex.of(self.store)

    @cached_property
    def reconciler(self) -> Reconciler:
        """What answers reconciliation clients; made when the first one asks."""
        return Reconciler(self.store, self.names)

    @property
    def release_hash(self) -> str:
        """The content hash of the release."""
        return str(self.store.release["hash"])

    @property
    def version(self) -> str:
        """The version that the release was built by."""
        return str(self.store.release["version"])


async def served(request: Request) -> Served:
    """What this application serves; a FastAPI dependency, `async` to need no thread."""
    found = request.app.state.served
    if not isinstance(found, Served):
        raise TypeError(f"app.state.served is a {type(found).__name__}")
    return found
