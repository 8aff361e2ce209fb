"""Write, find and check releases: immutable folders of N-Quads, a store and release.json.

A new release is written to a temporary folder and then swapped with the old one atomically, so
that the folder is never missing or incomplete.
"""

import ctypes
import gzip
import hashlib
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Store, serialize

from kg.errors import BrokenRelease, UnknownName
from kg.paths import releases_folder

RELEASE_NAME: Final = "glocal-kg"
QUADS_FILE: Final = "glocal.nq.gz"
STORE_FOLDER: Final = "store"
MANIFEST_FILE: Final = "release.json"
VOID_FILE: Final = "void.ttl"
DUMP_FILES: Final = (
    "glocal.trig.gz",
    "glocal.ttl.gz",
    "glocal-nanopubs.trig.gz",
    "glocal-rdf12.ttl.gz",
)
CHECKSUM_FILE: Final = "SHA256SUMS"
_PARTS: Final = (MANIFEST_FILE, QUADS_FILE, STORE_FOLDER)
# Optional files for publication, generated from the required parts.
_OPTIONAL_FILES: Final = (VOID_FILE, *DUMP_FILES, CHECKSUM_FILE)
_AT_FDCWD: Final = -100  # relative paths start from the working folder
_SWAP: Final = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


def write_release(
    quads: Iterable[Quad],
    manifest: Mapping[str, Any],
    out: Path | None = None,
    *,
    beside: Callable[[list[Quad]], Mapping[str, bytes]] = lambda _: {},
) -> Path:
    """Write a release and return its folder.

    Args:
        quads: the quads of all graphs, with canonical blank nodes.
        manifest: the contents of release.json besides name, hash and number of quads.
        out: the folder of the release; by default `releases/<hash>`, and the link
            `releases/newest` is then switched to it atomically.
        beside: returns the contents of the optional files by file name. It gets the quads as the
            store returns them, because the store rewrites some numbers.

    Raises:
        BrokenRelease: `out` exists and is neither empty nor a release.
    """
    if out is not None:
        check_target_folder(out)
    parent = out.absolute().parent if out is not None else releases_folder()
    parent.mkdir(parents=True, exist_ok=True)
    with _temporary_folder(parent) as temporary:
        new = temporary / "release"
        digest, stored = _write_parts(new, quads, manifest)
        files = _write_optional_files(new, beside(stored))
        folder = out if out is not None else releases_folder() / digest[:16]
        if not _is_same_release(folder, digest, files):
            if folder.exists() and any(folder.iterdir()):
                swap_paths(new, folder)
            else:
                new.replace(folder)
    if out is None:
        temporary_link = releases_folder() / f".newest-{os.getpid()}"
        temporary_link.unlink(missing_ok=True)
        temporary_link.symlink_to(folder.name)
        temporary_link.replace(releases_folder() / "newest")
    return folder


def check_target_folder(folder: Path) -> None:
    """Refuse a target folder in which other files would be lost.

    Raises:
        BrokenRelease: the path is a file, a link, or a folder with anything but a release.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BrokenRelease(folder, "not a folder", remedy="name a new or empty folder")
    names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if names and not (names <= {*_PARTS, *_OPTIONAL_FILES} and _is_ours(folder)):
        reason = "the folder contains other files, which are not overwritten"
        raise BrokenRelease(folder, reason, remedy="name a new or empty folder")


def find_release(folder: Path | None = None) -> Path:
    """Return the resolved folder of a release, by default of the newest one.

    Raises:
        UnknownName: the folder does not exist.
        BrokenRelease: a part is missing.
    """
    path = folder if folder is not None else releases_folder() / "newest"
    resolved = path.resolve()
    if not resolved.exists():
        raise UnknownName(str(path.absolute()), kind="release", remedy="glocal build")
    for part in _PARTS:
        if not (resolved / part).exists():
            raise BrokenRelease(resolved, f"{part} is missing")
    return resolved


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the contents of release.json.

    Raises:
        BrokenRelease: it is not a JSON object.
    """
    try:
        content = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is not JSON") from error
    if not isinstance(content, dict):
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is not a JSON object")
    return content


