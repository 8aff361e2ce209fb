"""The command `glocal dump`: write a whole release to one file."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from kg.cli.application import app, open_store, reporting_errors, say
from kg.cli.options import ReleaseOption
from kg.store.atomic_folders import open_replacement


@app.command()
def dump(
    dump_format: Annotated[
        Literal["nquads", "trig", "turtle", "nanopubs", "rdf12"],
        typer.Option(
            "--format",
            help="nquads and trig: all graphs. turtle: the triples that hold. nanopubs: each "
            "evidence graph as a nanopublication. rdf12: the triples that hold, with reifiers.",
        ),
    ] = "trig",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output file, gzipped if its name ends in .gz; by default standard output."
        ),
    ] = None,
    release: ReleaseOption = None,
) -> None:
    """Write a whole release to one file, the same bytes as the service returns at /dumps.

    Example: glocal dump --format nanopubs --out nanopubs.trig
    """
    from kg.release.dumps import DUMPS, dump_text
    from kg.store.serialization import gzip_text

    with reporting_errors():
        text = dump_text(DUMPS[dump_format], open_store(release))
        if out is None:
            sys.stdout.buffer.write(text)
            return
        with open_replacement(out) as file:
            file.write(gzip_text(text) if out.suffix == ".gz" else text)
    say(out)
