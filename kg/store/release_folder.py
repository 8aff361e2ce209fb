"""Write, find and check releases: immutable folders of N-Quads, a store and release.json.

A new release is written to a temporary folder and then swapped with the old one atomically, so
that the folder is never missing or incomplete.
"""

import ctypes
import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Store, serialize

from kg.content import Content, own_content, parse_content, sha256
from kg.errors import BrokenRelease, MalformedFile, UnknownName
from kg.paths import releases_folder
from kg.store.rdf_version import may_need_rdf_1_2, needs_rdf_1_2

RELEASE_NAME: Final = "glocal-kg"
# The version of the form of a release folder; a program reads releases of its own format only.
FORMAT: Final = 2
QUADS_FILE: Final = "glocal.nq.gz"
STORE_FOLDER: Final = "store"
CONTENT_FOLDER: Final = "content"
MANIFEST_FILE: Final = "release.json"
VOID_FILE: Final = "void.ttl"
_DUMPS: Final = ("glocal.trig", "glocal.ttl", "glocal-nanopubs.trig", "glocal-rdf12.ttl")
DUMP_FILES: Final = tuple(f"{name}.gz" for name in _DUMPS)
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
    content: Content | None = None,
    compiled_rules: str = "",
    beside: Callable[[list[Quad]], Callable[[], Mapping[str, bytes]]] = lambda _: dict,
) -> Path:
    """Write a release and return its folder; for errors about `out` see `check_target_folder`.

    The quads have canonical blank nodes. `manifest` adds to what `_write_parts` knows. Without
    `out`, the folder is `releases/<hash>`, and `releases/newest` is switched to it atomically.
    `compiled_rules` is the text from `write_compiled_rules`. `beside` starts to make the optional
    files, from quads as the store returns them, because it rewrites some numbers; once the
    required files are written, its result is called for the contents by file name.
    """
    if out is not None:
        check_target_folder(out)
    parent = out.absolute().parent if out is not None else releases_folder()
    parent.mkdir(parents=True, exist_ok=True)
    with _temporary_folder(parent) as temporary:
        new = temporary / "release"
        # As a store returns them; one in memory is faster than one on disk.
        in_memory = Store()
        in_memory.bulk_extend(quads)
        stored = list(in_memory)
        del in_memory
        optional_files = beside(stored)
        new.mkdir()
        carried = _write_content(new / CONTENT_FOLDER, content or own_content(), compiled_rules)
        digest = _write_parts(new, stored, {**manifest, "content": carried})
        files = _write_optional_files(new, optional_files())
        folder = out if out is not None else releases_folder() / digest[:16]
        if not _is_same_release(folder, files):
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
    """Raise BrokenRelease for a file, a link, or a folder with anything but a release."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BrokenRelease(folder, "not a folder", remedy="name a new or empty folder")
    names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if names and not (names <= {*_PARTS, CONTENT_FOLDER, *_OPTIONAL_FILES} and _is_ours(folder)):
        reason = "the folder contains other files, which are not overwritten"
        raise BrokenRelease(folder, reason, remedy="name a new or empty folder")


def find_release(folder: Path | None = None) -> Path:
    """Resolve a release's folder, by default the newest; raise UnknownName or BrokenRelease."""
    path = folder if folder is not None else releases_folder() / "newest"
    resolved = path.resolve()
    if not resolved.exists():
        raise UnknownName(str(path.absolute()), kind="release", remedy="glocal build")
    for part in _PARTS:
        if not (resolved / part).exists():
            raise BrokenRelease(resolved, f"{part} is missing")
    return resolved


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the contents of release.json; raise BrokenRelease if it is not a JSON object."""
    try:
        content = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is not JSON") from error
    if not isinstance(content, dict):
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is not a JSON object")
    return content


def has_rdf_1_2(manifest: Mapping[str, Any]) -> bool:
    """Return whether a release has triple terms or base directions; in doubt, True."""
    return bool(manifest.get("rdf") != "1.1")


def release_content(folder: Path, manifest: Mapping[str, Any]) -> Content:
    """Return the content that a release carries; its files are not yet verified.

    Raises BrokenRelease for another format or a malformed description of the content, OtherBaseIri
    for another base IRI than that of this process.
    """
    found = manifest.get("format")
    if found != FORMAT:
        format_ = "no format version" if found is None else f"the format version {found}"
        reason = f"{MANIFEST_FILE} has {format_}, and this program reads version {FORMAT}"
        builder = f"{RELEASE_NAME} {manifest.get('version', '')}".strip()
        remedy = f"build the release again (glocal build), or read it by {builder}, which built it"
        raise BrokenRelease(folder, reason, remedy=remedy)
    try:
        carried = manifest["content"]
        description, digests = dict(carried["description"]), dict(carried["files"])
        path, root = folder / MANIFEST_FILE, folder / CONTENT_FOLDER
        content = parse_content(description, path, root, digests)
    except (KeyError, TypeError, ValueError, MalformedFile) as error:
        raise BrokenRelease(folder, f"{MANIFEST_FILE} does not describe the content") from error
    content.require_own_names(folder)
    return content


def check_release(folder: Path) -> None:
    """Check quads and content against their hashes, which takes 0.1 s for 70 thousand quads.

    Raises BrokenRelease if they differ; for other errors see `find_release`, `release_content`.
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
    release_content(release, manifest).verify()
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
        with suppress(PermissionError):  # it runs for another user
            os.kill(int(process_id), 0)
    except (ProcessLookupError, ValueError):
        return False
    return True


