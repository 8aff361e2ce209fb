"""Two folders change places in one step, so that a name never stands for nothing.

Quads -> an immutable folder: sorted N-Quads, a store, release.json.
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
from kg.paths import releases

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


NAME = "glocal-kg"
QUADS_FILE = "glocal.nq.gz"
STORE_FOLDER = "store"
MANIFEST_FILE = "release.json"
VOID_FILE = "void.ttl"
DUMP_FILES = (
    "glocal.trig.gz",
    "glocal.ttl.gz",
    "glocal-nanopubs.trig.gz",
    "glocal-rdf12.ttl.gz",
)
SUMS_FILE = "SHA256SUMS"
_PARTS = (MANIFEST_FILE, QUADS_FILE, STORE_FOLDER)
_BYTES_AT_ONCE = 2**20
# What a release may have beside: how it is published, of which the parts above are the source.
_OTHERS = (VOID_FILE, *DUMP_FILES, SUMS_FILE)


def write_release(
    quads: Iterable[Quad],
    manifest: Mapping[str, Any],
    out: Path | None = None,
    *,
    beside: Callable[[list[Quad]], Mapping[str, bytes]] = lambda _: {},
) -> Path:
    """The folder of a new release; the one that stood before stays whole until then.

    Args:
        quads: all graphs, blank nodes already canonical.
        manifest: what release.json says besides name, hash and number of quads.
        out: the folder itself; by default `releases/<hash>`, to which `releases/newest` is
            then turned in one step.
        beside: makes what lies beside the parts that every release has, by file name, of the
            quads as the store has them, which writes some numbers in another way.

    Raises:
        BrokenRelease: `out` exists and is neither empty nor a release.
    """
    if out is not None:
        refuse_unless_free(out)
    parent = out.absolute().parent if out is not None else releases()
    parent.mkdir(parents=True, exist_ok=True)
    with _workshop(parent) as place:
        new = place / "release"
        digest, stored = _fill(new, quads, manifest)
        files = _add(new, beside(stored))
        folder = out if out is not None else releases() / digest[:16]
        if not _is_whole(folder, digest, files):
            _put(new, folder)
    return _turn_newest(folder) if out is None else folder


def refuse_unless_free(folder: Path) -> None:
    """Refuse a place where a release may not be put: other files would be lost.

    Raises:
        BrokenRelease: it is a file, a link, or a folder with anything that is not of a release.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BrokenRelease(folder, "it is no folder", remedy="name a new or empty folder")
    found = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if found and not (found <= {*_PARTS, *_OTHERS} and _is_ours(folder)):
        reason = "it holds other files, which are not overwritten"
        raise BrokenRelease(folder, reason, remedy="name a new or empty folder")


def find(folder: Path | None = None) -> Path:
    """The release in this folder, by default the newest one.

    Raises:
        UnknownName: there is no release yet.
        BrokenRelease: a part is missing.
    """
    wanted = folder if folder is not None else releases() / "newest"
    place = wanted.resolve()
    if not place.exists():
        raise UnknownName(str(wanted.absolute()), kind="release", remedy="glocal build")
    for part in _PARTS:
        if not (place / part).exists():
            raise BrokenRelease(place, f"{part} is missing")
    return place


def manifest_of(folder: Path) -> dict[str, Any]:
    """What release.json says.

    Raises:
        BrokenRelease: it says nothing that can be read.
    """
    try:
        content = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is not JSON") from error
    if not isinstance(content, dict):
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is no JSON object")
    return content


