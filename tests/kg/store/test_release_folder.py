"""A release is checked before it takes the place of another."""

import json
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad

from kg.content import own_content
from kg.errors import BrokenRelease, OtherBaseIri, UnknownName
from kg.store.quad_store import Store as QuadStore
from kg.store.release_folder import find_release, verify_release, write_release

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
    verify_release(release)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "1.0.1"}, "release.json was changed: its SHA-256"),
        ({"hash": "c0ffee"}, "'hash' in release.json is missing or not of the right form"),
        ({"hash": None}, "'hash' in release.json is missing"),
        ({"quads": "1"}, "'quads' in release.json"),
        ({"quads": True}, "'quads' in release.json"),
        ({"version": 1}, "'version' in release.json"),
        ({"version": "1\r\nX-Header: 1"}, "'version' in release.json"),
        ({"rdf": [["1.1"]]}, "'rdf' in release.json"),
        ({"counts": []}, "'counts' in release.json"),
        ({"counts": {"graphs": {"default": "1"}}}, "'counts' in release.json"),
        ({"format": 1}, r"format version 1, and this program reads version 4.*glocal build"),
        ({"format": {"a": []}}, r"this program reads version 4"),
        ({"format": None}, r"no format version.*by the glocal-kg that built it"),
        ({"content": {"files": {}}}, "release.json does not describe the content"),
        ({"content": [[]]}, "release.json does not describe the content"),
        ({"content": {"files": 1, "description": {"a": 1}}}, "does not describe the content"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    release: Path, change: dict[str, object], reason: str
) -> None:
    rewrite_manifest(release, change)

    with pytest.raises(BrokenRelease, match=reason):
        verify_release(release)


@pytest.mark.parametrize("folder", ["a\0b", "\ud800", "a\nb", 7, ["a"]])
def test_a_folder_of_the_content_whose_name_cannot_be_one_is_refused(
    release: Path, folder: object
) -> None:
    description = dict(own_content().describe(), ontology=folder)
    rewrite_manifest(release, {"content": {"description": description, "files": {}}})

    with pytest.raises(BrokenRelease, match=r"release\.json does not describe"):
        QuadStore.open(release)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'["nothing"]', r"release\.json is not a JSON object"),
        (b"{}", r"'hash' in release\.json is missing"),
        (b"[" * 100_000, "is not JSON, or nested too deep"),
        (b'{"a":' * 100_000, "is not JSON, or nested too deep"),
        (b"\xff", "is not JSON"),
        (b"", "is not JSON"),
        (b'{"quads": ' + b"9" * 10_000 + b"}", "is not JSON"),
    ],
)
def test_a_manifest_that_is_not_one_is_refused(release: Path, text: bytes, reason: str) -> None:
    (release / "release.json").write_bytes(text)

    with pytest.raises(BrokenRelease, match=reason):
        verify_release(release)


def test_links_in_a_circle_lead_to_no_release(tmp_path: Path) -> None:
    (tmp_path / "newest").symlink_to("newest")

    with pytest.raises(UnknownName, match="newest"):
        find_release(tmp_path / "newest")


def test_a_release_with_other_names_says_how_to_start_a_process_that_reads_it(
    release: Path,
) -> None:
    description = dict(own_content().describe(), base_iri="https://example.org/rivers/")
    rewrite_manifest(release, {"content": {"description": description, "files": {}}})

    with pytest.raises(OtherBaseIri, match="GLOCAL_BASE_IRI=https://example") as error:
        verify_release(release)

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
        verify_release(release)
    with pytest.raises(BrokenRelease, match=reason):
        _ = QuadStore.open(release).content
