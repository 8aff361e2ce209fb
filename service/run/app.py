"""Start and stop what runs along with the service: query processes, log, release watcher.

Create the FastAPI application: its state, routes and middleware.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from kg.paths import CURATED_FOLDER, ONTOLOGY_FOLDER, QUERY_FOLDER, releases_folder
from kg.store.quad_store import Store
from kg.store.release_folder import find_release
from service.http import problems
from service.http.endpoint import Endpoint, PinEndpoint
from service.http.kept_answers import CacheMiddleware
from service.http.middleware import (
    AddressLengthMiddleware,
    BrowserHeadersMiddleware,
    HeadMiddleware,
    HostHeaderMiddleware,
    ShutdownMiddleware,
)
from service.http.observation import RequestLog, RequestMiddleware
from service.routes import (
    context,
    dumps,
    explain,
    frames,
    graphs,
    health,
    home,
    links,
    linkset,
    lookup,
    nanopub,
    ontology,
    queries,
    reconcile,
    resources,
    rules,
    sitemap,
    sparql,
    well_known,
    whatif,
)
from service.run.opening import ServedFolders, load_served
from service.run.switching import ReleaseSwitcher, ReleaseWatcher, watch_sighup
from service.settings import Settings

if TYPE_CHECKING:
    from service.run.workers.supervised import SupervisorClient


def service_lifespan(
    files: ServedFolders, supervised: "SupervisorClient | None" = None
) -> Lifespan[FastAPI]:
    """Return a lifespan that starts the query processes and the log, and stops them at the end.

    If the service serves the folder of a release, it also switches to the next one: when its path
    leads to another folder, or when the supervisor says so.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        switching = ReleaseSwitcher(app.state, files)
        log = switching.served.request_log
        async with AsyncExitStack() as stack:
            if log is not None:
                log.start()
                stack.push_async_callback(asyncio.to_thread, log.close)
            if supervised is not None:
                await stack.enter_async_context(supervised.follow_supervisor(switching))
            stack.push_async_callback(switching.close)
            await switching.start()
            if supervised is not None:
                supervised.report_ready()
            else:
                switching.load_into_memory()
                await stack.enter_async_context(_watching(switching))
            yield

    return lifespan


@asynccontextmanager
async def _watching(switching: ReleaseSwitcher) -> AsyncIterator[None]:
    settings = switching.served.settings
    if switching.served.store.folder is None:
        yield
        return
    path = settings.release or releases_folder() / "newest"
    follower = ReleaseWatcher(path, every_seconds=settings.release_check_seconds)
    watch_sighup(follower)
    task = asyncio.create_task(
        follower.watch(lambda: switching.served.store.folder, switching.switch)
    )
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


# The most requested routes come first, since routes are tried in this order.
_ROUTERS = (
    sparql.router,
    home.router,
    health.router,
    graphs.router,
    explain.router,
    whatif.router,
    rules.router,
    queries.router,
    context.router,
    frames.router,
    ontology.router,
    links.router,
    lookup.router,
    linkset.router,
    reconcile.router,
    well_known.router,
    sitemap.router,
    dumps.router,
    nanopub.router,
    resources.router,
)


class ServiceApp(FastAPI):
    """FastAPI behind middleware that sees every request first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the outermost middleware."""
        await self.state.first(scope, receive, send)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    queries: Path = QUERY_FOLDER,
    ontology_files: Path = ONTOLOGY_FOLDER,
    link_files: Path = CURATED_FOLDER / "links",
    request_log: RequestLog | None = None,
    supervised: "SupervisorClient | None" = None,
) -> FastAPI:
    """Create the application that serves one release, and later each release that replaces it.

    Args:
        settings: the release and the limits.
        store: a store to serve instead of the release in the settings.
        queries: the folder of the saved queries.
        ontology_files: the folder of JSON-LD contexts, modules, alignments, shapes and rules.
        link_files: the folder of the SSSOM files.
        request_log: gets a line for each request; None for no log.
        supervised: the connection to the supervisor, if this is one of several HTTP processes.

    Raises:
        UnknownName, BrokenRelease: there is no complete release to serve.
        MalformedFile: a saved query or a file of the ontology cannot be read.
    """
    files = ServedFolders(queries, ontology_files, link_files)
    app = empty_app(service_lifespan(files, supervised))
    first_store = store or Store.open(find_release(settings.release))
    parents = supervised.first_parents() if supervised is not None else None
    app.state.served = load_served(first_store, files, settings, request_log, parents)
    add_routes(app, _ROUTERS)
    return app


def empty_app(lifespan: Lifespan[FastAPI]) -> FastAPI:
    """Create a FastAPI application without routes."""
    return ServiceApp(
        lifespan=lifespan,
        title="Glocal",
        summary="Global cities and global governance: SPARQL, JSON-LD and named questions.",
        version=version("glocal-kg"),
        license_info={"name": "Apache-2.0 (code), CC BY 4.0 (data)"},
        # FastAPI's own documentation pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


def add_routes(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Add routers to the application, and answer every failure with a problem document."""
    routes = [*app.routes, *(route for router in routers for route in router.routes)]
    app.state.paths = _paths(routes)
    for router in routers:
        app.include_router(router)
    problems.add_error_handlers(app)
    app.state.first = _outermost(app, partial(FastAPI.__call__, app), _kinds(routes))


def _outermost(app: FastAPI, inner: ASGIApp, kinds: Collection[str]) -> ASGIApp:
    """Wrap FastAPI in middleware.

    An answer from memory never reaches FastAPI, which would take longer than the rest.
    """
    endpoint: Endpoint = app.state.served
    short = AddressLengthMiddleware(
        HostHeaderMiddleware(ShutdownMiddleware(inner)), endpoint.settings.max_address_characters
    )
    kept = CacheMiddleware(BrowserHeadersMiddleware(short))
    answering = PinEndpoint(HeadMiddleware(kept), lambda: app.state.served)
    return RequestMiddleware(answering, endpoint.metrics, endpoint.request_log, kinds)


def _paths(routes: Iterable[BaseRoute]) -> list[tuple[re.Pattern[str], set[str]]]:
    """Return each path pattern with its methods; several routes may share one path."""
    return [
        (route.path_regex, set(route.methods or ())) for route in routes if isinstance(route, Route)
    ]


def _kinds(routes: Iterable[BaseRoute]) -> set[str]:
    """Return the first segments of all paths, by which requests are counted."""
    segments = {route.path.split("/")[1] for route in routes if isinstance(route, Route)}
    fixed = {segment for segment in segments if "{" not in segment}
    return fixed | {kind.value for kind in resources.ResourceKind}
