"""Put a folder or file that was written beside another one in its place, in one step."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_AT_FDCWD: Final = -100  # relative paths start from the working folder
_SWAP: Final = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name the path in an OSError that names none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


@contextmanager
def temporary_folder(parent: Path) -> Iterator[Path]:
    """Provide a folder named after this process, once those of killed builds are removed."""
    for path in [*parent.glob(".unfinished-*"), *parent.glob(".newest-*")]:
        if _is_running(path.name.split("-")[1]):
            continue
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)
    prefix = f".unfinished-{os.getpid()}-"
    with naming(parent), tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        yield Path(folder)


def _is_running(process_id: str) -> bool:
    try:
        with suppress(PermissionError):  # it runs for another user
            os.kill(int(process_id), 0)
    except (ProcessLookupError, ValueError):
        return False
    return True


@contextmanager
def open_replacement(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of the path if all goes well; a device is written to."""
    is_device = path.exists() and not path.is_file()
    written = path if is_device else path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with naming(path), written.open("wb") as file:
            yield file
        written.replace(path)
    finally:
        if not is_device:
            written.unlink(missing_ok=True)


def swap_paths(one: Path, other: Path) -> None:
    """Swap two existing paths of a file system atomically; raise OSError if that is impossible.

    Source: renameat2(2) of Linux, renamex_np(2) of macOS; Python offers neither.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    paths = os.fsencode(one), os.fsencode(other)
    if sys.platform == "darwin":
        failed = libc.renamex_np(*paths, _SWAP)
    else:
        failed = libc.renameat2(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _SWAP)
    if failed:
        errno = ctypes.get_errno()
        raise OSError(errno, os.strerror(errno), str(other))
