"""Check that the files of a release are those that its build wrote.

`SHA256SUMS` lists every file of a release but itself, those of the store too: the engine writes
these once, and opening a release read-only changes none of them. They differ from build to build,
and so does the list. Its own SHA-256 therefore stands for every byte of one build.
"""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Final, cast

from pyoxigraph import RdfFormat, Store, parse

from kg.errors import BrokenRelease

CHECKSUM_FILE: Final = "SHA256SUMS"
# What to do about a release whose files were changed.
COPY_OR_BUILD: Final = "copy the release again, or glocal build"
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_PIN: Final = "correct the setting expect, or copy the release again from its publisher"


def write_checksums(folder: Path) -> None:
    """Write the checksums of all files in a folder, in the form of `sha256sum`."""
    sums = {name: _sha256(path) for name, path in _files_in(folder).items()}
    (folder / CHECKSUM_FILE).write_bytes(_format(sums))


def read_checksums(release: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a release, by its path in the release.

    Raises BrokenRelease if the list is missing, or not in the form of `write_checksums`.
    """
    content = _read_list(release)
    lines = [_LINE.fullmatch(line) for line in content.decode("utf-8", "replace").split("\n")]
    sums = {line[2]: line[1] for line in lines if line is not None}
    if not sums or _format(sums) != content:
        reason = f"{CHECKSUM_FILE} is not a sorted list of one SHA-256 and path a line"
        raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD)
    return sums


def hash_of_checksums(release: Path) -> str:
    """Return the SHA-256 of the list of checksums, which stands for every file of the release."""
    return hashlib.sha256(_read_list(release)).hexdigest()


def check_list(release: Path, expected: str = "") -> dict[str, str]:
    """Return the checksums, after a check that the release has exactly the files that they list.

    Raises BrokenRelease if not, or if `expected` is given and is not their hash.
    """
    try:
        found = _files_in(release)
    except OSError as error:
        reason = f"its files cannot be listed: {error.strerror}"
        raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD) from error
    if expected and expected.lower() != (digest := hash_of_checksums(release)):
        reason = f"it is not the release expected: its {CHECKSUM_FILE} has the SHA-256 {digest}"
        raise BrokenRelease(release, reason, remedy=_PIN)
    sums = read_checksums(release)
    for name in sorted(sums.keys() ^ found.keys()):
        reason = "is missing" if name in sums else f"is not part of it: not in {CHECKSUM_FILE}"
        raise BrokenRelease(release, f"{name} {reason}", remedy=COPY_OR_BUILD)
    return sums


def compare_files(
    release: Path, sums: Mapping[str, str], names: Iterable[str] | None = None
) -> None:
    """Raise BrokenRelease if a file, of those named or of all, has another checksum than listed.

    Hashing 16 MB in 160 files takes 0.1 s, most of it without the interpreter's lock.
    """
    for name in sums if names is None else names:
        try:
            is_same = _sha256(release / name) == sums.get(name)
        except OSError as error:
            reason = f"{name} cannot be read: {error.strerror}"
            raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD) from error
        if not is_same:
            reason = f"{name} was changed: its SHA-256 is not the one in {CHECKSUM_FILE}"
            raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD)


def check_quads(release: Path, dump: Path, store: Path, digest: str) -> None:
    """Check that dump and store have the same quads, and that these have the content hash.

    Takes 2 s for 100 thousand quads. Raises BrokenRelease.
    """
    found, lines = hashlib.sha256(), 0
    try:
        with gzip.open(dump) as file:
            while chunk := file.read(2**20):
                found.update(chunk)
                lines += chunk.count(b"\n")
        if found.hexdigest() != digest:
            reason = f"{dump.name} has the content hash {found.hexdigest()}, but {digest} is said"
            raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD)
        stored = Store.read_only(str(store))
        with gzip.open(dump) as file:
            quads = parse(cast("IO[bytes]", file), format=RdfFormat.N_QUADS)
            is_same = all(quad in stored for quad in quads)
        # No line is there twice.
        if not is_same or len(stored) != lines:
            reason = f"the store has other quads than {dump.name}"
            raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD)
    except (OSError, EOFError, RuntimeError, SyntaxError, zlib.error) as error:
        reason = f"a part cannot be read: {error}"
        raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD) from error


def _read_list(release: Path) -> bytes:
    path = release / CHECKSUM_FILE
    if not path.is_file():  # a pipe would be read for ever
        raise BrokenRelease(release, f"{CHECKSUM_FILE} is missing", remedy=COPY_OR_BUILD)
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"{CHECKSUM_FILE} cannot be read: {error.strerror}"
        raise BrokenRelease(release, reason, remedy=COPY_OR_BUILD) from error


def _format(sums: Mapping[str, str]) -> bytes:
    return "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()


def _files_in(release: Path) -> dict[str, Path]:
    """Return all files but the list itself, by path; raise BrokenRelease for links and pipes."""
    files, folders = {}, [release]
    for folder in folders:  # grows meanwhile
        for path in folder.iterdir():
            # A name that is not UTF-8 can be printed, and is not in the list.
            place = os.fsencode(path.relative_to(release).as_posix()).decode("utf-8", "replace")
            if path.is_dir() and not path.is_symlink():
                folders.append(path)
            elif path.is_symlink() or not path.is_file():
                raise BrokenRelease(release, f"{place} is not a file", remedy=COPY_OR_BUILD)
            elif place != CHECKSUM_FILE:
                files[place] = path
    return files


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
