"""What all commands share: the application, how they refuse, how they tell of progress."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from kg.errors import KgError, MalformedParameter
from kg.sources.files import text_of

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


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"glocal {version('glocal-kg')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say it and exit."),
    ] = False,
) -> None:
    """A knowledge graph with evidence for every statement: build it, check it, ask it."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what is refused into one message on standard error and exit code 1."""
    try:
        yield
    except (KgError, OSError) as error:
        typer.secho(str(error), err=True, fg=typer.colors.RED)
        raise typer.Exit(1) from error


def text_argument(name: str, argument: str) -> str:
    """The text that an argument is, or that the file or, by `-`, standard input holds.

    Raises:
        MalformedParameter: neither a text with a bracket or a blank, nor a file.
        MalformedInput: the file cannot be read.
    """
    if argument == "-":
        return sys.stdin.read()
    if any(sign in argument for sign in "{ \n"):
        return argument
    path = Path(argument)
    if not path.is_file():
        raise MalformedParameter(name, f"neither SPARQL, nor a file or query: {argument[:80]}")
    return text_of(path)


class Stages:
    """Says each stage on standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, stage: str) -> None:
        """Announce this stage."""
        typer.secho(f"{time.monotonic() - self._start:6.2f} s  {stage}", err=True, dim=True)
