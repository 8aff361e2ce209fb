"""Run `glocal serve --scratch`: load files into a snapshot, create the app, and serve it.

Until the data is loaded and what follows from it derived, requests get a 503. If that fails, or the
process that holds written data dies, the service ends, rather than serve without the data.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex
from typing import Final

from fastapi import FastAPI
from pyoxigraph import Quad
from starlette.datastructures import State

from kg.reasoning.upkeep.entailment import Entailment
from kg.sources.prefixes import PrefixTable, merge_prefixes
from kg.sources.rdf_syntaxes import read_rdf_file
from service.errors import MalformedSettings, QueryProcessesDown
from service.http.html import read_translations
from service.http.metrics import Metrics
from service.http.observation import configure_logging
from service.queries.admission import Admission
from service.queries.pool import report_failure
from service.queries.restrictions import adopt_orphans
from service.queries.snapshot import Snapshot, quads_file
from service.routes import home
from service.routes.about import assets, health, openapi, problems
from service.routes.sparql import HANDLERS
from service.run.app import compose_app
from service.run.opening import admission_limits, query_processes
from service.run.server import open_listening_socket, run_server
from service.run.system_limits import fit_to_system, warn_of_limits
from service.scratch import graphs, reasons, resource, search, sparql, vocabulary
from service.scratch import home as data_home
from service.scratch.store import ScratchStore
from service.scratch.token import WriteToken
from service.settings import Settings

_ROUTERS: Final = (
    data_home.router,
    problems.router,
    assets.router,
    openapi.router,
    health.router,
    graphs.router,
    resource.router,
    search.router,
    vocabulary.router,
)
_INTERFACES: Final = {
    **read_translations(Path(__file__).with_name("interfaces.tsv")),
    **{
        path: home.INTERFACES[path]
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/problems")
    },
}
# Files whose names are the title of data that has none.
_MOST_NAMED: Final = 3
_OF_REASONS: Final = ("/explain", "/whatif", "/contradictions")
_SUMMARY: Final = "A scratch store in memory: SPARQL queries and updates, and graphs."
_log: Final = logging.getLogger("glocal.service")


@contextmanager
def snapshot_files(
    files: Sequence[Path],
    *,
    is_writable: bool,
    contexts: Path | None = None,
    note: Callable[[Quad], object] | None = None,
    prefixes: dict[str, str] | None = None,
) -> Iterator[Snapshot]:
    """Provide a snapshot of these files together, for as long as the context lasts.

    It is a copy in a file, so that this process need not hold the quads in memory. `note` is called
    with each quad, and `prefixes` gets those that the files declare. For the errors see
    `read_rdf_file`.
    """
    declared: list[dict[str, str]] = [{} for _ in files]
    read = (
        quad
        for path, found in zip(files, declared, strict=True)
        for quad in read_rdf_file(path, contexts=contexts, prefixes=found)
    )
    quads = read if note is None else _noting(read, note)
    with quads_file(quads) as path:
        if prefixes is not None:
            prefixes.update(merge_prefixes(declared))
        yield Snapshot(path, is_on_disk=False, is_writable=is_writable)


def _noting(quads: Iterator[Quad], note: Callable[[Quad], object]) -> Iterator[Quad]:
    for quad in quads:
        note(quad)
        yield quad


def create_scratch_app(
    settings: Settings,
    snapshot: Snapshot,
    *,
    token: WriteToken | None = None,
    entailment: Entailment | None = None,
    when_lost: Callable[[str], None] = lambda _: None,
    prefixes: Mapping[str, str] | None = None,
    title: str = "",
) -> FastAPI:
    """Create an app that serves the data of a snapshot, which is writable if there is a token.

    With an `entailment`, for which the snapshot has to be writable, it also serves what follows.
    Every request that changes data must send the token. `prefixes` and `title` are those of the
    data, which may itself have a title. `when_lost` is called with the reason if the
    data cannot be loaded, or the process that holds the written data dies.
    """
    processes = query_processes(settings, Admission(admission_limits(settings)))

    async def load(state: State) -> None:
        lost = partial(
            when_lost, "The process that held the store has ended: the written data is lost."
        )
        try:
            # None: a scratch store has no JSON-LD context.
            await processes.open(snapshot, None, entailment=entailment, when_lost=lost)
        except QueryProcessesDown:
            when_lost("The data could not be loaded, so the service ends.")
            return
        parent = processes.pool.parent
        count = parent.contradictions if parent is not None else 0
        state.served = replace(state.served, contradictions=count)
        await ScratchStore.read_titles(state)
        state.served.integrity.refusal = None

    @asynccontextmanager
    async def run(state: State) -> AsyncIterator[None]:
        # With each change a grandchild becomes the parent of the query processes. When the process
        # that forked it ends, this process must be able to wait for it.
        adopt_orphans(True)
        state.served.integrity.refusal = QueryProcessesDown("the data is still being loaded")
        loading = asyncio.create_task(load(state))
        loading.add_done_callback(report_failure)
        try:
            yield
        finally:
            loading.cancel()
            await processes.close()
            adopt_orphans(False)

    store = ScratchStore(
        settings=settings,
        processes=processes,
        metrics=Metrics(),
        service_version=version("glocal-kg"),
        run_id=token_hex(8),
        token=token,
        entailment=entailment,
        prefixes=PrefixTable(prefixes or {}),
        title=title,
    )
    routers = [sparql.describe_routes(has_derived=store.has_derived), *_ROUTERS]
    interfaces = dict(_INTERFACES)
    if store.has_derived:
        routers.append(reasons.router)
    else:
        interfaces = {path: text for path, text in interfaces.items() if path not in _OF_REASONS}
    return compose_app(store, routers, HANDLERS, interfaces, run, _SUMMARY)


def serve_scratch(
    settings: Settings,
    files: Sequence[Path],
    token_file: Path | None,
    *,
    is_writable: bool,
    entailment: Entailment | None = None,
) -> None:
    """Serve these files until Ctrl-C or SIGTERM, or until the written data is lost.

    With an `entailment`, what follows from them is served, too; if it `is_strict`, files and
    changes that contradict themselves are refused. For the errors of rules see `load_regime`.

    Raises MalformedSettings if the options exclude or need each other, MalformedInput if a file
    cannot be read, and SystemExit if the server does not start or the data cannot be loaded or is
    lost; for the others see `fit_to_system` and `open_listening_socket`.
    """
    configure_logging(settings)
    fitted = fit_to_system(settings)
    warn_of_limits(settings, fitted)
    settings = fitted
    token = _check_options(settings, token_file, is_writable=is_writable)

    def end_service(reason: str) -> None:
        _log.error(reason)
        app.state.is_lost = app.state.server.should_exit = True

    prefixes: dict[str, str] = {}
    contexts, check = settings.context_folder, None
    if entailment is not None:
        from service.scratch.entailment_check import EntailmentCheck

        check = EntailmentCheck(entailment)
    note = check.note if check is not None else None
    can_change = is_writable or check is not None
    with snapshot_files(
        files, is_writable=can_change, contexts=contexts, note=note, prefixes=prefixes
    ) as snapshot:
        if entailment is not None and check is not None:
            check.log_what_is_left_out(prefixes)
            entailment = replace(entailment, prefixes=prefixes)
        app = create_scratch_app(
            settings,
            snapshot,
            token=token,
            entailment=entailment,
            when_lost=end_service,
            prefixes=prefixes,
            title=", ".join(path.name for path in files[:_MOST_NAMED]),
        )
        app.state.is_lost = False
        listening = open_listening_socket(settings)
        _log.info("The data is held in memory only, and lost when the service stops.")
        run_server(app, settings, listening)
    if app.state.is_lost:
        raise SystemExit(1)


def _check_options(
    settings: Settings, token_file: Path | None, *, is_writable: bool
) -> WriteToken | None:
    """Check the options that exclude or need each other, and read the token, if any."""
    needed = "--token-file, a file with the token that grants write access"
    mistakes = {
        "--scratch cannot serve a release; expected only one of the two": bool(
            settings.release or settings.expect
        ),
        f"--writable needs {needed}": is_writable and token_file is None,
        "--token-file needs --writable": token_file is not None and not is_writable,
    }
    if any(mistakes.values()):
        raise MalformedSettings([text for text, is_made in mistakes.items() if is_made])
    return WriteToken.read(token_file) if token_file is not None else None
