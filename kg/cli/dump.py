"""glocal dump: all of a release in one file."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import Release, app, refusing


class DumpFormat(StrEnum):
    """The forms of dump, as `kg.release.dumps` has them."""

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
            help="nquads and trig: all graphs; turtle: what holds; nanopubs: all evidence, each "
            "as a nanopublication; rdf12: what holds, with reifiers.",
        ),
    ] = DumpFormat.trig,
    out: Annotated[
        Path | None,
        typer.Option(help="A file, gzipped if its name ends in .gz; by default standard output."),
    ] = None,
    release: Release = None,
) -> None:
    """Write out all of a release, in the bytes that the service offers at /dumps.

    Example: glocal dump --format nanopubs --out nanopubs.trig
    """
    from kg.release.dumps import DUMPS, dumped, packed
    from kg.store.quad_store import Store
    from kg.store.release_folder import find

    with refusing():
        text = dumped(DUMPS[dump_format.value], Store.open(find(release)))
        if out is None:
            sys.stdout.buffer.write(text)
            return
        out.write_bytes(packed(text) if out.suffix == ".gz" else text)
    typer.echo(out)
