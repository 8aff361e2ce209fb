"""Run part of a build in a second process, beside the first."""

import signal
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Generic, Self, TypeVar

from kg.errors import KgError

# Exists on Linux alone; elsewhere, forking is not safe even with one thread.
_THREADS: Final = Path("/proc/self/task")
_CTRL_C: Final = {signal.SIGINT}
T = TypeVar("T")


class BackgroundCall(Generic[T]):
    """A context in which a forked process calls a function, for a result that can be pickled.

    Where forking is not safe, or the process fails, this process calls it and raises its errors.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._receiver: Connection | None = None

    def __enter__(self) -> Self:
        """Fork the process, unless this one has several threads or is not on Linux."""
        if _THREADS.exists() and len(list(_THREADS.iterdir())) == 1:
            context = get_context("fork")
            self._receiver, sender = context.Pipe(duplex=False)
            ends = self._receiver, sender
            self._process = context.Process(
                target=_send_result, args=(self._function, *ends), daemon=True
            )
            # In the middle of a fork, Python would print the interrupt and go on.
            signal.pthread_sigmask(signal.SIG_BLOCK, _CTRL_C)
            try:
                with sender:
                    self._process.start()
            finally:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        if self._receiver is not None:
            self._process.kill()
            self._process.join()
            self._receiver.close()

    @cached_property
    def result(self) -> T:
        """The result of the function, once it is there."""
        with suppress(EOFError, OSError):
            if self._receiver is not None:
                result: T = self._receiver.recv()
                return result
        return self._function()


def _send_result(function: Callable[[], T], receiver: Connection, sender: Connection) -> None:
    # Otherwise it would wait for itself to receive the result, were the first process killed.
    receiver.close()
    # Ctrl-C reaches all processes; only the first one reports it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _CTRL_C)
    with suppress(KgError, OSError):
        sender.send(function())
