"""What every SPARQL endpoint has, be it on a release or on a scratch store.

What is served can be replaced while the service runs, as a whole; each request is answered from
what was served as it came.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.allow_list import AllowList
from service.federation.calls import ServiceLimits
from service.http.cache import Cache, SharedQueries
from service.http.observation import Metrics, RequestLog
from service.queries.processes import QueryProcesses
from service.settings import Settings, share

if TYPE_CHECKING:
    from service.federation.federate import Federation

# A release never changes, but which release is served does: for a minute nobody has to ask, and
# then a 304 costs next to nothing.
FRESH: Final = "public, max-age=60, must-revalidate"
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


@dataclass(frozen=True, kw_only=True)
class Endpoint(ABC):
    """What queries are put to, and what is known of it; never changed once made.

    The answers that are kept go with it. The metrics, the log and what is running are handed on
    to what is served next. `generation` says how often it was written to, `is_on_disk` whether the
    query processes read it from there.
    """

    settings: Settings
    processes: QueryProcesses
    metrics: Metrics
    request_log: RequestLog | None
    service_version: str
    generation: int = 0
    is_on_disk: bool = False

    @property
    @abstractmethod
    def release_hash(self) -> str:
        """What tells these data from all others."""

    @property
    @abstractmethod
    def version(self) -> str:
        """The version of the data."""

    @property
    @abstractmethod
    def deciding(self) -> tuple[str, ...]:
        """What decides every answer, beside the request: another one, other entity tags."""

    @property
    def may_change(self) -> bool:
        """Whether two questions of one request may meet different data."""
        return False

    @property
    def context_version(self) -> str | None:
        """The newest version of the JSON-LD context; none where JSON-LD is written expanded."""
        return None

    @cached_property
    def engine(self) -> str:
        """What evaluates the queries: its version, and whether over the memory or the disk."""
        return f"pyoxigraph {version('pyoxigraph')} {'on disk' if self.is_on_disk else 'in memory'}"

    @property
    def freshness(self) -> str:
        """What caches are told of an answer that has an entity tag."""
        return FRESH

    @cached_property
    def askers(self) -> Askers:
        """The requests that are being answered from this."""
        return Askers()

    @cached_property
    def cache(self) -> Cache:
        """The answers that are kept."""
        settings = self.settings
        max_bytes, max_body_bytes = (
            share(settings, settings.cache_mebibytes * 2**20),
            settings.max_kept_kibibytes * 2**10,
        )
        return Cache(max_bytes, max_body_bytes, self.metrics.cache)

    @cached_property
    def shared_queries(self) -> SharedQueries:
        """The query processes, asked once for all who ask the same."""
        return SharedQueries(self.processes, self.cache, self.metrics, self.generation)

    @cached_property
    def federation(self) -> "Federation":
        """The endpoints that a query may ask by SERVICE."""
        # Not at the start: the HTTP client takes 50 ms, and most services ask nobody.
        from service.federation.federate import Federation

        settings = self.settings
        limits = ServiceLimits(
            call_seconds=settings.max_service_seconds,
            seconds=settings.max_service_seconds_per_query,
            calls=settings.max_service_calls,
            rows=settings.max_service_rows,
            bytes=settings.max_service_mebibytes * 2**20,
        )
        return Federation(
            AllowList.of(settings.services),
            limits,
            self.metrics.service_calls,
            takes_variables=settings.services_by_variable,
        )


class FromOneState:
    """Lets a request be answered from what is served as it comes, whatever is served meanwhile."""

    def __init__(self, app: ASGIApp, current: Callable[[], Endpoint]) -> None:
        self._app, self._current = app, current

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put what is served now into the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        here = scope[_SERVED] = self._current()
        with here.askers:
            await self._app(scope, receive, send)


def endpoint_of(scope: Scope) -> Endpoint:
    """What this request is answered from."""
    found = scope[_SERVED]
    if not isinstance(found, Endpoint):
        raise TypeError(f"what is served is a {type(found).__name__}")
    return found


async def endpoint(request: Request) -> Endpoint:
    """What this request is answered from; a FastAPI dependency, `async` to need no thread."""
    return endpoint_of(request.scope)
