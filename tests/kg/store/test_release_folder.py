"""A release is checked before it takes the place of another."""

import json
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, Store

from kg.content import own_content, sha256
from kg.errors import BrokenRelease, OtherBaseIri
from kg.store.quad_store import Store as QuadStore
from kg.store.release_folder import check_release, write_release

IRI = NamedNode("https://example.org/it")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release([Quad(IRI, IRI, IRI)], {"version": "1.0.0"}, tmp_path / "release")


def rewrite_manifest(release: Path, change: dict[str, object]) -> None:
    """Change entries of release.json; an entry of None is removed."""
    path = release / "release.json"
    entries = {**json.loads(path.read_text("utf-8")), **change}
    given = {name: value for name, value in entries.items() if value is not None}
    path.write_text(json.dumps(given), encoding="utf-8")


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
    ("change", "reason"),
    [
        ({"hash": "c0ffee"}, "does not match release.json"),
        ({"format": 1}, r"format version 1, and this program reads version 2.*glocal build"),
        ({"format": None}, r"no format version.*glocal-kg 1\.0\.0, which built it"),
        ({"content": {"files": {}}}, "release.json does not describe the content"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    release: Path, change: dict[str, object], reason: str
) -> None:
    rewrite_manifest(release, change)

    with pytest.raises(BrokenRelease, match=reason):
        check_release(release)


def test_a_manifest_that_is_no_object_is_refused(release: Path) -> None:
    (release / "release.json").write_text('["nothing"]', encoding="utf-8")

    with pytest.raises(BrokenRelease, match=r"release\.json is not a JSON object"):
        check_release(release)


def test_a_release_with_other_names_says_how_to_start_a_process_that_reads_it(
    release: Path,
) -> None:
    description = dict(own_content().describe(), base_iri="https://example.org/rivers/")
    rewrite_manifest(release, {"content": {"description": description, "files": {}}})

    with pytest.raises(OtherBaseIri, match="GLOCAL_BASE_IRI=https://example") as error:
        check_release(release)

    assert error.value.environment["GLOCAL_SOURCE_NAME"] == "wang"


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("ontology/rules/co-hosts.rq", "# other", "content/ontology/rules/co-hosts.rq was changed"),
        ("compiled.rq", "# rule: other", "content/compiled.rq was changed"),
        ("queries/new.rq", "ASK {}", "content/queries/new.rq is not part of it"),
        ("links/wikidata.sssom.tsv", None, "content/links/wikidata.sssom.tsv is missing"),
    ],
)
def test_a_release_whose_content_was_changed_is_refused_with_the_file_and_the_remedy(
    release: Path, name: str, text: str | None, reason: str
) -> None:
    path = release / "content" / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(BrokenRelease, match=f"{reason}.*Remedy: copy the release again"):
        check_release(release)
    with pytest.raises(BrokenRelease, match=reason):
        _ = QuadStore.open(release).content


def test_every_file_of_a_release_but_its_store_has_a_checksum(release: Path) -> None:
    lines = (release / "SHA256SUMS").read_text("ascii").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    files = [path for path in release.rglob("*") if path.is_file()]

    assert sums == {
        path.relative_to(release).as_posix(): sha256(path.read_bytes())
        for path in files
        if "store" not in path.relative_to(release).parts and path.name != "SHA256SUMS"
    }
    assert sums["content/ontology/core.ttl"] == sha256(
        (own_content().ontology / "core.ttl").read_bytes()
    )


def test_half_a_file_of_quads_is_refused(release: Path) -> None:
    file = release / "glocal.nq.gz"
    file.write_bytes(file.read_bytes()[:-9])

    with pytest.raises(BrokenRelease, match="a part cannot be read"):
        check_release(release)
