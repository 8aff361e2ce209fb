"""The command `glocal load`."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import app, open_store, reporting_errors, say, tell
from kg.cli.options import ReleaseOption

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
    that never answers these queries itself has two servers, which take turns.

    An interrupted load is begun again by the next run. At the end, the triples of every graph are
    counted; only then is the release marked as whole. On a server that has the release already,
    nothing is sent, and they are counted again.

    Virtuoso: glocal load --to http://127.0.0.1:8890/sparql --update
    http://127.0.0.1:8890/sparql-auth --auth-file loader.txt

    Oxigraph: glocal load --to http://127.0.0.1:7878/query --update http://127.0.0.1:7878/update

    Fuseki: glocal load --to http://127.0.0.1:3030/ds/query --update
    http://127.0.0.1:3030/ds/update
    """
    from kg.remote.client import SparqlServer
    from kg.remote.load import count_triples
    from kg.remote.load import load as load_release
    from kg.remote.writer import Writer, read_auth_file

    with reporting_errors():
        store = open_store(release)
        auth = read_auth_file(auth_file) if auth_file else None
        writer = Writer(graph_store or update or to, auth, seconds, graph_store is not None)
        sizes = count_triples(store)
        total = sum(sizes.values())
        with (
            closing(SparqlServer(to, seconds)) as server,
            closing(writer),
            typer.progressbar(length=total, label="send", file=sys.stderr) as bar,
        ):
            try:
                sent = load_release(store, sizes, server, writer, bar.update)
            except KeyboardInterrupt:
                tell("Interrupted. The next run begins again.", "red")
                raise typer.Exit(_INTERRUPTED) from None
    say(
        f"{to} holds release {store.manifest['hash'][:16]}: {len(sizes):,} graphs, "
        f"{total:,} triples, of which {sent:,} were sent now; all counted."
    )
