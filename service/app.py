"""create_app(settings): the wiring."""

import re
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import Route

from kg.places import ONTOLOGY_FILES, QUERY_FILES
from kg.release import find
from kg.saved_queries import read_queries
from kg.store import Store
from service import doors, problems, questions, resources, sparql
from service.context import Context
from service.middleware import HeadAsGet, OpenToAll
from service.served import Served
from service.settings import Settings

_ROUTERS = (doors.router, sparql.router, questions.router, resources.router)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    queries: Path = QUERY_FILES,
    context: Path = ONTOLOGY_FILES / "context.jsonld",
) -> FastAPI:
    """The service on one release.

    Args:
        settings: which release, and its limits.
        store: instead of the release that the settings name.
        queries: the folder of the saved queries.
        context: the JSON-LD context's file.

    Raises:
        UnknownName, BrokenRelease: there is no whole release to serve.
        MalformedFile: a saved query or the context cannot be read.
    """
    app = _empty_app()
    app.state.served = Served(
        settings=settings,
        store=store or Store.open(find(settings.release)),
        queries=read_queries(queries),
        context=Context.read(context, settings.context_iri),
        service_version=app.version,
    )
    app.state.paths = _paths(app)
    for router in _ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.add_middleware(HeadAsGet)
    app.add_middleware(OpenToAll)
    return app


def _empty_app() -> FastAPI:
    return FastAPI(
        title="Glocal",
        summary="Global cities and global governance: SPARQL, JSON-LD and named questions.",
        version=version("glocal-kg"),
        license_info={"name": "Apache-2.0 (code), CC BY 4.0 (data)"},
        # FastAPI's pages load their scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )


def _paths(app: FastAPI) -> list[tuple[re.Pattern[str], set[str]]]:
    """Each path as a pattern, with its methods; several routes may share one path."""
    routes = [*app.routes, *(route for router in _ROUTERS for route in router.routes)]
    return [
        (route.path_regex, set(route.methods or ())) for route in routes if isinstance(route, Route)
    ]