def _is_ours(folder: Path) -> bool:
    try:
        return read_manifest(folder).get("name") == RELEASE_NAME
    except (BrokenRelease, OSError):
        # A damaged manifest with the other two parts: a release to be repaired by a new build.
        return all((folder / part).exists() for part in _PARTS)


def _write_parts(new: Path, stored: Sequence[Quad], manifest: Mapping[str, Any]) -> str:
    """Write the required parts; return the hash of the quads."""
    store = Store(str(new / STORE_FOLDER))
    store.bulk_extend(stored)
    store.flush()
    del store
    lines = sorted((serialize(stored, format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True))
    text = b"".join(lines)
    digest = hashlib.sha256(text).hexdigest()
    # Without file name and time in the gzip header, the same text gives the same bytes.
    (new / QUADS_FILE).write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
    # The text is searched first, because that is much faster.
    is_rdf_1_2 = may_need_rdf_1_2(io.BytesIO(text)) and any(map(needs_rdf_1_2, stored))
    content = {
        "name": RELEASE_NAME,
        "format": FORMAT,
        "hash": digest,
        "quads": len(lines),
        "rdf": "1.2" if is_rdf_1_2 else "1.1",
        **manifest,
    }
    document = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    (new / MANIFEST_FILE).write_text(document + "\n", encoding="utf-8")
    return digest


def _write_content(folder: Path, content: Content, compiled_rules: str) -> dict[str, Any]:
    """Write the files that the release carries, and return what release.json says of them."""
    carried = {name: path.read_bytes() for name, path in content.carried_files().items()}
    carried["compiled.rq"] = compiled_rules.encode()
    for name, text in carried.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)
    digests = {name: sha256(text) for name, text in carried.items()}
    return {"description": content.describe(), "files": digests}


def _write_optional_files(new: Path, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write the optional files, and the checksums of all files as `sha256sum` writes them."""
    for name, content in files.items():
        (new / name).write_bytes(content)
    paths = {path.relative_to(new).as_posix(): path for path in new.rglob("*") if path.is_file()}
    sums = "".join(
        f"{sha256(path.read_bytes())}  {name}\n"
        for name, path in sorted(paths.items())
        if STORE_FOLDER not in name.split("/")
    ).encode()
    (new / CHECKSUM_FILE).write_bytes(sums)
    return {**files, CHECKSUM_FILE: sums}


def _is_same_release(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Return whether the folder has an intact release with these files, checksums among them."""
    try:
        check_release(folder)
        return all((folder / name).read_bytes() == content for name, content in files.items())
    except (UnknownName, BrokenRelease, OSError):
        return False


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
