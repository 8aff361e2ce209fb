"""Whatever is changed about the files of a release, it is refused with the file and the remedy."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from benchmarks.tamper import tamper
from kg.content import own_content, sha256
from kg.errors import BrokenRelease
from kg.store.quad_store import Store as QuadStore
from kg.store.release_checks import hash_of_checksums, read_checksums, write_checksums
from kg.store.release_folder import DUMP_FILES, VOID_FILE, verify_release, write_release

IRI = NamedNode("https://example.org/it")
QUADS = [Quad(IRI, IRI, Literal(str(number))) for number in range(50)]
OPTIONAL_FILES = {name: name.encode() * 3 for name in (VOID_FILE, *DUMP_FILES)}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with files of every kind, and few of each."""
    folder = tmp_path_factory.mktemp("built")
    for name in ("core.ttl", "rules/one.rq", "context/1.0.0.jsonld", "links/one.sssom.tsv"):
        (folder / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / name).write_text(name, encoding="utf-8")
    files = folder / "files"
    content = replace(own_content(), ontology=files, queries=files, curated=files)
    return write_release(
        QUADS,
        {"version": "1.0.0"},
        folder / "release",
        content=content,
        compiled_rules="# none",
        beside=lambda _: lambda: OPTIONAL_FILES,
    )


@pytest.fixture
def release(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "release")


def test_every_file_of_a_release_has_a_checksum(release: Path) -> None:
    files = {path.relative_to(release).as_posix(): path for path in release.rglob("*")}
    hashes = {name: sha256(path.read_bytes()) for name, path in files.items() if path.is_file()}
    pin = hashes.pop("SHA256SUMS")

    assert read_checksums(release) == hashes
    assert {"store/CURRENT", "content/compiled.rq", "void.ttl", "release.json"} <= hashes.keys()
    assert hash_of_checksums(release) == pin
    assert verify_release(release, pin.upper(), with_quads=True) == release


@pytest.mark.slow
def test_a_release_that_is_open_is_as_it_was_built(release: Path) -> None:
    store = QuadStore.open(release)
    while_open = verify_release(release)
    assert len(list(store.quads())) == len(QUADS)
    del store

    assert while_open == verify_release(release) == release


def test_no_tampered_copy_of_a_hundred_passes(built: Path, tmp_path: Path) -> None:
    tampered = []
    for seed in range(100):
        copy = shutil.copytree(built, tmp_path / "copy" / "release")
        tampered.append(tamper(copy, Random(seed)))
        with pytest.raises(BrokenRelease):
            verify_release(copy)
        shutil.rmtree(copy.parent)

    acts = {one.partition(":")[0] for one in tampered}
    assert acts == {
        *("flip_a_byte", "truncate", "lengthen", "empty", "delete", "exchange", "rename"),
        *("add_a_file", "link", "edit_a_hash"),
    }


def pipe(release: Path) -> None:
    (release / "void.ttl").unlink()
    os.mkfifo(release / "void.ttl")


def pipe_of_checksums(release: Path) -> None:
    (release / "SHA256SUMS").unlink()
    os.mkfifo(release / "SHA256SUMS")


def pipe_of_manifest(release: Path) -> None:
    (release / "release.json").unlink()
    os.mkfifo(release / "release.json")


def bytes_in_a_name(release: Path) -> None:
    Path(os.fsdecode(os.fsencode(release) + b"/\xff")).touch()


def twice(release: Path) -> None:
    path = release / "SHA256SUMS"
    first, _, _ = path.read_bytes().partition(b"\n")
    path.write_bytes(first + b"\n" + path.read_bytes())


def other_bytes(release: Path) -> None:
    path = release / "SHA256SUMS"
    path.write_bytes(path.read_bytes() + b"\xff\n")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (pipe, r"void\.ttl is not a file"),
        (pipe_of_checksums, "SHA256SUMS is not a file"),
        (pipe_of_manifest, r"release\.json is missing"),
        (bytes_in_a_name, "is not part of it: not in SHA256SUMS"),
        (twice, "SHA256SUMS is not a sorted list"),
        (other_bytes, "SHA256SUMS is not a sorted list"),
        (lambda release: (release / "SHA256SUMS").write_bytes(b""), "SHA256SUMS is not a sorted"),
        (lambda release: (release / "SHA256SUMS").unlink(), "SHA256SUMS is missing"),
        (lambda release: (release / "store/LOCK").unlink(), "store/LOCK is missing"),
        (lambda release: (release / "void.ttl").write_bytes(b""), r"void\.ttl was changed"),
    ],
)
def test_what_is_wrong_is_said_and_what_to_do(
    release: Path, change: Callable[[Path], object], reason: str
) -> None:
    change(release)

    with pytest.raises(BrokenRelease, match=f"{reason}.*Remedy: copy the release again") as error:
        verify_release(release)
    assert str(error.value).isprintable()


def test_only_the_hash_of_the_checksums_tells_who_computed_all_of_them_anew(release: Path) -> None:
    pin = hash_of_checksums(release)
    for name in ("content/compiled.rq", "store/OPTIONS-000007", "glocal.trig.gz"):
        (release / name).write_bytes(b"other")
        write_checksums(release)
        assert verify_release(release) == release
        with pytest.raises(BrokenRelease, match=r"not the release expected.*setting expect"):
            verify_release(release, pin)


def test_quads_of_dump_and_store_are_compared_where_that_is_asked_for(release: Path) -> None:
    store = Store(str(release / "store"))
    store.remove(QUADS[0])
    store.add(Quad(IRI, IRI, IRI))
    store.flush()
    del store
    write_checksums(release)
    assert verify_release(release) == release

    with pytest.raises(BrokenRelease, match=r"the store has other quads than glocal\.nq\.gz"):
        verify_release(release, with_quads=True)


def test_the_content_hash_is_that_of_the_dump(release: Path) -> None:
    path = release / "release.json"
    digest = path.read_text("utf-8").partition('"hash": "')[2][:64]
    path.write_text(path.read_text("utf-8").replace(digest, "0" * 64), encoding="utf-8")
    write_checksums(release)

    with pytest.raises(BrokenRelease, match=f"the content hash {digest}, but 0000"):
        verify_release(release, with_quads=True)
