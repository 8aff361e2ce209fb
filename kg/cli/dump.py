"""The command `glocal dump`: write a whole release to one file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import ReleaseOption, app, open_store, reporting_errors


class DumpFormat(StrEnum):
    """The kinds of dump, which `kg.release.dumps` writes."""

    nquads = "nquads"
    trig = "trig"
    turtle = "turtle"
    nanopubs = "nanopubs"
    rdf12 = "rdf12"


@app.command()
def dump(
    dump_format: Annotated[
        DumpFormat,
        typer.Option(
            "--format",
            help="nquads and trig: all graphs. turtle: the triples that hold. nanopubs: each "
            "evidence graph as a nanopublication. rdf12: the triples that hold, with reifiers.",
        ),
    ] = DumpFormat.trig,
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
    from kg.release.dumps import DUMPS, dump_text, gzip_text

    with reporting_errors():
        text = dump_text(DUMPS[dump_format.value], open_store(release))
        if out is None:
            sys.stdout.buffer.write(text)
            return
        out.write_bytes(gzip_text(text) if out.suffix == ".gz" else text)
    typer.echo(out)
