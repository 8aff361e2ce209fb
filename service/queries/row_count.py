"""Count the rows of a result beyond a page, as long as this costs little.

The engine cannot be interrupted while it looks for a row, which may take until the time limit. So a
thread watches the count.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

# Processor time, in which some ten thousand rows are counted.
_SECONDS: Final = 0.025
_STACK_BYTES: Final = 2**18


def count_rows(rows: Iterable[object], when_stuck: Callable[[], None]) -> int | None:
    """Return the number of these rows, or None if counting them takes longer than it may.

    If a single row takes too long, `when_stuck` is called in another thread, and must end this
    process.
    """
    start, is_over, decided = time.process_time(), threading.Event(), threading.Lock()

    def watch() -> None:
        while not is_over.wait(_SECONDS):
            is_stuck = time.process_time() - start > 2 * _SECONDS
            if is_stuck and decided.acquire(blocking=False):
                when_stuck()

    previous = threading.stack_size(_STACK_BYTES)
    threading.Thread(target=watch, daemon=True).start()
    threading.stack_size(previous)
    count: int | None = 0
    for count, _ in enumerate(rows, 1):
        if time.process_time() - start > _SECONDS:
            count = None
            break
    # The other thread has the lock only if it ends this process.
    decided.acquire()
    is_over.set()
    return count