def check(folder: Path) -> None:
    """Refuse a release whose quads are not those of its hash, or whose store holds others.

    Takes 0.1 s for 70 thousand quads: all of them are read.

    Raises:
        UnknownName: there is no such folder.
        BrokenRelease: a part is missing or damaged.
    """
    place = find(folder)
    digest, lines = hashlib.sha256(), 0
    try:
        with gzip.open(place / QUADS_FILE) as file:
            while part := file.read(_BYTES_AT_ONCE):
                digest.update(part)
                lines += part.count(b"\n")
        stored = len(Store.read_only(str(place / STORE_FOLDER)))
    except (OSError, EOFError, RuntimeError, zlib.error) as error:
        raise BrokenRelease(place, f"a part is not read: {error}") from error
    said = manifest_of(place)
    if (said.get("hash"), said.get("quads")) != (digest.hexdigest(), lines):
        raise BrokenRelease(place, f"{QUADS_FILE} is not what {MANIFEST_FILE} says")
    if stored != lines:
        raise BrokenRelease(place, f"its store holds {stored} quads, {QUADS_FILE} {lines}")


def sweep(parent: Path) -> None:
    """Remove what builds that were killed left behind; those that still run keep theirs."""
    for left in parent.glob(".unfinished-*"):
        if not _is_running(left.name.split("-")[1]):
            shutil.rmtree(left, ignore_errors=True)
    for left in parent.glob(".newest-*"):
        if not _is_running(left.name.split("-")[1]):
            left.unlink(missing_ok=True)


@contextmanager
def _workshop(parent: Path) -> Iterator[Path]:
    """A folder beside the target, named by this process and gone at the end."""
    sweep(parent)
    prefix = f".unfinished-{os.getpid()}-"
    with tempfile.TemporaryDirectory(dir=parent, prefix=prefix) as place:
        yield Path(place)


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _is_ours(folder: Path) -> bool:
    try:
        return manifest_of(folder).get("name") == NAME
    except (BrokenRelease, OSError):
        # A damaged manifest beside the two other parts is a release that is to be mended.
        return all((folder / part).exists() for part in _PARTS)


def _is_whole(folder: Path, digest: str, files: Mapping[str, bytes]) -> bool:
    """Whether all parts are there and are those of this hash, and the files beside them too."""
    try:
        check(folder)
        beside = all((folder / name).read_bytes() == content for name, content in files.items())
    except (UnknownName, BrokenRelease, OSError):
        return False
    return beside and manifest_of(folder).get("hash") == digest


def _fill(new: Path, quads: Iterable[Quad], manifest: Mapping[str, Any]) -> tuple[str, list[Quad]]:
    """Write the three parts; the file's lines are those of the store, term by term.

    Returns:
        The hash of the lines, and the quads as the store has them.
    """
    new.mkdir()
    store = Store(str(new / STORE_FOLDER))
    store.bulk_extend(quads)
    store.flush()
    stored = list(store)
    unsorted = serialize(stored, format=RdfFormat.N_QUADS) or b""
    del store
    lines = sorted(unsorted.splitlines(keepends=True))
    text = b"".join(lines)
    digest = hashlib.sha256(text).hexdigest()
    # No file name and no time in the gzip header: the same text gives the same bytes.
    (new / QUADS_FILE).write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
    content = {"name": NAME, "hash": digest, "quads": len(lines), **manifest}
    pretty = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    (new / MANIFEST_FILE).write_text(pretty + "\n", encoding="utf-8")
    return digest, stored


def _add(new: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write the files beside, and what `sha256sum --check` reads; all of these by name."""
    for name, content in files.items():
        (new / name).write_bytes(content)
    whole = sorted(path for path in new.iterdir() if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in whole]
    sums = "".join(lines).encode()
    (new / SUMS_FILE).write_bytes(sums)
    return {**files, SUMS_FILE: sums}


def _put(new: Path, folder: Path) -> None:
    """Put the new release where the old one is, in one step: at no moment is there none."""
    if folder.exists() and any(folder.iterdir()):
        exchange(new, folder)
    else:
        new.replace(folder)


def _turn_newest(folder: Path) -> Path:
    unfinished = releases() / f".newest-{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(folder.name)
    unfinished.replace(releases() / "newest")
    return folder
