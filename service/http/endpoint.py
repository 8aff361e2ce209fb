"""The state that a request is answered from: of a release or a scratch store.

This state can be replaced as a whole while the service runs; each request is answered from the
state that was current when it arrived.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, NamedTuple

from fastapi import Depends, Request
from pyoxigraph import NamedNode
from starlette.types import ASGIApp, Receive, Scope, Send

from kg.describe.json_ld_context import Context
from kg.errors import BrokenRelease
from kg.namespaces import PREFIXES
from kg.reasoning.regimes.names import RegimeName
from service.errors import QueryProcessesDown, ReadOnly
from service.http.kept_answers import AnswerCache, SharedQueries
from service.http.metrics import Metrics
from service.queries.messages import Change
from service.queries.processes import QueryProcesses
from service.settings import Settings

if TYPE_CHECKING:
    from service.federation.federate import Federation

# A release never changes, but another one may replace it: caches ask again after a minute, and
# then a 304 costs almost nothing.
CACHE_FOR_A_MINUTE: Final = "public, max-age=60, must-revalidate"
# The key in the scope of the endpoint that a request is answered from.
SERVED: Final = "glocal.served"
_NO_CONTEXT: Final = Context({"@context": {}})


@dataclass
class Integrity:
    """Whether the files of a release were verified; only a large one is served before that.

    While there is a `refusal`, all but operators get it as the answer: the files of a release were
    refused, or a scratch store is still being loaded.
    """

    is_verified: bool = True
    refusal: BrokenRelease | QueryProcessesDown | None = None


class ActiveRequests:
    """Counts the requests that are being answered from one endpoint."""

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

    async def wait_until_none(self) -> None:
        """Wait until all are answered."""
        await self._is_none.wait()


class Changed(NamedTuple):
    """The effects of a change: whether it created a graph, and the contradictions of the data.

    `new_contradictions` is by how many there are more than before.
    """

    created_graph: bool
    contradictions: int = 0
    new_contradictions: int = 0


@dataclass(frozen=True, kw_only=True)
class Endpoint(ABC):
    """The immutable state that requests are answered from.

    Its kept answers end with it; metrics and running work are handed on to the next
    endpoint.
    `generation` is the number of writes to the store so far; `is_on_disk` tells whether the query
    processes read the store from disk. One that `is_scratch` offers all graphs as one document,
    and takes changes, although it may refuse them all.
    """

    is_scratch: ClassVar[bool] = False
    settings: Settings
    processes: QueryProcesses
    metrics: Metrics
    service_version: str
    generation: int = 0
    integrity: Integrity = field(default_factory=Integrity)
    is_on_disk: bool = False

    @property
    @abstractmethod
    def release_hash(self) -> str:
        """A hash that identifies the data."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of the data."""

    @property
    @abstractmethod
    def tag_parts(self) -> tuple[str, ...]:
        """Everything that decides an answer besides the request; part of every entity tag."""

    @abstractmethod
    def graph_at(self, request: Request, name: str) -> NamedNode:
        """Return the named graph that a request for `/graphs/<name>` means.

        Raises UnknownName or MalformedParameter if there can be no such graph.
        """

    def require_write_access(self, request: Request) -> None:
        """Refuse a request that may not change the data, as no request may change a release."""
        _ = request
        raise ReadOnly

    async def apply_change(self, request: Request, change: Change) -> "Changed":
        """Make the change that a request sends."""
        _ = request, change
        raise ReadOnly

    @property
    def known_prefixes(self) -> Mapping[str, str]:
        """The prefixes that queries and updates may use without declaring them."""
        return PREFIXES

    @property
    def may_change(self) -> bool:
        """Whether clients can change the data, so that two queries may see different states."""
        return False

    @property
    def has_derived(self) -> bool:
        """Whether there are derived triples, which a query may leave out."""
        return not self.is_scratch

    @property
    def regime(self) -> RegimeName | None:
        """The entailment regime under which queries are answered; None for simple entailment."""
        return None

    @property
    def all_processes(self) -> "tuple[QueryProcesses, ...]":
        """The query processes, and all others that do the work of clients."""
        return (self.processes,)

    @property
    def context_version(self) -> str | None:
        """The newest version of the JSON-LD context; None where JSON-LD is written expanded."""
        return None

    @property
    def context(self) -> Context:
        """The JSON-LD context that documents are written with; empty if there is no version."""
        return _NO_CONTEXT

    @cached_property
    def engine(self) -> str:
        """The query engine with its version, and whether it reads from memory or from disk."""
        return f"pyoxigraph {version('pyoxigraph')} {'on disk' if self.is_on_disk else 'in memory'}"

    @property
    def cache_control(self) -> str:
        """The Cache-Control value of an answer that has an entity tag."""
        return CACHE_FOR_A_MINUTE

    @cached_property
    def active_requests(self) -> ActiveRequests:
        """The requests that are being answered from this endpoint."""
        return ActiveRequests()

    @cached_property
    def cache(self) -> AnswerCache:
        """The answers that are kept in memory."""
        max_bytes = self.settings.cache_mebibytes * 2**20
        return AnswerCache(max_bytes, self.settings.max_kept_kibibytes * 2**10)

    @cached_property
    def shared_queries(self) -> SharedQueries:
        """The query processes, which run identical simultaneous queries once."""
        return SharedQueries(self.processes, self.cache, self.metrics, self.generation)

    @cached_property
    def federation(self) -> "Federation":
        """The client for the endpoints that a query may call by SERVICE."""
        # Imported only here: the HTTP client takes 50 ms, and most services call no other endpoint.
        from service.federation.federate import Federation

        return Federation(self.settings, self.metrics.service_calls)

    @property
    def first_uses(self) -> tuple[Callable[[], object], ...]:
        """Functions that build what is otherwise built when it is first needed."""
        return ()


class PinEndpoint:
    """Middleware that answers a request from the endpoint that is current when it arrives.

    A request that another one makes within the process is answered from the endpoint of that one.
    """

    def __init__(self, app: ASGIApp, current: Callable[[], Endpoint]) -> None:
        self._app, self._current = app, current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the current endpoint into the scope, and pass the request on."""
        endpoint = scope[SERVED] = scope.get(SERVED) or self._current()
        with endpoint.active_requests:
            await self._app(scope, receive, send)


def endpoint_in(scope: Scope) -> Endpoint:
    """Return the endpoint that this request is answered from."""
    current: Endpoint = scope[SERVED]
    return current


async def current_endpoint(request: Request) -> Endpoint:
    """Return the endpoint of this request; a FastAPI dependency, `async` to need no thread."""
    return endpoint_in(request.scope)


# The type of a route's parameter that gets the endpoint of its request. There is one for each
# class of endpoints too: an application has only routes for the class that it serves.
CurrentEndpoint = Annotated[Endpoint, Depends(current_endpoint)]
