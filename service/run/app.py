"""Create the FastAPI application: its state, routes and middleware, and what runs along with it.

A release and a scratch store (`service/scratch/start.py`) are two configurations of it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.datastructures import State
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kg.content import Content, english
from kg.store.quad_store import Store
from service.http import middleware
from service.http.api_document import complete_document
from service.http.browsers import BrowserRules, OriginMiddleware
from service.http.content_coding import CompressionMiddleware
from service.http.endpoint import Endpoint, PinEndpoint, endpoint_in
from service.http.kept_answers import CacheMiddleware
from service.http.observation import RequestMiddleware
from service.http.problems import add_error_handlers
from service.http.threads import Threads
from service.pages.problem_page import write_problem_page
from service.queries.clients import NOBODY
from service.queries.memory import MemoryGuard, memory_bound
from service.queries.snapshot import ParentSource
from service.routes import (
    collections,
    context,
    data,
    dumps,
    explain,
    frames,
    graphs,
    home,
    links,
    linkset,
    lookup,
    mcp,
    nanopub,
    neighbourhood,
    ontology,
    queries,
    reconcile,
    resources,
    rules,
    search,
    sparql,
    support,
    whatif,
)
from service.routes.about import (
    assets,
    health,
    llms,
    openapi,
    problems,
    sitemap,
    vocabulary,
    well_known,
)
from service.run.opening import load_served
from service.run.switching import ReleaseSwitcher, freeze_what_stays
from service.run.verification import FirstVerification
from service.settings import Settings

# The first answers come before anything is built ahead.
_SECONDS_BEFORE_BUILDING: Final = 1.0
# The most requested routes come first, since routes are tried in this order.
_ROUTE_MODULES = (
    *(sparql, home, problems, assets, openapi, health, graphs, explain, whatif, rules, queries),
    *(context, frames, ontology, links, lookup, linkset, reconcile, well_known, sitemap, data),
    *(dumps, nanopub, mcp, llms, support, neighbourhood, vocabulary, search),
    *(collections, resources),
)


class ServiceApp(FastAPI):
    """FastAPI behind middleware that sees every request first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the outermost middleware; start and end the service without it."""
        # FastAPI sets it too, but later.
        scope["app"] = self
        # A proxy may say that an HTTP request came over a WebSocket.
        scope["scheme"] = scope.get("scheme", "http").replace("ws", "http")
        first = self.state.first if scope["type"] == "http" else super().__call__
        await first(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document without its server; made when first needed."""
        if self.openapi_schema is None:
            self.openapi_schema = complete_document(super().openapi())
        return self.openapi_schema


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    content: Content | None = None,
    verification: FirstVerification | None = None,
    start_parent: ParentSource | None = None,
) -> FastAPI:
    """Create the application that serves one release, and later each release that replaces it.

    A store is served instead of the release in the settings, and `content` instead of the content
    that the first release carries. `verification` is that of the first release, if it has begun.
    `start_parent` starts the first parent of the query processes, by default as a child of this
    process. For errors see `FirstVerification`, `Store.open`, `load_served`.
    """
    if store is None:
        verification = verification or FirstVerification(settings)
        # Before the store is opened: the engine may end the process if its files are damaged.
        release = verification.wait_until_servable()
        store = Store.open(release)
    served = load_served(store, settings, content)
    served.integrity.is_verified = verification is None or verification.is_complete
    run = partial(_run_release, verification=verification, start_parent=start_parent)
    routers = [module.router for module in _ROUTE_MODULES]
    handlers = {**sparql.HANDLERS, **explain.HANDLERS}
    summary = english(served.content.summary)
    return compose_app(served, routers, handlers, home.INTERFACES, run, summary)


