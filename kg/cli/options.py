"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from kg.errors import MalformedParameter

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
MaxTriplesOption = Annotated[
    int, typer.Option(help="Stop if more triples than this would be derived.", min=1)
]
MaxSecondsOption = Annotated[
    float, typer.Option(help="Stop deriving after this many seconds.", min=0)
]
ImportOption = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="IRI=FILE",
        help="File of an imported ontology; repeatable. Nothing is loaded from the network.",
    ),
]


def read_imports(texts: list[str] | None) -> dict[str, Path]:
    """Return the files of `--import` by IRI; raise MalformedParameter for another form."""
    files = dict[str, Path]()
    for text in texts or []:
        iri, equals, path = text.rpartition("=")
        if not (equals and iri and path):
            raise MalformedParameter("--import", f"expected IRI=FILE, got '{text}'")
        files[iri] = Path(path)
    return files
