"""Commands of `glocal` that run one after another in a process with little memory."""

import multiprocessing
import re
import resource
import traceback
from collections.abc import Collection, Sequence
from multiprocessing.connection import Connection
from typing import Final, NamedTuple, Self

from benchmarks.attacks.victim import AttackFailed

MOST_BYTES: Final = 2**31
_LIMIT_SECONDS: Final = 60
_TRACEBACK: Final = re.compile(r"Traceback \(most recent call last\)|^thread '.*' panicked", re.M)


class Outcome(NamedTuple):
    """The exit code of a command, negative for a signal or None if it did not end; its output."""

    code: int | None
    output: str

    def fault(self, codes: Collection[int]) -> str:
        """Return what is wrong, given the codes that are documented; empty if nothing is."""
        if self.code is None:
            return f"no end within {_LIMIT_SECONDS} s"
        if trace := _TRACEBACK.search(self.output):
            return f"a traceback: {self.output[trace.start() :].strip()[-300:]}"
        if self.code not in codes:
            return f"exit code {self.code}: {self.output[-200:]}"
        return "" if self.code == 0 or self.output.strip() else f"exit code {self.code}, no word"


class Commands:
    """Runs commands in one process, or in the next if one ends it."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def run(self, arguments: Sequence[str]) -> Outcome:
        """Run a command with these arguments."""
        if self._process is None or self._pipe is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_run_all, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            if not self._pipe.poll(_LIMIT_SECONDS) or self._pipe.recv() != "ready":
                raise AttackFailed("a process for commands did not start")
        try:
            self._pipe.send(arguments)
            if self._pipe.poll(_LIMIT_SECONDS):
                return Outcome(*self._pipe.recv())
        except (EOFError, ConnectionError):
            self._process.join(_LIMIT_SECONDS)
            code = self._process.exitcode
            self.end()
            return Outcome(code or -1, "the process ended")
        self.end()
        return Outcome(None, "")

    def end(self) -> None:
        """End the process, if it runs."""
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = self._pipe = None


def _run_all(pipe: Connection) -> None:
    from typer.testing import CliRunner

    from service.cli import app

    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runner = CliRunner()
    pipe.send("ready")
    while True:
        result = runner.invoke(app, pipe.recv())
        output, error = result.output, result.exception
        if error is not None and not isinstance(error, SystemExit):
            output += "".join(traceback.format_exception(error))
        pipe.send((result.exit_code, output))
