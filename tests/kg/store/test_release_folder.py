"""A release is checked before it takes the place of another."""

import json
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, Store

from kg.errors import BrokenRelease
from kg.store.release_folder import check_release, write_release

IRI = NamedNode("https://example.org/it")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release([Quad(IRI, IRI, IRI)], {"version": "1.0.0"}, tmp_path / "release")


def test_a_whole_release_passes(release: Path) -> None:
    check_release(release)


def test_a_store_with_other_quads_is_refused(release: Path) -> None:
    store = Store(str(release / "store"))
    store.clear()
    store.flush()
    del store

    with pytest.raises(BrokenRelease, match=r"the store has 0 quads, but glocal\.nq\.gz has 1"):
        check_release(release)


@pytest.mark.parametrize(
    ("manifest", "reason"),
    [
        ({"hash": "c0ffee", "quads": 1}, "does not match release.json"),
        (["nothing"], "release.json is not a JSON object"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    release: Path, manifest: object, reason: str
) -> None:
    (release / "release.json").write_text(json.dumps(manifest), encoding="utf-8")

    with pytest.raises(BrokenRelease, match=reason):
        check_release(release)


def test_half_a_file_of_quads_is_refused(release: Path) -> None:
    file = release / "glocal.nq.gz"
    file.write_bytes(file.read_bytes()[:-9])

    with pytest.raises(BrokenRelease, match="a part cannot be read"):
        check_release(release)
