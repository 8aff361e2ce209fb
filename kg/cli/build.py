"""The commands `glocal build`, `glocal check` and `glocal verify`."""

from pathlib import Path
from typing import Annotated

import typer

from kg.cli.application import StageProgress, app, content_of, reporting_errors, say, tell
from kg.cli.options import ContentOption, ExpectOption
from kg.errors import ValidationFailed
from kg.store.release_checks import hash_of_checksums


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

    Prints the folder and, on standard error, the hash for glocal serve --expect: the SHA-256 of the
    file SHA256SUMS, which covers every file of this build. The files of the store differ from build
    to build, and so does this hash; the content hash in release.json does not.

    Example: glocal build --out my-release
    """
    from kg.release.build import build as build_release

    tell = StageProgress()
    with reporting_errors():
        folder = build_release(out, content=content_of(content), tell=tell)
    tell("done")
    say(folder)
    pin = f"To serve this build and no other: glocal serve --expect {hash_of_checksums(folder)}"
    typer.secho(pin, err=True, dim=True)


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
    release: Annotated[
        Path | None,
        typer.Option(
            help="Check this release instead: every file against SHA256SUMS, and the quads of dump "
            "and store against the content hash."
        ),
    ] = None,
    expect: ExpectOption = None,
) -> None:
    """Check the ontology and the curated files and report all errors; exit code 1 if there are any.

    Each finding gives the file, the line, what is wrong and what was expected.

    With --dl, if there are no other findings, HermiT searches for inconsistencies and for classes
    that can have no members. Each is reported with a minimal set of axioms and facts that clash; to
    fix it, remove or change one of them. If HermiT finds none, the command lists what HermiT
    derives but the rules do not; these are notes, not findings. Ctrl-C stops it at any time.

    Examples: glocal check --dl --dl-seconds 60; glocal check --release releases/newest
    """
    if release is not None or expect is not None:
        _check_release(release, expect or "")
        return
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
    say("\n".join(["No findings.", *notes]))


def _check_release(folder: Path | None, expected: str) -> None:
    from kg.store.release_folder import read_manifest, verify_release

    with reporting_errors():
        release = verify_release(folder, expected, with_quads=True)
        say(f"{release}: every file is as it was built.")
        say(f"content hash: {read_manifest(release)['hash']}")
        say(f"SHA-256 of SHA256SUMS: {hash_of_checksums(release)}")


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
    """Check that the source text has each passage and page at the place that the files give.

    Lists the passages and pages that are elsewhere or missing; exit code 1 if there are any.

    Example: glocal verify text.txt
    """
    from kg.sources.files import read_text
    from kg.sources.folders import read_curated
    from kg.sources.pages import find_wrong_pages, read_pages
    from kg.sources.passages import PassageStatus, verify_passages

    with reporting_errors():
        chosen = content_of(content)
        passages = verify_passages(text, read_curated(chosen))
        pages = read_pages(chosen.curated)
        wrong_pages = [*find_wrong_pages(read_text(text), pages)] if pages else []
    found_count = sum(passage.status is PassageStatus.FOUND for passage in passages)
    lost_count = sum(passage.status is PassageStatus.LOST for passage in passages)
    wrong = [passage for passage in passages if not passage.is_consistent]
    has_none = all(passage.status is PassageStatus.MISSING for passage in wrong) and not found_count
    if wrong and has_none:
        message = f"{text} has none of the passages; expected the text that they are from."
        tell(message, "red")
        raise typer.Exit(1)
    for failure in [*map(str, wrong), *wrong_pages]:
        tell(failure, "red")
    say(
        f"{found_count} of {len(passages) - lost_count} passages are where the graph says; "
        f"{lost_count} more are recorded as lost."
    )
    if pages and not wrong_pages:
        say(f"All {len(pages)} pages of the print begin where the table of pages says.")
    if wrong or wrong_pages:
        raise typer.Exit(1)
