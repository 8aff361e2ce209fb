"""What the routes answer from: the release, the saved queries, the context, the settings.

What is served can be replaced while the service runs, as a whole; each request is answered from
what was served as it came.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Final

from fastapi import Request
from pyoxigraph import Triple
from starlette.types import ASGIApp, Receive, Scope, Send

from kg.description import Describer
from kg.names import NameIndex
from kg.publication.void import void_of
from kg.reconciliation import Reconciler
from kg.saved_queries import SavedQuery
from kg.store import Store
from service.cache import Cache
from service.context import Context
from service.metrics import Metrics
from service.ontology_files import OntologyFile
from service.pages.resource_page import ResourcePages
from service.processes.queries import QueryProcesses
from service.processes.snapshot import is_for_disk
from service.reasons import Reasons
from service.request_log import RequestLog
from service.running import RunningExplanations
from service.settings import Settings
from service.shared_queries import SharedQueries
from service.suppositions import Suppositions

_SERVED: Final = "glocal.served"


class Askers:
    """The requests that are being answered from one thing that is served."""

    def __init__(self) -> None:
        self._count = 0
        self._is_none = asyncio.Event()
        self._is_none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._is_none.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._is_none.set()

    async def gone(self) -> None:
        """Wait until there is none."""
        await self._is_none.wait()


@dataclass(frozen=True)
class Served:
    """One release and all that is needed to speak about it; never changed once made.

    The answers that are kept go with it. The metrics, the log and what is running are handed on
    to what is served next.

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
    metrics: Metrics
    request_log: RequestLog | None
    explanations: RunningExplanations
    reasons: Reasons
    suppositions: Suppositions
    service_version: str

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

    @cached_property
    def void(self) -> tuple[Triple, ...]:
        """The description of what is served in VoID; read or made when somebody first asks."""
        return tuple(void_of(self.store))

    @cached_property
    def resource_pages(self) -> ResourcePages:
        """The pages about resources; made when somebody first asks for one."""
        return ResourcePages(self.store, self.describer)

    @property
    def release_hash(self) -> str:
        """The content hash of the release."""
        return str(self.store.release["hash"])

    @cached_property
    def askers(self) -> Askers:
        """The requests that are being answered from this."""
        return Askers()

    @cached_property
    def cache(self) -> Cache:
        """The answers that are kept."""
        settings = self.settings
        max_bytes, max_body_bytes = (
            settings.cache_mebibytes * 2**20,
            settings.max_kept_kibibytes * 2**10,
        )
        return Cache(max_bytes, max_body_bytes, self.metrics.cache)

    @cached_property
    def shared_queries(self) -> SharedQueries:
        """The query processes, asked once for all who ask the same."""
        return SharedQueries(self.processes, self.cache, self.metrics)

    @cached_property
    def engine(self) -> str:
        """What evaluates the queries: its version, and whether over the memory or the disk."""
        is_on_disk = is_for_disk(self.store, self.settings.max_quads_in_memory)
        return f"pyoxigraph {version('pyoxigraph')} {'on disk' if is_on_disk else 'in memory'}"

    @property
    def version(self) -> str:
        """The version that the release was built by."""
        return str(self.store.release["version"])


class FromOneRelease:
    """Lets a request be answered from what is served as it comes, whatever is served meanwhile."""

    def __init__(self, app: ASGIApp, current: Callable[[], Served]) -> None:
        self._app, self._current = app, current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put what is served now into the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        here = scope[_SERVED] = self._current()
        with here.askers:
            await self._app(scope, receive, send)


def served_to(scope: Scope) -> Served:
    """What this request is answered from."""
    found = scope[_SERVED]
    if not isinstance(found, Served):
        raise TypeError(f"what is served is a {type(found).__name__}")
    return found


async def served(request: Request) -> Served:
    """What this request is answered from; a FastAPI dependency, `async` to need no thread."""
    return served_to(request.scope)
