"""Answers that are kept in memory: bodies by entity tag, heads by request.

An answer of a release never changes, so nothing is ever invalid; what was not asked for longest
goes first.
"""

from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from service.metrics import Counts

# Heads of answers: about 1.5 kB each.
_MOST_HEADS: Final = 4096
# What a body takes beside its bytes, so that many small ones are bounded too.
_BYTES_BESIDE: Final = 256

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Head:
    """How one request was answered: by the body with this tag, under these headers."""

    tag: bytes
    headers: Headers
    not_modified: Headers


class Cache:
    """So many bytes of bodies, and the heads that refer to them."""

    def __init__(self, max_bytes: int, max_body_bytes: int, counts: Counts | None = None) -> None:
        # They go on where another cache takes the place of this one.
        self.counts = counts or Counts()
        self.is_on = max_bytes > 0
        self._most = min(max_body_bytes, max_bytes - _BYTES_BESIDE)
        self._bodies: LRUCache[bytes, bytes] = LRUCache(max_bytes, getsizeof=_size)
        self._heads: LRUCache[bytes, Head] = LRUCache(_MOST_HEADS)

    def head(self, request: bytes) -> Head | None:
        """How this request was answered last."""
        return self._heads.get(request)

    def body(self, tag: bytes) -> bytes | None:
        """The body with this tag."""
        return self._bodies.get(tag)

    def keep_body(self, tag: bytes, body: bytes) -> bool:
        """Keep a body, if it is not too large; whether it is kept."""
        is_kept = len(body) <= self._most
        if is_kept:
            self._bodies[tag] = body
        return is_kept

    def keep_head(self, request: bytes, head: Head) -> None:
        """Keep how a request was answered."""
        self._heads[request] = head

    @property
    def size_bytes(self) -> int:
        """What the bodies take."""
        return int(self._bodies.currsize)

    @property
    def count(self) -> int:
        """How many bodies are kept."""
        return len(self._bodies)


def _size(body: bytes) -> int:
    return len(body) + _BYTES_BESIDE
