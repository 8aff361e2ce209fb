"""An HTTP process: `python -m service.run.workers.worker CHANNEL LISTENING OPTIONS`.

CHANNEL and LISTENING are the file descriptors of the socket to the supervisor and of the listening
socket; OPTIONS is an encoded `WorkerOptions`.
"""

import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import BinaryIO

from service.http.observation import RequestLog, configure_logging, is_json
from service.run.app import create_app
from service.run.server import run_server
from service.run.workers.channel import WorkerOptions
from service.run.workers.supervised import SupervisorClient


def main(arguments: list[str]) -> None:
    """Answer requests until the supervisor ends this process, or has gone."""
    channel, listening = (socket.socket(fileno=int(descriptor)) for descriptor in arguments[1:3])
    options = WorkerOptions.decode(arguments[3])
    settings = options.settings
    configure_logging(settings.log_format)
    log = RequestLog(
        LockedOutput(sys.stdout.buffer, options.folder / "log.lock"),
        is_json=is_json(settings.log_format),
        says_query=settings.log_queries,
    )
    service = create_app(
        settings,
        request_log=log if settings.log_requests else None,
        supervised=SupervisorClient(options, channel),
    )
    run_server(service, settings, listening)


class LockedOutput:
    """Standard output with a lock, so that several processes do not mix their log lines."""

    def __init__(self, sink: BinaryIO, lock: Path) -> None:
        self._sink = sink
        # Opened by each process itself: processes that inherit the descriptor share the lock.
        self._lock = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, piece: bytes) -> int:
        """Write a piece while no other process writes."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            written = self._sink.write(piece)
            self._sink.flush()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
        return written

    def flush(self) -> None:
        """Do nothing: `write` has flushed already."""


if __name__ == "__main__":
    main(sys.argv)
