import contextlib
import gzip
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store, serialize

from kg.errors import BrokenRelease, Contradiction, ValidationFailed
from kg.namespaces import DERIVED, GLOCAL, GRAPH, ID, RDF, RULE
from kg.release.build import build
from kg.store.release_folder import find_release, read_manifest
from tests.kg.conftest import Project
from tests.kg.release.conftest import SmallSource, content_without_queries

pytestmark = pytest.mark.slow

CLAIM = """\
ev:p01.1-claim-Ann { id:Lyon glocal:cooperatesWith id:Paris . }
ev:p01.1-claim-Ann a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;
    glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
"""
MORE = """\
id:Paris a glocal:City ; rdfs:label "Paris"@en , "巴黎"@zh .
id:Ann a glocal:Person ; rdfs:label "Ann"@en , "安"@zh .
"""


COOPERATES = GLOCAL["cooperatesWith"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small project, and its release in `out`."""
    folder = tmp_path_factory.mktemp("built")
    with contextlib.chdir(folder):
        build(Path("out"), content=SmallSource().content)
    return folder


@pytest.fixture
def release(files: Path) -> Path:
    """The release of the small project, which no test changes."""
    return files / "out"


@pytest.fixture
def project(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A copy of the project and of its release, in the working folder."""
    monkeypatch.chdir(shutil.copytree(files, tmp_path / "files"))
    monkeypatch.setenv("GLOCAL_RELEASES", str(tmp_path / "releases"))
    return Copied()


class Copied(Project):
    """The project whose files stand in the working folder."""

    def __init__(self) -> None:
        self.content = content_without_queries()


def build_in(project: Project, out: Path | None = None) -> Path:
    """A release of the small project."""
    return build(out, content=project.content)


def triples_of(release: Path, graph: NamedNode | DefaultGraph) -> set[tuple[object, ...]]:
    """The triples of one graph of a release."""
    store = Store.read_only(str(release / "store"))
    return {tuple(quad.triple) for quad in store.quads_for_pattern(None, None, None, graph)}


def test_the_same_files_give_the_same_bytes(project) -> None:
    second = build_in(project, Path("two"))

    for name in ("release.json", "glocal.nq.gz"):
        assert (second / name).read_bytes() == Path("out", name).read_bytes()


def test_what_is_derived_holds_and_stands_apart(release: Path) -> None:
    back = (ID["Lyon"], COOPERATES, ID["London"])

    assert back in triples_of(release, DERIVED)
    assert back in triples_of(release, DefaultGraph())
    assert back in triples_of(release, GRAPH["derived-fact-prp-symp-cooperatesWith"])
    assert back not in triples_of(release, GRAPH["asserted"])


def test_a_claim_and_what_follows_from_it_stay_out_of_the_default_graph(project) -> None:
    project.write("curated/entities/more.ttl", MORE)
    project.write("curated/paper/claims.trig", CLAIM)

    release = build_in(project, Path("other"))

    follows = (ID["Paris"], COOPERATES, ID["Lyon"])
    said = (ID["Lyon"], COOPERATES, ID["Paris"])
    assert not {follows, said} & triples_of(release, DefaultGraph())
    assert follows in triples_of(release, GRAPH["derived-claim-Ann-prp-symp-cooperatesWith"])


def test_curated_files_that_are_not_valid_leave_the_last_release_as_it_was(project) -> None:
    before = build_in(project)
    project.write("curated/paper/claims.trig", CLAIM)

    with pytest.raises(ValidationFailed, match="id:Paris"):
        build_in(project)
    assert find_release() == before.resolve()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("new/letter.txt", "dear", "other files"),
        ("out/thesis.txt", "mine", "new or empty folder"),
        ("new/release.json", '{"name": "other"}', "other files"),
    ],
)
def test_a_folder_with_any_file_that_is_not_of_a_release_is_left_alone(
    project, file: str, text: str, message: str
) -> None:
    Path("new").mkdir()
    Path(file).write_text(text, encoding="utf-8")
    project.write("curated/entities/more.ttl", MORE)

    with pytest.raises(BrokenRelease, match=message):
        build_in(project, Path(file).parent)
    assert Path(file).read_text("utf-8") == text


def empty_store(release: Path) -> None:
    shutil.rmtree(release / "store")
    Store(str(release / "store")).flush()


@pytest.mark.parametrize(
    "damage",
    [
        lambda release: (release / "release.json").write_bytes(b""),
        lambda release: (release / "glocal.nq.gz").write_bytes(b""),
        empty_store,
    ],
    ids=["manifest", "dump", "store"],
)
def test_a_damaged_release_is_mended_by_building_again(project, release: Path, damage) -> None:
    damage(Path("out"))

    build_in(project, Path("out"))

    for name in ("release.json", "glocal.nq.gz"):
        assert Path("out", name).read_bytes() == (release / name).read_bytes()
    assert triples_of(Path("out"), GRAPH["entities"])


def test_an_intact_release_is_left_alone_by_building_again(project, release: Path) -> None:
    build_in(project, Path("out"))

    # The files of the new store would differ.
    assert Path("out/SHA256SUMS").read_bytes() == (release / "SHA256SUMS").read_bytes()


