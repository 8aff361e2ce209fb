"""Create the FastAPI application: its state, routes and middleware, and what runs along with it."""

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from fastapi import APIRouter, FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from kg.paths import CURATED_FOLDER, ONTOLOGY_FOLDER, QUERY_FOLDER
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
from service.run.switching import ReleaseSwitcher, watch_release
from service.settings import Settings

if TYPE_CHECKING:
    from service.run.workers.supervised import SupervisorClient


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
        """Pass a request to the outermost middleware; start and end the service without it."""
        first = self.state.first if scope["type"] == "http" else super().__call__
        await first(scope, receive, send)


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

    A store is served instead of the release in the settings. The three folders contain the saved
    queries, the ontology (contexts, modules, alignments, shapes and rules) and SSSOM files.
    `request_log` gets a line for each request. `supervised` is the connection to the supervisor, if
    this is one of several HTTP processes.

    Raises:
        UnknownName, BrokenRelease: there is no complete release to serve.
        MalformedFile: a saved query or a file of the ontology cannot be read.
    """
    files = ServedFolders(queries, ontology_files, link_files)
    app = empty_app(_lifespan(files, supervised))
    first_store = store or Store.open(find_release(settings.release))
    start_parent = supervised.start_first_parent if supervised is not None else None
    app.state.served = load_served(first_store, files, settings, request_log, start_parent)
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
    candidates = (*app.routes, *(route for router in routers for route in router.routes))
    routes = [route for route in candidates if isinstance(route, Route)]
    # Several routes may share one path.
    app.state.paths = [(route.path_regex, set(route.methods or ())) for route in routes]
    for router in routers:
        app.include_router(router)
    problems.add_error_handlers(app)
    # Requests are counted by the first parts of their paths.
    first_parts = {part for route in routes if "{" not in (part := route.path.split("/")[1])}
    first_parts |= {kind.value for kind in resources.ResourceKind}
    app.state.first = _outermost(app, partial(FastAPI.__call__, app), first_parts)


def _outermost(app: FastAPI, inner: ASGIApp, first_parts: Collection[str]) -> ASGIApp:
    """Wrap FastAPI in middleware.

    An answer from memory never reaches FastAPI, which would take longer than the rest.
    """
    endpoint: Endpoint = app.state.served
    short = AddressLengthMiddleware(
        HostHeaderMiddleware(ShutdownMiddleware(inner)), endpoint.settings.max_address_characters
    )
    kept = CacheMiddleware(BrowserHeadersMiddleware(short))
    answering = PinEndpoint(HeadMiddleware(kept), lambda: app.state.served)
    return RequestMiddleware(answering, endpoint.metrics, endpoint.request_log, first_parts)


def _lifespan(
    files: ServedFolders, supervised: "SupervisorClient | None" = None
) -> Lifespan[FastAPI]:
    """Return a lifespan that starts the query processes and the log, and stops them at the end.

    If the service serves the folder of a release, it also switches to the next one: when the path
    in the settings leads to another folder, or when the supervisor says so.
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
                if switching.served.store.folder is not None:
                    watching = watch_release(
                        switching.served.settings,
                        lambda: switching.served.store.folder,
                        switching.switch,
                    )
                    stack.push_async_callback(_cancel, asyncio.create_task(watching))
            yield

    return lifespan


async def _cancel(task: Task[NoReturn]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
