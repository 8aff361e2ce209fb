"""The releases that lie in a folder, and the files of each that are given out whole."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from kg.errors import BrokenRelease, UnknownName
from kg.paths import releases
from kg.publication.dumps import DUMPS, Dump
from kg.store.release_folder import SUMS_FILE, find, manifest_of

_SHORT: Final = 16


@dataclass(frozen=True)
class DumpFile:
    """A dump of a release as it lies on the disk; its size is in bytes."""

    dump: Dump
    path: Path
    size: int
    sha256: str

    @property
    def digest(self) -> str:
        """As in a `Repr-Digest` header (RFC 9530)."""
        return f"sha-256=:{b64encode(bytes.fromhex(self.sha256)).decode()}:"


@dataclass(frozen=True)
class KeptRelease:
    """A release on the disk: its version, its content hash, its dumps by file name."""

    version: str
    hash: str
    files: Mapping[str, DumpFile]

    @property
    def name(self) -> str:
        """What it is called in addresses: the beginning of its hash, as in `releases/`."""
        return self.hash[:_SHORT]


def kept_releases(served: Path | None) -> dict[str, KeptRelease]:
    """The release in this folder, then those beside it if it is one of `releases/`; by name.

    Without a folder there is none.
    """
    if served is None:
        return {}
    found = [_kept(served)]
    if served.parent == releases().resolve():
        beside = sorted(path for path in served.parent.iterdir() if not path.is_symlink())
        found += [_kept(path) for path in beside if _is_release(path) and path != served]
    return {one.name: one for one in found}


def _is_release(path: Path) -> bool:
    try:
        return path.is_dir() and manifest_of(find(path)).get("hash", "")[:_SHORT] == path.name
    except (UnknownName, BrokenRelease, OSError):
        return False


def _kept(folder: Path) -> KeptRelease:
    manifest, sums = manifest_of(folder), _sums(folder)
    paths = [(dump, folder / dump.file) for dump in DUMPS.values()]
    files = {dump.file: _file(dump, path, sums) for dump, path in paths if path.exists()}
    return KeptRelease(str(manifest["version"]), str(manifest["hash"]), files)


def _file(dump: Dump, path: Path, sums: Mapping[str, str]) -> DumpFile:
    about = path.stat()
    sha256 = sums.get(path.name) or _sha256(path, about.st_size, about.st_mtime_ns)
    return DumpFile(dump, path, about.st_size, sha256)


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS_FILE
    lines = path.read_text("ascii").splitlines() if path.exists() else []
    return {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


# A file of a release never changes; one of another build in its place has another time.
@lru_cache(maxsize=256)
def _sha256(path: Path, _size: int, _time: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
