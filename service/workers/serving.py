"""`glocal serve --workers N`: from the command line to the end of the service."""

import asyncio
import signal
import socket
from collections.abc import Callable

from kg.places import ONTOLOGY_FILES, newest_context
from service.errors import CannotListen
from service.settings import Settings
from service.workers.supervisor import Supervisor


def supervise(settings: Settings, tell: Callable[[], None]) -> None:
    """Serve by several HTTP processes, until a signal ends it.

    Raises:
        CannotListen: the port is taken, or there is no such address here.
        KgError: see `Supervisor.run`.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise CannotListen(settings.host, settings.port, error.strerror or str(error)) from error

    async def work() -> signal.Signals:
        context_path = newest_context(ONTOLOGY_FILES)
        return await Supervisor(settings, listening, context_path).run(tell)

    with listening:
        ended_by = asyncio.run(work())
    if ended_by is signal.SIGTERM:
        signal.raise_signal(ended_by)
