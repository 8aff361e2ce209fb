"""Write, find and verify releases: immutable folders of N-Quads, a store and release.json.

A new release is written to a temporary folder and then swapped with the old one atomically, so
that the folder is never missing or incomplete.
"""

import io
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Store, serialize

from kg.content import Content, own_content, parse_content, sha256
from kg.errors import BrokenRelease, MalformedFile, UnknownName
from kg.paths import releases_folder
from kg.store.atomic_folders import swap_paths, temporary_folder
from kg.store.rdf_version import may_need_rdf_1_2, needs_rdf_1_2
from kg.store.release_checks import (
    CHECKSUM_FILE,
    COPY_OR_BUILD,
    check_list,
    check_quads,
    compare_files,
    read_checksums,
    write_checksums,
)
from kg.store.serialization import gzip_text

RELEASE_NAME: Final = "glocal-kg"
# The version of the form of a release folder; a program reads releases of its own format only.
FORMAT: Final = 4
QUADS_FILE: Final = "glocal.nq.gz"
STORE_FOLDER: Final = "store"
CONTENT_FOLDER: Final = "content"
MANIFEST_FILE: Final = "release.json"
VOID_FILE: Final = "void.ttl"
_DUMPS: Final = ("glocal.trig", "glocal.ttl", "glocal-nanopubs.trig", "glocal-rdf12.ttl")
DUMP_FILES: Final = tuple(f"{name}.gz" for name in _DUMPS)
_PARTS: Final = (MANIFEST_FILE, QUADS_FILE, STORE_FOLDER)
# Optional files for publication, generated from the required parts.
_OPTIONAL_FILES: Final = (VOID_FILE, *DUMP_FILES, CHECKSUM_FILE)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def write_release(
    quads: Iterable[Quad],
    manifest: Mapping[str, Any],
    out: Path | None = None,
    *,
    content: Content | None = None,
    compiled_rules: str = "",
    beside: Callable[[list[Quad]], Callable[[], Mapping[str, bytes]]] = lambda _: dict,
) -> Path:
    """Write a release and return its folder; for errors about `out` see `prepare_target`.

    The quads have canonical blank nodes. `manifest` adds to what `_write_parts` knows. Without
    `out`, the folder is `releases/<hash>`, and `releases/newest` is switched to it atomically.
    `compiled_rules` is the text from `write_compiled_rules`. `beside` starts to make the optional
    files, from quads as the store returns them, because it rewrites some numbers; once the
    required files are written, its result is called for the contents by file name.
    """
    with temporary_folder(prepare_target(out)) as temporary:
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
        for name, text in optional_files().items():
            (new / name).write_bytes(text)
        write_checksums(new)
        folder = out if out is not None else releases_folder() / digest[:16]
        if not _is_same_release(folder, new):
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


def prepare_target(out: Path | None) -> Path:
    """Make the folder that a release is written in, beside others or as `out`, and return it.

    Raises BrokenRelease if nothing can be written there, or if `out` is a file, a link, or a folder
    with anything but a release.
    """
    if out is not None:
        _check_target_folder(out)
    parent = out.absolute().parent if out is not None else releases_folder()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(parent):
            pass
    except OSError as error:
        reason = f"no release can be written here: {error.strerror}"
        remedy = "glocal build --out DIR, or another folder in $GLOCAL_RELEASES"
        raise BrokenRelease(parent, reason, remedy=remedy) from error
    return parent


