"""The commands `glocal quality draw` and `glocal quality report`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from kg.cli.application import app, open_store, reporting_errors, say
from kg.cli.options import ReleaseOption

quality: Final = typer.Typer(help="Draw samples of a release to be judged, and report on them.")
app.add_typer(quality, name="quality", no_args_is_help=True)


@quality.command()
def draw(
    out: Annotated[Path, typer.Argument(help="A new folder for the sheets, such as round-1.")],
    seed: Annotated[int, typer.Option(help="Number that decides what is drawn.")],
    readers: Annotated[
        str, typer.Option(help="Names of the readers, separated by commas; each gets a copy.")
    ] = "a,b",
    release: ReleaseOption = None,
) -> None:
    """Draw the samples of a round, as CSV sheets that readers fill in.

    There are 200 evidence graphs (faithful: yes or no; status), 150 derived statements, all
    background, 60 definitions and descriptions. For the 20 passages, each reader lists the
    assertions before looking at the graph, in recall-READER.csv with the columns passage,
    assertion, held (yes or no) and comment. Nobody may see evidence-key.csv before the end.

    Example:
    glocal quality draw round-1 --seed 20261128
    """
    from kg.quality.rounds import write_sheets
    from kg.quality.samples import Sampler

    with reporting_errors():
        samples = Sampler(open_store(release), seed).draw()
        write_sheets(out, samples, [name.strip() for name in readers.split(",")])
        for sample in samples:
            say(f"{sample.name}: {len(sample.rows)}")


@quality.command()
def report(
    folder: Annotated[Path, typer.Argument(help="The folder with the folders round-1, round-2 …")],
) -> None:
    """Print the tables of all rounds in Markdown, with intervals and agreement.

    Example:
    glocal quality report kg/curated/quality
    """
    from kg.quality.report import format_report
    from kg.quality.rounds import read_rounds

    with reporting_errors():
        say(format_report(read_rounds(folder)), nl=False)
