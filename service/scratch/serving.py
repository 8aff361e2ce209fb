"""`glocal serve --scratch`: from the command line to the end of the service."""

import logging
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvicorn

from service.errors import MalformedSettings
from service.http.observation import RequestLog, configure, is_json
from service.listening import address_of, listening_socket, server_config
from service.scratch.app import create_scratch_app
from service.scratch.files import snapshot_of_files
from service.scratch.tokens import Token
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")


def serve_scratch(
    settings: Settings, files: Sequence[Path], token_file: Path | None, *, is_writable: bool
) -> None:
    """Serve these files until Ctrl-C or SIGTERM, or until what was written is lost.

    Raises:
        MalformedSettings: a release, several HTTP processes, no token for a store that can be
            written to, or no use for it.
        MalformedFile, MalformedInput: a file that cannot be read.
        CannotListen: see `listening_socket`.
        SystemExit: with 1, if what was written is lost.
    """
    configure(settings.log_format)
    token = _token(settings, token_file, is_writable=is_writable)
    log = RequestLog(
        sys.stdout.buffer, is_json=is_json(settings.log_format), says_query=settings.log_queries
    )
    loss = _Loss()
    contexts = settings.context_folder
    with snapshot_of_files(files, is_writable=is_writable, contexts=contexts) as snapshot:
        app = create_scratch_app(
            settings,
            snapshot,
            token=token,
            when_lost=loss.end,
            request_log=log if settings.log_requests else None,
        )
        listening = listening_socket(settings)
        what = "in memory, gone at the end; Ctrl-C ends it"
        sys.stderr.write(f"{address_of(settings)}  ({what})\n")
        loss.server = uvicorn.Server(server_config(app, settings))
        # It has ended by then; uvicorn passes on what it was told to end by.
        with suppress(KeyboardInterrupt):
            loss.server.run([listening])
    if loss.is_there or not loss.server.started:
        raise SystemExit(1)


class _Loss:
    """What was written is lost, and the service ends by it rather than go on without."""

    def __init__(self) -> None:
        self.is_there = False
        self.server: uvicorn.Server | None = None

    def end(self) -> None:
        """Let the server answer what it can, and end."""
        _log.error("The process that held the store has ended, and what was written is lost.")
        self.is_there = True
        if self.server is not None:
            self.server.should_exit = True


def _token(settings: Settings, token_file: Path | None, *, is_writable: bool) -> Token | None:
    mistakes = []
    if settings.release is not None:
        mistakes.append("--scratch serves no release; right would be one or the other")
    if settings.workers > 1:
        mistakes.append("--scratch is served by one HTTP process; right would be --workers 1")
    if is_writable and token_file is None:
        mistakes.append("--writable needs --token-file, a file with the token of those who may")
    if token_file is not None and not is_writable:
        mistakes.append("--token-file is of use with --writable alone")
    if mistakes:
        raise MalformedSettings(mistakes)
    return Token.read(token_file) if token_file is not None else None
