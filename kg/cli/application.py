"""Shared by all commands: the application, errors, arguments, the release, and output."""

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from kg.content import Content, own_content, read_content
from kg.controls import show_controls
from kg.errors import KgError, LimitExceeded, MalformedParameter, OtherBaseIri
from kg.sources.files import read_text
from kg.store.quad_store import Store
from kg.store.release_folder import find_release

# Of sysexits.h: 1 is an answer of `entails` and `check`.
_CRASHED: Final = 70
_CANNOT_WRITE: Final = 74


class _Application(typer.Typer):
    """The commands. Neither a crash nor output that cannot be written has the code of an answer."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Run the command that the arguments name, and exit."""
        try:
            try:
                return super().__call__(*arguments, **options)
            finally:
                typer.echo(nl=False)
        except OSError as error:
            tell(f"The output could not be written: {error}", "red")
            raise _end(_CANNOT_WRITE) from error
        except Exception as error:
            traceback.print_exc()
            tell(f"This is a fault of glocal, not of your input: {error!r}", "red")
            raise _end(_CRASHED) from error


def _end(code: int) -> SystemExit:
    """Return the end of this process; what is left to write would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return SystemExit(code)


def say(text: object, *, nl: bool = True) -> None:
    """Print a text on standard output, its control characters as symbols."""
    typer.echo(show_controls(str(text)), nl=nl)


def tell(text: object, color: str | None = None) -> None:
    """Print a text on standard error, its control characters as symbols."""
    typer.secho(show_controls(str(text)), err=True, fg=color)


app = _Application(
    name="glocal",
    help="A knowledge graph with evidence for every statement: build it, check it, query it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(is_requested: bool) -> None:
    if is_requested:
        typer.echo(f"glocal {version('glocal-kg')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """A knowledge graph with evidence for every statement: build it, check it, query it."""
    # In place of a closed standard stream, a file or socket opened later would get what is printed.
    while (stream := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(stream, True)
    os.close(stream)


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn errors of the project and of the system into a message on stderr and exit code 1.

    A limit that is exceeded has exit code 2.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # the reader has enough, as `head` has; typer ends the command without a word
    except (KgError, OSError) as error:
        if isinstance(error, OtherBaseIri):
            _restart_in(error)
        tell(error, "red")
        raise typer.Exit(2 if isinstance(error, LimitExceeded) else 1) from error


def _restart_in(error: OtherBaseIri) -> None:
    """Start this command again with the names that it needs, unless that has been tried."""
    if any(os.environ.get(name) != value for name, value in error.environment.items()):
        sys.stdout.flush()
        arguments = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, arguments, {**os.environ, **error.environment})  # noqa: S606


def content_of(folder: Path | None) -> Content:
    """Return the content of a folder, by default the project's; raise OtherBaseIri as needed."""
    content = own_content() if folder is None else read_content(folder)
    content.require_own_names(content.root)
    return content


def text_argument(name: str, argument: str) -> str:
    """Return standard input for `-`, a text with a brace or white space, or a file's content.

    Raises MalformedParameter if the argument is neither such a text nor an existing file.
    """
    if argument == "-":
        return sys.stdin.read()
    if any(character in argument for character in "{ \n"):
        return argument
    path = Path(argument)
    if not path.is_file():
        raise MalformedParameter(name, f"expected SPARQL or an existing file, got: {argument[:80]}")
    return read_text(path)


def open_store(release: Path | None) -> Store:
    """Open the store of a release, by default of the newest one."""
    return Store.open(find_release(release))


def print_bytes(body: bytes) -> None:
    """Print encoded text, with a line break at its end; a terminal gets no control characters."""
    body = body if body.endswith(b"\n") else body + b"\n"
    sys.stdout.buffer.write(show_controls(body.decode()).encode() if sys.stdout.isatty() else body)


class StageProgress:
    """Prints each stage on standard error, with the seconds since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def __call__(self, stage: str) -> None:
        """Print the name of the stage that begins."""
        typer.secho(f"{time.monotonic() - self._start:6.2f} s  {stage}", err=True, dim=True)
