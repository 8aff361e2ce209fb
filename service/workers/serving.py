"""`glocal serve --workers N`: from the command line to the end of the service."""

import asyncio
import signal
from collections.abc import Callable

from kg.paths import ONTOLOGY_FILES, newest_context
from service.listening import listening_socket
from service.settings import Settings
from service.workers.supervisor import Supervisor


def supervise(settings: Settings, tell: Callable[[], None]) -> None:
    """Serve by several HTTP processes, until a signal ends it.

    Raises:
        CannotListen: see `listening_socket`.
        KgError: see `Supervisor.run`.
    """
    listening = listening_socket(settings)

    async def work() -> signal.Signals:
        context_path = newest_context(ONTOLOGY_FILES)
        return await Supervisor(settings, listening, context_path).run(tell)

    with listening:
        ended_by = asyncio.run(work())
    if ended_by is signal.SIGTERM:
        signal.raise_signal(ended_by)