def test_a_folder_is_never_without_a_release_while_it_is_replaced(project, monkeypatch) -> None:
    project.write("curated/entities/more.ttl", MORE)
    renamed: list[bool] = []
    rename = Path.rename

    def watched(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        renamed.append(Path("out/release.json").exists())
        return moved

    monkeypatch.setattr(Path, "rename", watched)
    build_in(project, Path("out"))

    assert all(renamed)
    assert any(one[0] == ID["Ann"] for one in triples_of(Path("out"), GRAPH["entities"]))
    assert not list(Path().glob(".unfinished-*"))


def test_the_lines_of_the_file_are_the_quads_of_the_store(release: Path) -> None:
    lines = gzip.decompress((release / "glocal.nq.gz").read_bytes()).splitlines()
    stored = serialize(Store.read_only(str(release / "store")), format=RdfFormat.N_QUADS)
    assert lines == sorted(stored.splitlines())


def test_a_build_sweeps_what_dead_builds_left_and_nothing_of_running_ones(project) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, kept = Path(f".unfinished-{dead.pid}-a"), Path(f".unfinished-{os.getpid()}-b")
    left.mkdir()
    kept.mkdir()

    build_in(project, Path("out"))

    assert (left.exists(), kept.exists()) == (False, True)


def test_a_type_that_only_background_supports_stands_in_the_background_graph(
    project, release: Path
) -> None:
    typed = (ID["London"], RDF["type"], GLOCAL["City"])

    project.write("curated/entities/more.ttl", "id:London glocal:mentionedIn passage:p01.1 .")
    assert typed in triples_of(release, GRAPH["background"])
    assert typed not in triples_of(build_in(project, Path("other")), GRAPH["background"])


def test_a_release_that_lacks_a_part_is_refused_with_the_remedy(
    release: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(release, tmp_path / "copy")
    (copy / "glocal.nq.gz").unlink()

    with pytest.raises(BrokenRelease, match="glocal build"):
        find_release(copy)


# Builds, and is killed as it is about to do this to a file whose path has this in it.
KILLED = """
import os, signal, sys
from pathlib import Path
from kg.release.build import build
from tests.kg.release.conftest import content_without_queries

def hook(event, arguments):
    if event == sys.argv[1] and sys.argv[2] in str(arguments[0]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
build(content=content_without_queries())
"""


def test_a_build_that_is_killed_leaves_the_last_release_whole(project) -> None:
    before = build_in(project)
    project.write("curated/entities/more.ttl", MORE)
    moments = {
        "open": "release.json",
        "os.rename": "release",
        "shutil.rmtree": ".unfinished-",
        "os.symlink": "",
    }

    for event, path in moments.items():
        child = subprocess.run([sys.executable, "-c", KILLED, event, path], check=False)
        release = find_release()
        assert child.returncode == -signal.SIGKILL, event
        assert release == before.resolve(), event
        assert read_manifest(release)["quads"] == len(Store.read_only(str(release / "store")))
    assert len(triples_of(build_in(project), GRAPH["entities"])) > 5


def test_a_contradiction_stops_the_build_with_its_proof(project) -> None:
    project.write(
        "ontology/distrust.ttl",
        "glocal:cooperatesWith owl:propertyDisjointWith glocal:distrusts .\n"
        "glocal:distrusts a owl:ObjectProperty ;\n"
        '    rdfs:label "distrusts"@en , "不信任"@zh ;\n'
        '    skos:definition "Relates an actor to one it doubts."@en , "关联存疑者。"@zh .',
    )
    distrust = "ev:p01.1-thesis { id:Lyon glocal:distrusts id:London . }\n"
    described = CLAIM.splitlines()[1:]
    thesis = "\n".join(described).replace("claim-Ann", "thesis").replace("Claim", "Thesis")
    thesis = thesis.replace(" ; glocal:heldBy id:Ann", "")
    project.write("curated/paper/more.trig", distrust + thesis)

    with pytest.raises(Contradiction) as error:
        build_in(project, Path("other"))

    lines = error.value.proof.splitlines()
    assert lines[0] == "Contradiction  [Thesis]"
    assert lines[2].endswith("glocal:cooperatesWith DisjointWith glocal:distrusts, distrust.ttl:2)")
    assert "    └── id:London glocal:cooperatesWith id:Lyon  [Fact]" in [
        line.replace("│", " ") for line in lines
    ]
    assert lines[-3:] == [
        "It rests on:",
        "curated/paper/more.trig:2: id:Lyon glocal:distrusts id:London",
        "curated/paper/opening.trig:2: id:London glocal:cooperatesWith id:Lyon",
    ]
    assert str(error.value).endswith(error.value.proof)
    assert not Path("other").exists()


def test_findings_are_reported_before_contradictions(project) -> None:
    project.write(
        "curated/entities/more.ttl",
        "id:Nice a glocal:City , glocal:State . id:Paris a glocal:City .",
    )

    with pytest.raises(ValidationFailed, match="disjoint") as error:
        build_in(project, Path("other"))

    assert "id:Paris" in str(error.value)
    assert list(Path().glob(".unfinished-*")) == []
    assert not Path("other").exists()


def test_the_contradiction_of_a_claim_is_described_and_stands_in_its_world_alone(project) -> None:
    project.write("curated/entities/more.ttl", MORE)
    claim = CLAIM.replace("id:Lyon glocal:cooperatesWith id:Paris", "id:Lyon a glocal:State")
    project.write("curated/paper/more.trig", claim)

    release = build_in(project, Path("other"))

    meta = triples_of(release, GRAPH["meta"])
    [clash] = [one for one, _, kind in meta if kind == GLOCAL["Contradiction"]]
    assert (clash, GLOCAL["followsFromClaimOf"], ID["Ann"]) in meta
    assert (clash, GLOCAL["heldBy"], ID["GlocalMaintainers"]) in meta
    assert (clash, GLOCAL["byRule"], RULE["cax-adc-City-State"]) in meta
    holding = triples_of(release, DefaultGraph())
    assert (ID["Lyon"], RDF["type"], GLOCAL["State"]) not in holding
    assert read_manifest(release)["contradictions in worlds"] == 1
