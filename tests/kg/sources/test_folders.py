"""Folders read into quads: each file in its graph, none passed over."""

import gzip
from pathlib import Path

import pytest
from pyoxigraph import Quad

from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import GLOCAL, GRAPH, ID
from kg.sources.folders import read_curated, read_ontology

PREFIXES = (
    "@prefix id: <https://w3id.org/glocal/id/> .\n"
    "@prefix ev: <https://w3id.org/glocal/evidence/> .\n"
)
FOUNDED = "<https://w3id.org/glocal/ontology#foundedAt>"
STATEMENT = f"{PREFIXES}id:C40 {FOUNDED} id:London ."


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("read", [read_curated, read_ontology])
def test_an_empty_folder_is_refused(tmp_path: Path, read: object) -> None:
    assert callable(read)
    with pytest.raises(MalformedInput, match="nothing to read"):
        read(tmp_path)


def test_the_ontology_is_what_stands_directly_in_its_folder(tmp_path: Path) -> None:
    written(tmp_path / "core.ttl", PREFIXES + f"id:C40 {FOUNDED} id:London .")
    written(tmp_path / "shapes/facts.ttl", PREFIXES + f"id:C40 {FOUNDED} id:Paris .")

    assert read_ontology(tmp_path) == [
        Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"], GRAPH["ontology"])
    ]


def test_each_curated_folder_has_its_graph(tmp_path: Path) -> None:
    for folder in ("background", "entities", "paper", "source"):
        suffix = "ttl" if folder in {"entities", "source"} else "trig"
        written(tmp_path / folder / f"a.{suffix}", PREFIXES + f"id:{folder} {FOUNDED} id:x .")
    written(tmp_path / "renames.csv", "inventory name,local name\n")

    assert {(q.subject, q.graph_name) for q in read_curated(tmp_path)} == {
        (ID["background"], GRAPH["meta"]),
        (ID["entities"], GRAPH["entities"]),
        (ID["paper"], GRAPH["meta"]),
        (ID["source"], GRAPH["source"]),
    }


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("paper/three.trgi", STATEMENT, "unsupported file extension"),
        ("paper/three.trig~", STATEMENT, "unsupported file extension"),
        (
            "paper/a.trig.gz",
            gzip.compress(STATEMENT.encode(), mtime=0),
            "unsupported file extension",
        ),
        ("drafts/a.ttl", STATEMENT, "unexpected folder in this place"),
        ("paper/sub/a.trig", STATEMENT, "unexpected folder in this place"),
        ("a.ttl", STATEMENT, "unexpected file in this place"),
        ("links", "", "unexpected file in this place"),
        ("paper/a.trig", "", "the file has no statements"),
        ("entities/b.ttl", PREFIXES, "the file has no statements"),
    ],
)
def test_what_would_be_passed_over_is_refused(
    tmp_path: Path, name: str, content: str | bytes, reason: str
) -> None:
    written(tmp_path / "entities/a.ttl", STATEMENT)
    path = written(tmp_path / name, content)

    with pytest.raises(MalformedFile) as caught:
        read_curated(tmp_path)

    assert path.is_relative_to(caught.value.path)
    assert caught.value.line == 1
    assert caught.value.reason.startswith(reason)
    assert caught.value.remedy


def test_prose_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path / "entities/a.ttl", STATEMENT)
    for name in ("CODEBOOK.md", "QUALITY.md", "renames.csv", ".gitkeep", "paper/.a.trig.swp"):
        written(tmp_path / name, "not RDF")

    assert [quad.subject for quad in read_curated(tmp_path)] == [ID["C40"]]


@pytest.mark.parametrize("second", ["ev:a {{ {0} }}", "ev:b {{ {0} }} ev:a {1} id:x ."])
def test_a_graph_and_its_description_stand_in_one_file(tmp_path: Path, second: str) -> None:
    triple = f"id:C40 {FOUNDED} id:London"
    written(tmp_path / "paper/a.trig", f"{PREFIXES}ev:a {{ {triple} }}")
    path = written(tmp_path / "paper/b.trig", PREFIXES + "\n" + second.format(triple, FOUNDED))

    with pytest.raises(MalformedFile, match=r"ev:a is also in a\.trig") as caught:
        read_curated(tmp_path)

    assert (caught.value.path, caught.value.line) == (path, 4)
