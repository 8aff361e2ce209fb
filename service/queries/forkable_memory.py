"""Prepare the memory of a parent process so that forks of it cost less; Linux with glibc only.

A fork copies the page tables, and a child copies each page that it writes to first. With both
preparations, the start of a query process of the paper's release takes 6 ms of processor time, and
without 9 ms (`benchmarks/forks.py`).
"""

import ctypes
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from service.queries.restrictions import IS_LINUX

_HUGE_PAGE_BYTES: Final = 2**21
_COLLAPSE: Final = 25  # MADV_COLLAPSE, since Linux 6.1
_HOLE_BYTES: Final = (65_536, 16_384, 4096, 1024, 512, 256, 128, 64, 24)
_HOLES_AT_ONCE: Final = 64
# Of processor time: to count what is left takes the longer, the more holes there are.
_MOST_SECONDS: Final = 0.1


class _AllocatorState(ctypes.Structure):
    """The result of mallinfo2(3): free bytes in all, and those at the end of the heap."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]
    fordblks: int
    keepcost: int


def make_forks_cheap() -> None:
    """Fill the holes of the heap, and use huge pages; call this once all data are loaded."""
    libc = ctypes.CDLL(None) if IS_LINUX else None
    # Only glibc has it.
    if libc is not None and hasattr(libc, "mallinfo2"):
        _fill_holes(libc)
        _use_huge_pages(libc)


def _fill_holes(libc: ctypes.CDLL) -> None:
    """Allocate for good what is free between other blocks of the heap.

    Otherwise children would allocate there, and copy a page for nearly every block.
    """
    libc.mallinfo2.restype = _AllocatorState
    libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p

    def free_bytes() -> int:
        state = libc.mallinfo2()
        return int(state.fordblks - state.keepcost)

    end = time.thread_time() + _MOST_SECONDS
    for size in _HOLE_BYTES:
        count, is_filling = _HOLES_AT_ONCE, True
        # Until most blocks of this size come from the end of the heap.
        while is_filling and time.thread_time() < end:
            before = free_bytes()
            for _ in range(count):
                libc.malloc(size)
            is_filling = before - free_bytes() > size * count // 2
            count *= 2


def _use_huge_pages(libc: ctypes.CDLL) -> None:
    """Put the memory that is not of files into huge pages, as far as the system has any."""
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    with suppress(OSError):
        for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
            addresses, rights, _, _, _, *name = line.split(maxsplit=5)
            if rights == "rw-p" and name in ([], ["[heap]"]):
                first, end = (int(address, 16) for address in addresses.split("-"))
                start = -(-first // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
                size = (end - start) // _HUGE_PAGE_BYTES * _HUGE_PAGE_BYTES
                if size > 0:
                    # An older kernel refuses; then the pages stay as they are.
                    libc.madvise(start, size, _COLLAPSE)
