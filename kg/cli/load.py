"""The command `glocal load`."""

from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import typer

from kg.cli.application import app, open_store, reporting_errors
from kg.cli.options import ReleaseOption

if TYPE_CHECKING:
    from kg.remote.loading.writer import Writer

_INTERRUPTED = 130


@app.command()
def load(
    to: Annotated[
        str,
        typer.Option(metavar="ENDPOINT", help="Address of the server for SPARQL queries."),
    ],
    update: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Address for SPARQL updates; by default that for queries."
        ),
    ] = None,
    graph_store: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send graphs by the Graph Store HTTP Protocol to this address, not by updates.",
        ),
    ] = None,
    auth_file: Annotated[
        Path | None,
        typer.Option(
            help="File with user:password, for basic or digest authentication, whichever the "
            "server asks for.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, help="Time limit for each request, in seconds.")
    ] = 600,
    release: ReleaseOption = None,
) -> None:
    """Load a release into a SPARQL 1.1 server, for glocal serve --store.

    The server may hold other data: only graphs that glocal load wrote there are removed or
    changed. It holds one release at a time, and while a new one is loaded, none; so a service
    that never pauses has two servers, which take turns.

    An interrupted load goes on where it was. At the end, every graph is read back and compared
    with the release; only then is the release marked as whole. On a server that has the release
    already, nothing is sent, and everything is compared again.

    Virtuoso: glocal load --to http://127.0.0.1:8890/sparql --update
    http://127.0.0.1:8890/sparql-auth --auth-file loader.txt

    Oxigraph: glocal load --to http://127.0.0.1:7878/query --update http://127.0.0.1:7878/update

    Fuseki: glocal load --to http://127.0.0.1:3030/ds/query --update
    http://127.0.0.1:3030/ds/update
    """
    from kg.remote.client import SparqlServer
    from kg.remote.loading.load import load as load_release

    with reporting_errors():
        store = open_store(release)
        writer = _writer(update or to, graph_store, auth_file, seconds)
        with closing(SparqlServer(to, seconds)) as server, closing(writer), _Bars() as bars:
            try:
                loaded = load_release(store, server, writer, bars)
            except KeyboardInterrupt:
                raise typer.Exit(_INTERRUPTED) from None
    typer.echo(
        f"{to} holds release {store.manifest['hash'][:16]}: {loaded.graphs:,} graphs, "
        f"{loaded.triples:,} triples, of which {loaded.sent:,} were sent now; all compared."
    )


def _writer(
    update: str, graph_store: str | None, auth_file: Path | None, seconds: float
) -> "Writer":
    from kg.remote.loading.authentication import read_auth_file
    from kg.remote.loading.writer import GraphStoreWriter, UpdateWriter

    auth = read_auth_file(auth_file) if auth_file else None
    if graph_store is not None:
        return GraphStoreWriter(graph_store, auth, seconds)
    return UpdateWriter(update, auth, seconds)


class _Bars:
    """A bar for each stage, on standard error; if that is no terminal, a line for each."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._name = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        type_: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()
        if isinstance(error, typer.Exit):
            message = f"Interrupted ({self._name}). The next run goes on from here."
            typer.secho(message, err=True, fg=typer.colors.RED)

    def stage(self, name: str, total: int) -> None:
        """End the last bar and begin another."""
        self._name = name
        if not self._console.is_terminal:
            typer.secho(name, err=True, dim=True)
        for task in self._progress.task_ids:
            self._progress.stop_task(task)
        self._task = self._progress.add_task(name, total=total or None)
        self._progress.start()

    def advance(self, triples: int) -> None:
        """Lengthen the bar."""
        self._progress.advance(self._task, triples)
