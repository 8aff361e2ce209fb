"""Fit the number of connections to the number of files that a process may have open.

Each connection takes a file descriptor, and each query process a socket of this process. Without
any left, no query process could be forked, and new clients would wait without an answer.
"""

import logging
import resource
from typing import Final

from service.errors import TooFewFiles
from service.settings import Settings, share_of_process

# For the listening socket, event loop, log, release, and calls of other endpoints; found in tests
# to be less than 40.
_OWN_FILES: Final = 64
# A new query process takes both ends of its socket for a moment.
_FILES_PER_QUERY: Final = 2
_FEWEST_CONNECTIONS: Final = 16
_log: Final = logging.getLogger("glocal.service")


def fit_to_open_files(settings: Settings) -> Settings:
    """Return the settings with as many connections as the limit of open files allows.

    The soft limit is raised as far as is needed and the hard limit allows. Child processes inherit
    it. Raises TooFewFiles if hardly a connection would be left.
    """
    queries = share_of_process(settings, settings.max_running_queries)
    connections = share_of_process(settings, settings.max_connections)
    reserved = _OWN_FILES + _FILES_PER_QUERY * (queries + settings.spare_query_processes)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = reserved + connections
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return settings
    soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    fitting = soft - reserved
    if fitting >= connections:
        return settings
    fewest = min(connections, _FEWEST_CONNECTIONS)
    if fitting < fewest:
        raise TooFewFiles(soft, reserved + fewest)
    text = (
        "At most %d connections instead of %d: a process may have only %d files open (ulimit -Hn)."
    )
    allowed = fitting * settings.workers
    _log.warning(text, allowed, settings.max_connections, soft)
    return settings.model_copy(update={"max_connections": allowed})