def check_release(folder: Path) -> None:
    """Check the quads of a release against its hash, and the size of its store.

    Reads the whole quads file, which takes 0.1 s for 70 thousand quads.

    Raises:
        UnknownName: the folder does not exist.
        BrokenRelease: a part is missing or damaged.
    """
    release = find_release(folder)
    digest, lines = hashlib.sha256(), 0
    try:
        with gzip.open(release / QUADS_FILE) as file:
            while chunk := file.read(2**20):
                digest.update(chunk)
                lines += chunk.count(b"\n")
        stored = len(Store.read_only(str(release / STORE_FOLDER)))
    except (OSError, EOFError, RuntimeError, zlib.error) as error:
        raise BrokenRelease(release, f"a part cannot be read: {error}") from error
    manifest = read_manifest(release)
    if (manifest.get("hash"), manifest.get("quads")) != (digest.hexdigest(), lines):
        raise BrokenRelease(release, f"{QUADS_FILE} does not match {MANIFEST_FILE}")
    if stored != lines:
        raise BrokenRelease(release, f"the store has {stored} quads, but {QUADS_FILE} has {lines}")


@contextmanager
def _temporary_folder(parent: Path) -> Iterator[Path]:
    """Provide a folder named after this process, once those of killed builds are removed."""
    for path in [*parent.glob(".unfinished-*"), *parent.glob(".newest-*")]:
        if _is_running(path.name.split("-")[1]):
            continue
        if path.is_symlink():
            path.unlink(missing_ok=True)
        else:
            shutil.rmtree(path, ignore_errors=True)
    prefix = f".unfinished-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as folder:
        yield Path(folder)


def _is_running(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, ValueError):
        return False
    return True


def _is_ours(folder: Path) -> bool:
    try:
        return read_manifest(folder).get("name") == RELEASE_NAME
    except (BrokenRelease, OSError):
        # A damaged manifest with the other two parts: a release to be repaired by a new build.
        return all((folder / part).exists() for part in _PARTS)


def _write_parts(
    new: Path, quads: Iterable[Quad], manifest: Mapping[str, Any]
) -> tuple[str, list[Quad]]:
    """Write the required parts; return the hash of the quads, and the quads as stored."""
    new.mkdir()
    store = Store(str(new / STORE_FOLDER))
    store.bulk_extend(quads)
    store.flush()
    stored = list(store)
    del store
    lines = sorted((serialize(stored, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
    text = b"".join(lines)
    digest = hashlib.sha256(text).hexdigest()
    # Without file name and time in the gzip header, the same text gives the same bytes.
    (new / QUADS_FILE).write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
    content = {"name": RELEASE_NAME, "hash": digest, "quads": len(lines), **manifest}
    document = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    (new / MANIFEST_FILE).write_text(document + "\n", encoding="utf-8")
    return digest, stored


def _write_optional_files(new: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write the optional files, and the checksums of all files as `sha256sum` writes them."""
    for name, content in files.items():
        (new / name).write_bytes(content)
    paths = sorted(path for path in new.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths]
    sums = "".join(lines).encode()
    (new / CHECKSUM_FILE).write_bytes(sums)
    return {**files, CHECKSUM_FILE: sums}


def _is_same_release(folder: Path, digest: str, files: Mapping[str, bytes]) -> bool:
    """Return whether the folder has an intact release with this hash and these optional files."""
    try:
        check_release(folder)
        same_files = all((folder / name).read_bytes() == content for name, content in files.items())
    except (UnknownName, BrokenRelease, OSError):
        return False
    return same_files and read_manifest(folder).get("hash") == digest


def swap_paths(one: Path, other: Path) -> None:
    """Swap two existing paths of the same file system in one atomic step.

    Raises:
        OSError: the operating system or the file system does not support the swap, or a path does
            not exist.

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
