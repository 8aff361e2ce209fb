"""What one query may take from other endpoints, and what of it is left."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceLimits:
    """How much may be asked: seconds of one call and of all, calls, rows, bytes decompressed."""

    call_seconds: float
    seconds: float
    calls: int
    rows: int
    bytes: int


class Budget:
    """The limits of one query, from its first call on.

    Where something is left, a method takes it; where too little is, it says which limit it is.
    """

    def __init__(self, limits: ServiceLimits) -> None:
        self._limits = limits
        self._ends = time.monotonic() + limits.seconds
        self._calls, self.rows, self.bytes = limits.calls, limits.rows, limits.bytes

    @property
    def seconds(self) -> float:
        """How long the next call may take; 0 if all have taken what they may."""
        return max(0, min(self._limits.call_seconds, self._ends - time.monotonic()))

    def take_call(self) -> str | None:
        """One call; or the limit."""
        self._calls -= 1
        many = f"the query asks more than {self._limits.calls} times (max_service_calls)"
        return many if self._calls < 0 else None

    def take_rows(self, count: int) -> str | None:
        """So many rows; or the limit."""
        many = f"it gives more than {self._limits.rows:,} rows in all (max_service_rows)"
        is_within = count <= self.rows
        self.rows = max(0, self.rows - count)
        return None if is_within else many

    def take_bytes(self, count: int) -> str | None:
        """So many bytes; or the limit."""
        much = f"it gives more than {self._limits.bytes / 2**20:g} MiB (max_service_mebibytes)"
        is_within = count <= self.bytes
        self.bytes = max(0, self.bytes - count)
        return None if is_within else much
