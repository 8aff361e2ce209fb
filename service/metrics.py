"""What is counted."""

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Final

from service.errors import (
    QueryOutOfMemory,
    QueryProcessEnded,
    QueryProcessesDown,
    QueryTimedOut,
    ResultTooLarge,
    TooManyQueries,
)
from service.workers.counts import SharedCounts


@dataclass
class Counts:
    """Of requests that a kept answer could answer: how many it did, with a 304 or 200, or not."""

    hits: int = 0
    not_modified: int = 0
    misses: int = 0
    joined: int = 0


# From an answer out of memory to a query at its time limit.
BOUNDS_SECONDS: Final = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
)
_REASONS: Final = {
    QueryTimedOut: "time",
    QueryOutOfMemory: "memory",
    ResultTooLarge: "size",
    QueryProcessEnded: "process-ended",
    QueryProcessesDown: "processes-down",
    TooManyQueries: "too-many",
}
CLIENT_LEFT: Final = "client-gone"
SLOW_CLIENT: Final = "slow-client"
REASONS: Final = (*_REASONS.values(), CLIENT_LEFT, SLOW_CLIENT)

# What becomes of a call of another endpoint; or a query is refused before any.
REFUSED: Final = "refused"
CALL_OUTCOMES: Final = ("answered", "failed", "timed-out", "forbidden-address", REFUSED)


class Metrics:
    """Counts, all of them made in the event loop; counting costs a request a microsecond."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        # Of each kind: how many took so long, between two bounds and past the last.
        self.durations: dict[str, list[int]] = {}
        self.unanswered_queries: Counter[str] = Counter()
        self.cache = Counts()
        self.service_calls: Counter[str] = Counter()
        # Other releases that took the place of the one that was served, and that did not.
        self.switches = 0
        self.refused_releases = 0
        # Of several HTTP processes: what the others count.
        self.shared: SharedCounts | None = None

    def note_request(self, kind: str, status: int, seconds: float, sent_bytes: int) -> None:
        """Count an answered request; a status of 0 says that its client never heard of it."""
        self.requests[kind, str(status)] += 1
        self.sent_bytes[kind] += sent_bytes
        self.seconds[kind] += seconds
        if kind not in self.durations:
            self.durations[kind] = [0] * (len(BOUNDS_SECONDS) + 1)
        self.durations[kind][bisect_left(BOUNDS_SECONDS, seconds)] += 1

    def note_failure(self, error: Exception) -> None:
        """Count a query that was ended or refused; one with a mistake in it is neither."""
        for kind, reason in _REASONS.items():
            if isinstance(error, kind):
                self.unanswered_queries[reason] += 1
