"""Two folders change places in one step, so that a name never stands for nothing."""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

_HERE: Final = -100  # AT_FDCWD: paths are relative to the working folder
_EXCHANGE: Final = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def exchange(one: Path, other: Path) -> None:
    """Swap what two existing names of one file system stand for.

    Raises:
        OSError: the system or the file system cannot do it in one step.

    Source: renameat2(2) of Linux, renamex_np(2) of macOS; Python offers neither.
    """
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        failed = library.renamex_np(*names, _EXCHANGE)
    else:
        failed = library.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE)
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))
