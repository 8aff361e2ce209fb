"""create_app(settings): the wiring."""

import re
from importlib.metadata import version
from pathlib import Path

from fastapi import Depends, FastAPI
from starlette.routing import Route
from starlette.types import Lifespan

from kg.places import CURATED_FILES, ONTOLOGY_FILES, QUERY_FILES
from kg.release import find
from kg.saved_queries import read_queries
from kg.store import Store
from service import (
    doors,
    explanations,
    graphs,
    links,
    lookup,
    ontology,
    problems,
    questions,
    reconciliation,
    resources,
    rules,
    sparql,
    suggesting,
    supposing,
)
from service.address import short_enough
from service.context import Context
from service.lifespan import query_processes, while_running
from service.middleware import HeadAsGet, LastWord, OpenToAll
from service.ontology_files import read_ontology_files, read_rules
from service.reasons import Reasons
from service.running import RunningExplanations
from service.served import Served
from service.settings import Settings
from service.suppositions import Suppositions

_ROUTERS = (
    doors.router,
    sparql.router,
    graphs.router,
    explanations.router,
    supposing.router,
    rules.router,
    questions.router,
    ontology.router,
    links.router,
    lookup.router,
    reconciliation.router,
    suggesting.router,
    resources.router,
)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    queries: Path = QUERY_FILES,
    ontology_files: Path = ONTOLOGY_FILES,
    link_files: Path = CURATED_FILES / "links",
) -> FastAPI:
    """The service on one release.

    Args:
        settings: which release, and its limits.
        store: instead of the release that the settings name.
        queries: the folder of the saved queries.
        ontology_files: the folder of the JSON-LD context, of modules, alignments, shapes and rules.
        link_files: the folder of the SSSOM files.

    Raises:
        UnknownName, BrokenRelease: there is no whole release to serve.
        MalformedFile: a saved query or a file of the ontology cannot be read.
    """
    store = store or Store.open(find(settings.release))
    context_path = ontology_files / "context.jsonld"
    processes = query_processes(settings)
    app = _empty_app(while_running(processes, settings, store, context_path))
    app.state.served = Served(
        settings=settings,
        store=store,
        queries=read_queries(queries),
        context=Context.read(context_path, settings.context_iri),
        ontology_files=read_ontology_files(ontology_files),
        rules=read_rules(ontology_files),
        link_files=links.read_link_files(link_files),
        processes=processes,
        explanations=RunningExplanations(settings.max_running_explanations),
        reasons=Reasons(store, ontology_files / "rules"),
        suppositions=Suppositions(store, ontology_files / "rules"),
        service_version=app.version,
    )
    _add_routes(app)
    return app


def _empty_app(lifespan: Lifespan[FastAPI]) -> FastAPI:
    return FastAPI(
        lifespan=lifespan,
        title="Glocal",
        summary="Global cities and global governance: SPARQL, JSON-LD and named questions.",
        version=version("glocal-kg"),
        license_info={"name": "Apache-2.0 (code), CC BY 4.0 (data)"},
        # FastAPI's pages load their scripts from other hosts.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(short_enough)],
    )


def _add_routes(app: FastAPI) -> None:
    app.state.paths = _paths(app)
    for router in _ROUTERS:
        app.include_router(router)
    problems.install(app)
    # The last one added is the first that a request meets.
    for middleware in (HeadAsGet, LastWord, OpenToAll):
        app.add_middleware(middleware)


def _paths(app: FastAPI) -> list[tuple[re.Pattern[str], set[str]]]:
    """Each path as a pattern, with its methods; several routes may share one path."""
    routes = [*app.routes, *(route for router in _ROUTERS for route in router.routes)]
    return [
        (route.path_regex, set(route.methods or ())) for route in routes if isinstance(route, Route)
    ]
