"""The commands of `glocal` that need no HTTP."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import KgError, MalformedParameter, MalformedQuery, NotValid

app = typer.Typer(
    name="glocal",
    help="A knowledge graph with evidence for every statement: build it, check it, ask it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Release = Annotated[
    Path | None, typer.Option(help="Folder of a release; by default the newest one.")
]


class ResultFormat(StrEnum):
    """How `glocal query` prints what it found."""

    csv = "csv"
    json = "json"
    tsv = "tsv"
    xml = "xml"
    turtle = "turtle"
    ntriples = "ntriples"


@contextmanager
def refusing() -> Iterator[None]:
    """Turn an error of the project into one message on standard error and exit code 1."""
    try:
        yield
    except KgError as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


class Stages:
    """Says each stage on standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, stage: str) -> None:
        """Announce this stage."""
        typer.secho(f"{time.monotonic() - self._start:6.2f} s  {stage}", err=True, dim=True)


@app.command()
def build(
    out: Annotated[
        Path | None, typer.Option(help="The release's folder; by default releases/<hash>.")
    ] = None,
) -> None:
    """Make a release: read, validate, derive, write.

    The same files give the same bytes. Interrupted at any moment, the last release stays whole.
    Example: glocal build --out /tmp/release
    """
    from kg.build import build as make

    tell = Stages()
    with refusing():
        folder = make(out, tell=tell)
    tell("done")
    typer.echo(folder)


@app.command()
def check(
    dl: Annotated[
        bool, typer.Option("--dl", help="Also ask the description-logic reasoner (some seconds).")
    ] = False,
) -> None:
    """Report everything that is wrong with the curated files; exits 1 if anything is.

    Each finding names file, line, what is wrong and what would be right.
    """
    from kg.check import check as run
    from kg.check import check_description_logic

    with refusing():
        findings = run()
        if dl and not findings:
            findings = check_description_logic()
        if findings:
            raise NotValid(findings)
    typer.echo("No findings.")


@app.command()
def verify(
    paper: Annotated[Path, typer.Argument(help="The paper's text, UTF-8.", exists=True)],
) -> None:
    """Show that the passages are in this text where the graph says.

    Example: glocal verify paper.txt
    """
    from kg.passages import Where
    from kg.passages import verify as run
    from kg.read import read_curated

    with refusing():
        passages = run(paper, read_curated())
    for passage in passages:
        if not passage.is_right:
            typer.secho(str(passage), err=True, fg=typer.colors.RED)
    found = sum(passage.where is Where.FOUND for passage in passages)
    lost = sum(passage.where is Where.LOST for passage in passages)
    typer.echo(
        f"{found} of {len(passages) - lost} passages are where the graph says; "
        f"{lost} more are lost, as it says."
    )
    if found + lost < len(passages):
        raise typer.Exit(1)


@app.command()
def query(
    text: Annotated[str, typer.Argument(help="SPARQL, a file that holds it, or - for stdin.")],
    release: Release = None,
    result_format: Annotated[
        ResultFormat | None,
        typer.Option("--format", help="By default csv for rows and ASK, turtle for graphs."),
    ] = None,
    asserted_only: Annotated[
        bool, typer.Option("--asserted-only", help="Leave out what is derived.")
    ] = False,
) -> None:
    """Ask a release by SPARQL.

    Example: glocal query 'SELECT ?city WHERE { ?city glocal:memberOf id:C40 }'
    (the project's prefixes are declared for you).
    """
    from kg.release import find
    from kg.store import Store, serialize_results

    with refusing():
        store = Store.open(find(release))
        entailment = "none" if asserted_only else "all"
        asked = _text_of(text)
        declared = prologue(asked)
        try:
            results = store.query(declared + asked, entailment=entailment)
        except MalformedQuery as error:
            line = error.line and error.line - declared.count("\n")
            raise MalformedQuery(error.reason, line, error.column) from error
        body = serialize_results(results, result_format.value if result_format else None)
    sys.stdout.buffer.write(body)


@app.command()
def describe(
    name: Annotated[str, typer.Argument(help="A CURIE such as id:London, or a full IRI.")],
    release: Release = None,
) -> None:
    """Everything that holds of one thing, as Turtle.

    Example: glocal describe id:London
    """
    from pyoxigraph import RdfFormat, serialize

    from kg.errors import UnknownName
    from kg.namespaces import PREFIXES, expand
    from kg.release import find
    from kg.store import Store

    with refusing():
        triples = Store.open(find(release)).describe(expand(name))
        if not triples:
            raise UnknownName(name, kind="thing")
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=dict(PREFIXES))
    sys.stdout.buffer.write(body or b"")


def prologue(text: str) -> str:
    """Lines that declare those of the project's prefixes that the query does not declare."""
    from kg.namespaces import PREFIXES

    lowered = text.lower()
    return "".join(
        f"PREFIX {prefix}: <{iri}>\n"
        for prefix, iri in PREFIXES.items()
        if f"prefix {prefix}:" not in lowered
    )


def _text_of(argument: str) -> str:
    if argument == "-":
        return sys.stdin.read()
    if "{" in argument:
        return argument
    path = Path(argument)
    if not path.is_file():
        raise MalformedParameter("text", f"neither SPARQL nor a file: {argument}")
    return path.read_text(encoding="utf-8")
