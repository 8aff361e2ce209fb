"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ReleaseOption = Annotated[
    Path | None, typer.Option(help="Folder of the release; by default the newest one.")
]
ExpectOption = Annotated[
    str | None,
    typer.Option(
        metavar="HASH",
        help="Accept only the release whose file SHA256SUMS has this SHA-256; glocal build prints "
        "it.",
    ),
]
ViewOption = Annotated[
    str | None,
    typer.Option(
        help="Whose judgement counts: facts (nobody's), paper (also the theses of the paper; the "
        "default), or readings (also those of the curators).",
        show_default=False,
    ),
]
WorldOption = Annotated[
    str | None,
    typer.Option(
        help="What to suppose beyond the view: the claims of one holder, by any name, such as "
        "TangWei, or hypotheses, or plans.",
        show_default=False,
    ),
]
ContentOption = Annotated[
    Path | None,
    typer.Option(
        "--content",
        help="Folder with a content.toml, which says where ontology, curated files and queries "
        "are; by default the project's own.",
    ),
]
