"""Tests of ontology/alignments: how the terms meet outside vocabularies."""

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.content import own_content
from kg.namespaces import BASE, GLOCAL, OWL, PREFIXES, RDF, RDFS, SKOS

FILES = sorted((own_content().ontology / "alignments").glob("*.ttl"))
NAMES = ["bibo-fabio", "cito", "org", "prov-o", "qb", "schema", "skos", "wikidata"]
EACH_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def pairs(path: Path, predicate: NamedNode) -> set[tuple[str, str]]:
    """The IRIs that a predicate ties in a file."""
    return {
        (quad.subject.value, quad.object.value)
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if quad.predicate == predicate
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
    }


def ties(path: Path) -> set[tuple[str, str]]:
    predicates = (RDFS["subClassOf"], RDFS["subPropertyOf"], SKOS["closeMatch"])
    return {pair for predicate in predicates for pair in pairs(path, predicate)}


def declared(*kinds: str) -> set[str]:
    return {
        term
        for path in own_content().ontology.glob("*.ttl")
        for term, kind in pairs(path, RDF["type"])
        if kind.removeprefix(OWL) in kinds
    }


def test_there_is_one_alignment_per_vocabulary() -> None:
    assert [path.stem for path in FILES] == NAMES


@EACH_FILE
def test_an_alignment_is_an_ontology_named_after_its_file(path: Path) -> None:
    headers = pairs(path, RDF["type"])

    assert headers == {(f"{BASE}ontology/alignments/{path.stem}", OWL["Ontology"].value)}


@EACH_FILE
def test_an_alignment_ties_declared_terms_to_terms_of_others(path: Path) -> None:
    ours = {subject for subject, _ in ties(path)}
    theirs = {target for _, target in ties(path)}

    assert ours
    assert ours - declared("Class", "ObjectProperty", "DatatypeProperty") == set()
    assert [iri for iri in theirs if iri.startswith(GLOCAL)] == []


@EACH_FILE
def test_classes_are_put_under_classes_and_properties_under_properties(path: Path) -> None:
    classes = {subject for subject, _ in pairs(path, RDFS["subClassOf"])}
    properties = {subject for subject, _ in pairs(path, RDFS["subPropertyOf"])}

    assert classes - declared("Class") == set()
    assert properties - declared("ObjectProperty", "DatatypeProperty") == set()


def test_wikidata_items_are_close_matches_alone() -> None:
    path = own_content().ontology / "alignments" / "wikidata.ttl"

    assert ties(path) == pairs(path, SKOS["closeMatch"])
    assert [item for _, item in ties(path) if not item.startswith(PREFIXES["wd"])] == []


def test_the_root_imports_the_six_modules_and_no_alignment() -> None:
    imports = pairs(own_content().ontology / "ontology.ttl", OWL["imports"])
    names = {target.removeprefix(f"{BASE}ontology/") for _, target in imports}

    assert names == {"core", "actors", "dimensions", "patterns", "norms", "qualifiers"}
