"""How much a query may take."""

from dataclasses import dataclass
from typing import Final

HELD_BACK_BYTES: Final = 2**20


@dataclass(frozen=True)
class Limits:
    """What one query may take: seconds of its own work, bytes of memory, rows and bytes of result.

    Triples count as rows. The memory is what a query process may add to its address space.
    """

    seconds: float = 10
    memory_bytes: int = 2**30
    rows: int = 1_000_000
    result_bytes: int = 2**28
