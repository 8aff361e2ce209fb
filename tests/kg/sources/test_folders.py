"""Folders read into quads: each file in its graph, none passed over, each statement placed."""

import gzip
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad

from kg.content import own_content
from kg.errors import MalformedFile, MalformedInput
from kg.namespaces import GLOCAL, GRAPH, ID, OWL, RDF, RDFS
from kg.sources.folders import read_curated, read_ontology, statement_places
from tests.kg.conftest import content_in

PREFIXES = (
    "@prefix id: <https://w3id.org/glocal/id/> .\n"
    "@prefix ev: <https://w3id.org/glocal/evidence/> .\n"
)
ONTOLOGY_PREFIXES = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> . "
    "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)
FOUNDED = "<https://w3id.org/glocal/ontology#foundedAt>"
STATEMENT = f"{PREFIXES}id:C40 {FOUNDED} id:London ."


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedInput, match="nothing to read"):
        read_curated(content_in(tmp_path))
    with pytest.raises(MalformedInput, match="nothing to read"):
        read_ontology(tmp_path)


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

    assert {(q.subject, q.graph_name) for q in read_curated(content_in(tmp_path))} == {
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
        read_curated(content_in(tmp_path))

    assert path.is_relative_to(caught.value.path)
    assert caught.value.line == 1
    assert caught.value.reason.startswith(reason)
    assert caught.value.remedy


def test_prose_and_hidden_files_are_left_alone(tmp_path: Path) -> None:
    written(tmp_path / "entities/a.ttl", STATEMENT)
    for name in ("CODEBOOK.md", "QUALITY.md", "renames.csv", ".gitkeep", "paper/.a.trig.swp"):
        written(tmp_path / name, "not RDF")

    assert [quad.subject for quad in read_curated(content_in(tmp_path))] == [ID["C40"]]


@pytest.mark.parametrize("second", ["ev:a {{ {0} }}", "ev:b {{ {0} }} ev:a {1} id:x ."])
def test_a_graph_and_its_description_stand_in_one_file(tmp_path: Path, second: str) -> None:
    triple = f"id:C40 {FOUNDED} id:London"
    written(tmp_path / "paper/a.trig", f"{PREFIXES}ev:a {{ {triple} }}")
    path = written(tmp_path / "paper/b.trig", PREFIXES + "\n" + second.format(triple, FOUNDED))

    with pytest.raises(MalformedFile, match=r"ev:a is also in a\.trig") as caught:
        read_curated(content_in(tmp_path))

    assert (caught.value.path, caught.value.line) == (path, 4)


def placed(folder: Path, **files: str) -> list[tuple[Quad, str]]:
    """Each quad of these modules with its place."""
    for name, text in files.items():
        (folder / f"{name}.ttl").write_text(ONTOLOGY_PREFIXES + text, encoding="utf-8")
    ontology = read_ontology(folder)
    places = statement_places(ontology, folder)
    return [(quad, places.get(quad.triple, "")) for quad in ontology]


def places(found: list[tuple[Quad, str]], predicate: NamedNode) -> list[str]:
    return [place for quad, place in found if quad.predicate == predicate]


def test_each_object_of_a_statement_has_its_own_line(tmp_path: Path) -> None:
    found = placed(
        tmp_path,
        one="glocal:leads a owl:ObjectProperty ;\n"
        "    rdfs:subPropertyOf glocal:supports ,\n"
        "        glocal:joins .\n",
        two="\n\nglocal:near rdfs:subPropertyOf glocal:joins .\n",
    )

    assert places(found, RDF["type"]) == ["one.ttl:2"]
    assert places(found, RDFS["subPropertyOf"]) == ["one.ttl:3", "one.ttl:4", "two.ttl:4"]


def test_what_has_no_name_is_told_apart_by_its_order(tmp_path: Path) -> None:
    found = placed(
        tmp_path,
        one="[] a owl:AllDisjointClasses ;\n"
        "    owl:members ( glocal:A glocal:B ) .\n"
        "[] a owl:AllDisjointClasses ;\n"
        "    owl:members ( glocal:C\n"
        "        glocal:D ) .\n",
        two="[] a owl:AllDisjointClasses ; owl:members ( glocal:E glocal:F ) .\n"
        "[ owl:unionOf ( glocal:E glocal:F ) ] rdfs:subClassOf glocal:G .\n",
    )

    assert places(found, RDF["type"]) == ["one.ttl:2", "one.ttl:4", "two.ttl:2"]
    assert places(found, OWL["members"]) == ["one.ttl:3", "one.ttl:5", "two.ttl:2"]
    assert places(found, RDFS["subClassOf"]) == ["two.ttl:3"]


def test_what_is_said_twice_is_placed_where_it_is_said_first(tmp_path: Path) -> None:
    axiom = "glocal:leads rdfs:subPropertyOf glocal:supports .\n"

    found = placed(tmp_path, one=f"{axiom}{axiom}", two=axiom)

    assert {place for _, place in found} == {"one.ttl:2"}


def test_what_stands_in_no_file_has_no_place(tmp_path: Path) -> None:
    placed(tmp_path, one="glocal:leads rdfs:subPropertyOf glocal:supports .\n")
    other = [
        Quad(GLOCAL["near"], RDFS["subPropertyOf"], GLOCAL["supports"]),
        Quad(BlankNode(), RDF["type"], OWL["AllDisjointClasses"]),
    ]

    assert statement_places(other, tmp_path) == {}


def test_every_statement_of_the_ontology_but_the_links_of_lists_has_a_place() -> None:
    ontology = read_ontology()
    found = statement_places(ontology, own_content().ontology)

    lost = {quad.predicate for quad in ontology if quad.triple not in found}

    assert lost == {RDF["first"], RDF["rest"]}
