"""glocal build, check, verify: from curated files to a release, and what is wrong on the way."""

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import Stages, app, refusing
from kg.errors import NotValid


@app.command()
def build(
    out: Annotated[
        Path | None,
        typer.Option(help="A new or empty folder, or one with a release; default releases/<hash>."),
    ] = None,
) -> None:
    """Make a release: read, validate, derive, write.

    The same files give the same bytes. Interrupted at any moment, the last release stays whole.
    Example: glocal build --out my-release
    """
    from kg.release.build import build as make

    tell = Stages()
    with refusing():
        folder = make(out, tell=tell)
    tell("done")
    typer.echo(folder)


@app.command()
def check(
    dl: Annotated[
        bool,
        typer.Option("--dl", help="Also ask the description-logic reasoner (about 20 seconds)."),
    ] = False,
    dl_seconds: Annotated[
        float,
        typer.Option(
            min=0, help="Wall-clock time for its verdict; as much again to explain, and to compare."
        ),
    ] = 300,
    dl_megabytes: Annotated[int, typer.Option(min=16, help="The reasoner's memory.")] = 2000,
) -> None:
    """Report everything that is wrong with the curated files; exits 1 if anything is.

    Each finding names file, line, what is wrong and what would be right.

    With --dl, and where nothing else is wrong, HermiT looks for an inconsistency and for classes
    that can have no member. Each comes with a smallest set of axioms and facts that clash: take
    back one of them. If there is none, what HermiT derives and the rules do not is listed; that
    is no finding. Ctrl-C stops it at any time.

    Example: glocal check --dl --dl-seconds 60
    """
    from kg.release.check import check as run
    from kg.release.check_description_logic import check_description_logic

    notes: list[str] = []
    with refusing():
        findings = run()
        if dl and not findings:
            report = check_description_logic(
                timeout_seconds=dl_seconds, memory_megabytes=dl_megabytes, tell=Stages()
            )
            findings, notes = report.findings, report.notes
        if findings:
            raise NotValid(findings)
    typer.echo("\n".join(["No findings.", *notes]))


@app.command()
def verify(
    paper: Annotated[
        Path, typer.Argument(help="The paper's text, UTF-8.", exists=True, dir_okay=False)
    ],
) -> None:
    """Show that the passages are in this text where the graph says.

    Example: glocal verify paper.txt
    """
    from kg.sources.folders import read_curated
    from kg.sources.passages import Where
    from kg.sources.passages import verify as run

    with refusing():
        passages = run(paper, read_curated())
    found = sum(passage.where is Where.FOUND for passage in passages)
    lost = sum(passage.where is Where.LOST for passage in passages)
    wrong = [passage for passage in passages if not passage.is_right]
    if wrong and not found and all(one.where is Where.MISSING for one in wrong):
        typer.secho(f"{paper} holds none of the passages: not this text.", err=True, fg="red")
        raise typer.Exit(1)
    for passage in wrong:
        typer.secho(str(passage), err=True, fg=typer.colors.RED)
    typer.echo(
        f"{found} of {len(passages) - lost} passages are where the graph says; "
        f"{lost} more are lost, as it says."
    )
    if wrong:
        raise typer.Exit(1)
