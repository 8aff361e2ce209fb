"""The commands `glocal build`, `glocal check` and `glocal verify`."""

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import StageProgress, app, content_of, reporting_errors
from kg.cli.options import ContentOption
from kg.errors import ValidationFailed


@app.command()
def build(
    out: Annotated[
        Path | None,
        typer.Option(
            help="Output folder: a new or empty one, or one with a release, which is replaced. By "
            "default releases/<hash>."
        ),
    ] = None,
    content: ContentOption = None,
) -> None:
    """Build a release from the curated files: read, validate, derive, write.

    The same files always give the same bytes. If the build fails or is interrupted, the last
    release is left intact.

    Example: glocal build --out my-release
    """
    from kg.release.build import build as build_release

    tell = StageProgress()
    with reporting_errors():
        folder = build_release(out, content=content_of(content), tell=tell)
    tell("done")
    typer.echo(folder)


@app.command()
def check(
    dl: Annotated[
        bool,
        typer.Option(
            "--dl", help="Also check with the description-logic reasoner HermiT (about 20 seconds)."
        ),
    ] = False,
    dl_seconds: Annotated[
        float,
        typer.Option(
            min=0,
            help="Time limit for HermiT's check, in seconds; the same again for explanations or "
            "for the comparison with the rules.",
        ),
    ] = 300,
    dl_megabytes: Annotated[
        int, typer.Option(min=16, help="Memory limit for HermiT, in megabytes.")
    ] = 2000,
    content: ContentOption = None,
) -> None:
    """Check the ontology and the curated files and report all errors; exit code 1 if there are any.

    Each finding gives the file, the line, what is wrong and what was expected.

    With --dl, if there are no other findings, HermiT searches for inconsistencies and for classes
    that can have no members. Each is reported with a minimal set of axioms and facts that clash; to
    fix it, remove or change one of them. If HermiT finds none, the command lists what HermiT
    derives but the rules do not; these are notes, not findings. Ctrl-C stops it at any time.

    Example: glocal check --dl --dl-seconds 60
    """
    from kg.release.check import check as run_check
    from kg.release.check_description_logic import check_description_logic

    notes: list[str] = []
    with reporting_errors():
        chosen = content_of(content)
        findings = run_check(chosen)
        if dl and not findings:
            report = check_description_logic(
                chosen,
                timeout_seconds=dl_seconds,
                memory_megabytes=dl_megabytes,
                tell=StageProgress(),
            )
            findings, notes = report.findings, report.notes
        if findings:
            raise ValidationFailed(findings)
    typer.echo("\n".join(["No findings.", *notes]))


@app.command()
def verify(
    text: Annotated[
        Path,
        typer.Argument(
            metavar="TEXT",
            help="The text that the passages are from, in UTF-8.",
            exists=True,
            dir_okay=False,
        ),
    ],
    content: ContentOption = None,
) -> None:
    """Check that the source text has each passage at the place that the graph gives.

    Lists the passages that are elsewhere or missing; exit code 1 if there are any.

    Example: glocal verify text.txt
    """
    from kg.sources.folders import read_curated
    from kg.sources.passages import PassageStatus, verify_passages

    with reporting_errors():
        passages = verify_passages(text, read_curated(content_of(content)))
    found_count = sum(passage.status is PassageStatus.FOUND for passage in passages)
    lost_count = sum(passage.status is PassageStatus.LOST for passage in passages)
    wrong = [passage for passage in passages if not passage.is_consistent]
    has_none = all(passage.status is PassageStatus.MISSING for passage in wrong) and not found_count
    if wrong and has_none:
        message = f"{text} has none of the passages; expected the text that they are from."
        typer.secho(message, err=True, fg=typer.colors.RED)
        raise typer.Exit(1)
    for passage in wrong:
        typer.secho(str(passage), err=True, fg=typer.colors.RED)
    typer.echo(
        f"{found_count} of {len(passages) - lost_count} passages are where the graph says; "
        f"{lost_count} more are recorded as lost."
    )
    if wrong:
        raise typer.Exit(1)