def compose_app(
    endpoint: Endpoint,
    routers: Sequence[APIRouter],
    handlers: Mapping[tuple[str, str], middleware.Handler],
    interfaces: Mapping[str, Mapping[str, str]],
    run: Callable[[State], AbstractAsyncContextManager[None]],
    summary: str,
) -> FastAPI:
    """Compose an application that answers each request from the endpoint in `app.state.served`.

    `endpoint` is the first one; `run`, which starts and ends the query processes and the like, may
    replace it. The routes are tried in the order of `routers`, those of `handlers` before them (see
    `DirectRoutes`). `interfaces` has a text about each path that `/` lists, and `summary` is a
    sentence about the data for the OpenAPI document.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(run(app.state))
            freeze_what_stays()
            for task in (_guard_memory(app.state), _build_ahead(app)):
                stack.callback(asyncio.create_task(task).cancel)
            yield

    app = ServiceApp(
        lifespan=lifespan,
        title="Glocal",
        summary=summary,
        version=version("glocal-kg"),
        license_info={"name": "Apache-2.0 (code), CC BY 4.0 (data)"},
        openapi_url=None,
        # FastAPI's own documentation pages load scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.served, app.state.interfaces = endpoint, interfaces
    app.state.threads = Threads(endpoint.settings)
    candidates = (*app.routes, *(route for router in routers for route in router.routes))
    routes = [route for route in candidates if isinstance(route, Route)]
    # Several routes may share one path.
    app.state.paths = [(route.path_regex, set(route.methods or ())) for route in routes]
    # Not by `include_router`, with which it takes twice as long to find a route.
    for router in routers:
        app.router.routes.extend(router.routes)
    add_error_handlers(app, write_problem_page)
    # Requests are counted by the first parts of their paths.
    first_parts = {part for route in routes if "{" not in (part := route.path.split("/")[1])}
    first_parts |= {kind.value for kind in resources.ResourceKind}
    # An answer from memory or to a query never reaches FastAPI, which would take longer than it.
    rules = BrowserRules(endpoint)
    routing = middleware.Routing(partial(FastAPI.__call__, app), handlers, write_problem_page)
    max_characters = endpoint.settings.max_address_characters
    coded = CompressionMiddleware(middleware.RoutingMiddleware(routing, rules, max_characters))
    kept = middleware.HeadMiddleware(CacheMiddleware(coded, endpoint_in))
    answering = PinEndpoint(kept, lambda: app.state.served)
    # For requests that others make within the process.
    app.state.answering = answering
    readable = OriginMiddleware(answering, rules) if rules.lists_origins else answering
    app.state.first = RequestMiddleware(readable, endpoint.metrics, endpoint.settings, first_parts)
    return app


async def _guard_memory(state: State) -> None:
    """Keep the memory of all clients' jobs together within its bound."""

    def idle() -> list[int]:
        pools = [processes.pool for processes in state.served.all_processes]
        return [process_id for pool in pools for process_id in pool.idle_process_ids]

    bound_bytes = memory_bound(state.served.settings.max_memory_mebibytes)
    guard = MemoryGuard(state.served.processes.admission, bound_bytes, idle)
    state.served.metrics.memory = guard
    await guard.watch()


async def _build_ahead(service: FastAPI) -> None:
    """Build what would otherwise be built for the first requests that need it."""
    threads: Threads = service.state.threads
    await asyncio.sleep(_SECONDS_BEFORE_BUILDING)
    await threads.run(NOBODY, service.openapi)
    for build in service.state.served.first_uses:
        await threads.run(NOBODY, build)


@asynccontextmanager
async def _run_release(
    state: State,
    verification: FirstVerification | None,
    start_parent: ParentSource | None,
) -> AsyncIterator[None]:
    """Run the query and evaluator processes of the release that is served.

    If the service serves the folder of a release, it also switches to the next one: when the path
    in the settings leads to another folder.
    """
    switching = ReleaseSwitcher(state)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(switching.close)
        await switching.start(start_parent)
        if verification is not None:
            switching.verify_meanwhile(verification)
        switching.load_into_memory()
        switching.watch_path()
        yield
