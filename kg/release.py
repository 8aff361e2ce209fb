"""Quads -> an immutable folder: sorted N-Quads, a store, release.json."""

import gzip
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, RdfFormat, Store, serialize

from kg.errors import BrokenRelease, UnknownName
from kg.places import RELEASES

QUADS_FILE = "glocal.nq.gz"
STORE_FOLDER = "store"
MANIFEST_FILE = "release.json"


def write(quads: Iterable[Quad], manifest: Mapping[str, Any], out: Path | None = None) -> Path:
    """The folder of a new release; the one that stood before stays whole until then.

    Args:
        quads: all graphs, blank nodes already canonical.
        manifest: what release.json says besides hash and number of quads.
        out: the folder itself; by default `releases/<hash>`, to which `releases/newest` is
            then turned in one step.

    Raises:
        BrokenRelease: `out` exists and is neither empty nor a release.
    """
    unsorted = serialize(quads, format=RdfFormat.N_QUADS) or b""
    lines = sorted(set(unsorted.splitlines(keepends=True)))
    text = b"".join(lines)
    digest = hashlib.sha256(text).hexdigest()
    folder = out or RELEASES / digest[:16]
    if _holds(folder, digest):
        return _turn_newest(folder) if out is None else folder
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST_FILE).exists():
        raise BrokenRelease(folder, "it holds other files and is not overwritten")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unfinished-") as unfinished:
        new = Path(unfinished) / "release"
        _fill(new, text, {"hash": digest, "quads": len(lines), **manifest})
        _put(new, folder, Path(unfinished) / "replaced")
    return _turn_newest(folder) if out is None else folder


def find(folder: Path | None = None) -> Path:
    """The release in this folder, by default the newest one.

    Raises:
        UnknownName: there is no release yet.
        BrokenRelease: a part is missing.
    """
    place = (folder or RELEASES / "newest").resolve()
    if not place.exists():
        raise UnknownName(str(folder or RELEASES / "newest"), kind="release")
    for part in (MANIFEST_FILE, QUADS_FILE, STORE_FOLDER):
        if not (place / part).exists():
            raise BrokenRelease(place, f"{part} is missing")
    return place


def manifest_of(folder: Path) -> dict[str, Any]:
    """What release.json says."""
    content: dict[str, Any] = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    return content


def _holds(folder: Path, digest: str) -> bool:
    parts = (folder / part for part in (MANIFEST_FILE, QUADS_FILE, STORE_FOLDER))
    return all(part.exists() for part in parts) and manifest_of(folder)["hash"] == digest


def _fill(new: Path, text: bytes, manifest: Mapping[str, Any]) -> None:
    new.mkdir()
    # No file name and no time in the gzip header: the same text gives the same bytes.
    (new / QUADS_FILE).write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
    store = Store(str(new / STORE_FOLDER))
    store.bulk_load(text, format=RdfFormat.N_QUADS)
    store.flush()
    del store
    pretty = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False)
    (new / MANIFEST_FILE).write_text(pretty + "\n", encoding="utf-8")


def _put(new: Path, folder: Path, aside: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        folder.rename(aside)
    new.replace(folder)


def _turn_newest(folder: Path) -> Path:
    link = RELEASES / "newest"
    unfinished = RELEASES / f".newest-{os.getpid()}"
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(folder.name)
    unfinished.replace(link)
    return folder


def sweep() -> None:
    """Remove what builds that were killed left behind in `releases/`."""
    for left in RELEASES.glob(".unfinished-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in RELEASES.glob(".newest-*"):
        left.unlink(missing_ok=True)
