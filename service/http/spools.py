"""Keep the parts of an answer that its reader has not taken yet: in memory, then in a file.

So the query can end, and its place becomes free, however slow the reader is. The files are
temporary and have no name. Their bytes are bounded, for each client and in sum; beyond that, a
query waits for its reader.
"""

import asyncio
import os
import tempfile
from asyncio import Event, Semaphore
from collections import Counter, deque
from typing import IO, Final

from service.queries.clients import shares_of

# How much of an answer waits in memory for its reader, after the first part.
_MAX_BYTES_IN_MEMORY: Final = 2**18
_READ_BYTES: Final = 2**16
_WRITTEN_AT_ONCE: Final = 2


class Spools:
    """The bytes of answers that wait in files, by client, and their bounds.

    A bound of one client holds for an IPv6 /64; see `shares_of`.
    """

    def __init__(self, max_bytes: int, max_bytes_per_client: int) -> None:
        self.bytes, self._max_bytes, self._max_per_client = 0, max_bytes, max_bytes_per_client
        self._by_network: Counter[str] = Counter()
        self._freed = Event()
        # So that many answers at once do not keep the event loop from short ones.
        self.writing = Semaphore(_WRITTEN_AT_ONCE)

    def take(self, client: str, size: int) -> bool:
        """Take this many bytes if the bounds allow it; return whether they do."""
        is_allowed = self.bytes + size <= self._max_bytes and all(
            self._by_network[network] + size <= share * self._max_per_client
            for network, share in shares_of(client)
        )
        if is_allowed:
            self._change(client, size)
        return is_allowed

    def give_back(self, client: str, size: int) -> None:
        """Give back bytes that have been taken."""
        self._change(client, -size)
        self._freed.set()

    async def wait(self) -> None:
        """Wait until some bytes are given back."""
        self._freed.clear()
        await self._freed.wait()

    def _change(self, client: str, size: int) -> None:
        self.bytes += size
        for network, _ in shares_of(client):
            self._by_network[network] += size
            if not self._by_network[network]:
                del self._by_network[network]


class Backlog:
    """The parts of one answer that its reader has not taken yet: the first in memory, then a file.

    There is one producer, which calls `put` and `end`, and one consumer, which calls `get`.
    """

    def __init__(self, spools: Spools, client: str) -> None:
        self._spools, self._client = spools, client
        self._parts: deque[bytes] = deque()
        self._bytes_in_memory = 0
        self._file: IO[bytes] | None = None
        self._read_to = self._written_to = 0
        self._has_ended = self._is_writing = False
        self._changed = Event()

    async def put(self, part: bytes) -> None:
        """Add a part; wait while there is room for it neither in memory nor in a file."""
        while not self._fits_in_memory(part):
            async with self._spools.writing:
                if self._spools.take(self._client, len(part)):
                    await self._write(part)
                    return
            await self._wait_for_room()
        self._parts.append(part)
        self._bytes_in_memory += len(part)
        self._changed.set()

    def end(self) -> None:
        """Say that no further part comes."""
        self._has_ended = True
        self._changed.set()

    async def get(self) -> bytes:
        """Wait for the next part, and remove it; return no bytes at the end."""
        while True:
            if self._parts:
                part = self._parts.popleft()
                self._bytes_in_memory -= len(part)
                self._changed.set()
                return part
            if self._file is not None and self._read_to < self._written_to:
                return await self._read(self._file)
            if self._has_ended:
                return b""
            self._changed.clear()
            await self._changed.wait()

    def close(self) -> None:
        """Drop what has not been taken."""
        self._spools.give_back(self._client, self._written_to)
        self._read_to = self._written_to = 0
        if self._file is not None:
            # In a thread: to free the blocks of a large file takes long.
            asyncio.get_running_loop().run_in_executor(None, self._file.close)

    def _fits_in_memory(self, part: bytes) -> bool:
        is_file_empty = self._read_to == self._written_to
        fits = self._bytes_in_memory + len(part) <= _MAX_BYTES_IN_MEMORY
        return is_file_empty and (fits or not self._parts)

    async def _wait_for_room(self) -> None:
        self._changed.clear()
        waiting = [
            asyncio.ensure_future(one) for one in (self._changed.wait(), self._spools.wait())
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    async def _write(self, part: bytes) -> None:
        """Write a part to the file; the bytes have been taken."""
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - `close` closes it
        self._is_writing = True
        try:
            await asyncio.to_thread(_write_at, self._file.fileno(), part, self._written_to)
        except BaseException:
            self._spools.give_back(self._client, len(part))
            raise
        finally:
            self._is_writing = False
        self._written_to += len(part)
        self._changed.set()

    async def _read(self, file: IO[bytes]) -> bytes:
        size = min(_READ_BYTES, self._written_to - self._read_to)
        part = await asyncio.to_thread(os.pread, file.fileno(), size, self._read_to)
        self._read_to += len(part)
        if self._read_to == self._written_to and not self._is_writing:
            os.ftruncate(file.fileno(), 0)
            self._spools.give_back(self._client, self._written_to)
            self._read_to = self._written_to = 0
            self._changed.set()
        return part


def _write_at(descriptor: int, part: bytes, offset: int) -> None:
    while part:
        written = os.pwrite(descriptor, part, offset)
        part, offset = part[written:], offset + written
