"""The file and line of each statement of the ontology."""

from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad

from kg.namespaces import GLOCAL, OWL, RDF, RDFS
from kg.paths import ONTOLOGY_FOLDER
from kg.sources.folders import read_ontology, statement_places

PREFIXES = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> . "
    "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
)


def placed(folder: Path, **files: str) -> list[tuple[Quad, str]]:
    """Each quad of these modules with its place."""
    for name, text in files.items():
        (folder / f"{name}.ttl").write_text(PREFIXES + text, encoding="utf-8")
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
    found = statement_places(ontology, ONTOLOGY_FOLDER)

    lost = {quad.predicate for quad in ontology if quad.triple not in found}

    assert lost == {RDF["first"], RDF["rest"]}