def _check_target_folder(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise BrokenRelease(folder, "not a folder", remedy="name a new or empty folder")
    names = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    if names and not (names <= {*_PARTS, CONTENT_FOLDER, *_OPTIONAL_FILES} and _is_ours(folder)):
        reason = "the folder contains other files, which are not overwritten"
        raise BrokenRelease(folder, reason, remedy="name a new or empty folder")


def find_release(folder: Path | None = None) -> Path:
    """Resolve a release's folder, by default the newest; raise UnknownName or BrokenRelease."""
    path = folder if folder is not None else releases_folder() / "newest"
    # Not `Path.resolve`, which raises if links form a cycle.
    resolved = Path(os.path.realpath(path))
    if not resolved.exists():
        raise UnknownName(str(path.absolute()), kind="release", remedy="glocal build")
    for part in _PARTS:
        if not (resolved / part).exists():
            raise BrokenRelease(resolved, f"{part} is missing")
    return resolved


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the contents of release.json; raise BrokenRelease if a member is not as expected."""
    path = folder / MANIFEST_FILE
    if not path.is_file():  # a pipe would be read for ever
        raise BrokenRelease(folder, f"{MANIFEST_FILE} is missing", remedy=COPY_OR_BUILD)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"{MANIFEST_FILE} cannot be read: {error.strerror}"
        raise BrokenRelease(folder, reason, remedy=COPY_OR_BUILD) from error
    except (ValueError, RecursionError) as error:
        reason = f"{MANIFEST_FILE} is not JSON, or nested too deep"
        raise BrokenRelease(folder, reason, remedy=COPY_OR_BUILD) from error
    if not isinstance(manifest, dict):
        reason = f"{MANIFEST_FILE} is not a JSON object"
        raise BrokenRelease(folder, reason, remedy=COPY_OR_BUILD)
    for name, is_right in _are_right(manifest).items():
        if not is_right:
            reason = f"'{name}' in {MANIFEST_FILE} is missing or not of the right form"
            raise BrokenRelease(folder, reason, remedy=COPY_OR_BUILD)
    return manifest


def _are_right(manifest: Mapping[str, Any]) -> dict[str, bool]:
    """Return which of the members that programs read are of the right form, by name."""
    names = "hash", "quads", "version", "counts"
    digest, quads, version, counts = (manifest.get(name) for name in names)
    graphs = counts.get("graphs", {}) if isinstance(counts, dict) else counts
    return {
        "hash": isinstance(digest, str) and _SHA256.fullmatch(digest) is not None,
        "quads": type(quads) is int and quads >= 0,
        "version": isinstance(version, str) and version.isprintable(),
        "rdf": manifest.get("rdf") in (None, "1.1", "1.2"),
        "counts": graphs is None
        or (isinstance(graphs, dict) and all(type(count) is int for count in graphs.values())),
    }


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
        format_ = "no format version" if found is None else f"the format version {found!r}"
        reason = f"{MANIFEST_FILE} has {format_}, and this program reads version {FORMAT}"
        remedy = f"build it again (glocal build), or read it by the {RELEASE_NAME} that built it"
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


def verify_release(folder: Path | None, expected: str = "", *, with_quads: bool = False) -> Path:
    """Verify that every file of a release is as its build wrote it; return the resolved folder.

    By default the newest release is verified.
    `expected` is the SHA-256 of its `SHA256SUMS`, and rules out that somebody has changed a file
    and computed all hashes anew. `with_quads` also checks that the quads have the content hash.
    Takes 0.1 s, with the quads 2 s. For errors see `find_release` and `begin_verification`.
    """
    release = find_release(folder)
    compare_files(release, begin_verification(release, expected))
    if with_quads:
        digest = read_manifest(release)["hash"]
        check_quads(release, release / QUADS_FILE, release / STORE_FOLDER, digest)
    return release


def begin_verification(release: Path, expected: str = "") -> dict[str, str]:
    """Verify release.json and the names of the files, and return the checksums for the rest.

    Raises BrokenRelease with the file and the remedy; for other errors see `release_content`.
    """
    release_content(release, read_manifest(release))
    sums = check_list(release, expected)
    compare_files(release, sums, [MANIFEST_FILE])
    return sums


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
    digest = sha256(text)
    (new / QUADS_FILE).write_bytes(gzip_text(text))
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


def _is_same_release(folder: Path, new: Path) -> bool:
    """Return whether the folder has an intact release with the same files as the new one.

    The files of the store differ from build to build.
    """
    try:
        verify_release(folder)
    except (UnknownName, BrokenRelease):
        return False
    one, other = (
        {
            file
            for file in read_checksums(release).items()
            if STORE_FOLDER not in Path(file[0]).parts
        }
        for release in (folder, new)
    )
    return one == other
