"""Compaction: a process that holds far more memory than its quads need is replaced by a fresh one.

The engine keeps the memory of removed quads (300,000 inserted and deleted quads leave 130 MB, and
slow scans), and a copy within the process would add to it. So the process writes its quads to a
file without a name, and runs the program of a parent again, which loads them. It keeps its process
id, its control socket and its limits: the HTTP process only waits longer for it to be ready, and
meanwhile queries go on over the store before the change.
"""

import os
import socket
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from kg.store.writable_store import WritableStore
from service.queries.restrictions import resident_bytes
from service.queries.snapshot import ParentOptions, parent_command

# In pyoxigraph 0.5.13 a quad takes 340 to 680 bytes; up to twice of this is allowed.
_BYTES_PER_QUAD: Final = 512
_MAX_GROWTH_BYTES: Final = 3 * 2**24
# Counting quads may take up to a tenth of the processor time of all changes.
_SECONDS_PER_COUNTING_SECOND: Final = 10
_STANDARD_INPUT: Final = 0


class Compaction:
    """Decides when this process, or one that is forked from it, is to be replaced by a fresh one.

    That is when it takes more than twice the memory that its quads need. `base_bytes` is the memory
    of this process before it loaded them. What they needed then tells what fewer quads need; more
    quads need as much as most quads do.
    """

    def __init__(self, base_bytes: int, store: WritableStore) -> None:
        self._base_bytes = base_bytes
        self._loaded_bytes = max(resident_bytes() - base_bytes, 0)
        self._loaded_quads = self._count_quads(store)
        # Enough for one count: of a store that took long to load, the first changes need no more.
        enough = _SECONDS_PER_COUNTING_SECOND * self._counting_seconds
        self._seconds = min(time.process_time(), enough)

    def is_due(self, store: WritableStore) -> bool:
        """Return whether this process is to be replaced, after it has changed the store.

        If counting the quads would take too long, that is left to a later change.
        """
        self._seconds += time.process_time()
        resident, counting = resident_bytes(), _SECONDS_PER_COUNTING_SECOND * self._counting_seconds
        if resident <= self.allowed_bytes(0) or self._seconds < counting:
            return False
        self._seconds -= counting
        return resident > self.allowed_bytes(self._count_quads(store))

    def allowed_bytes(self, quads: int) -> int:
        """Return how much memory a process with this many quads may take."""
        needed = self._loaded_bytes + (quads - self._loaded_quads) * _BYTES_PER_QUAD
        if quads < self._loaded_quads:
            needed = self._loaded_bytes * quads // self._loaded_quads
        return self._base_bytes + 2 * needed + _MAX_GROWTH_BYTES

    def _count_quads(self, store: WritableStore) -> int:
        start = time.process_time()
        count = store.count_quads()
        self._counting_seconds = time.process_time() - start
        return count


def continue_in_fresh_process(
    store: WritableStore, options: ParentOptions, control: socket.socket
) -> None:
    """Replace this process by a parent with the same options that loads the quads of the store.

    Returns only if that is impossible, because there is no room for the file, for example; then
    this process can go on as it is.
    """
    try:
        with tempfile.TemporaryFile() as file:
            store.save(file)
            file.flush()
            os.dup2(file.fileno(), _STANDARD_INPUT)
        control.set_inheritable(True)
        snapshot = replace(options.snapshot, path=Path("/dev/stdin"))
        command = parent_command(control, replace(options, snapshot=snapshot))
        os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        release_standard_input()
        sys.stderr.write(f"The memory of removed quads cannot be reclaimed: {error}\n")


def release_standard_input() -> None:
    """Close the file that `continue_in_fresh_process` has put in the place of standard input."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STANDARD_INPUT)
    os.close(nothing)
