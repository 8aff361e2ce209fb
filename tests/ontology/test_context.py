"""Tests of ontology/context: the names of the terms in JSON-LD."""

import hashlib
import json
from typing import Any

import pytest
from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.content import own_content
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import context_files, newest_context_file

CONTEXT: dict[str, Any] = json.loads(
    newest_context_file(own_content().ontology).read_text(encoding="utf-8")
)["@context"]
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
OBJECT_PROPERTY = NamedNode("http://www.w3.org/2002/07/owl#ObjectProperty")


def typed_terms() -> set[tuple[str, NamedNode]]:
    """The IRI and each type of every Glocal term that a module declares."""
    return {
        (quad.subject.value, quad.object)
        for path in sorted(own_content().ontology.glob("*.ttl"))
        for quad in parse(path=path, format=RdfFormat.TURTLE)
        if quad.predicate == TYPE
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(GLOCAL)
    }


TERMS = sorted({iri for iri, _ in typed_terms()})


def expanded(document: dict[str, Any]) -> dict[str, Any]:
    [node] = jsonld.expand({"@context": CONTEXT, **document})
    return dict(node)


def test_every_term_is_named_by_its_local_name_and_maps_back_to_its_iri() -> None:
    names = [iri.removeprefix(GLOCAL) for iri in TERMS]

    assert [name for name in names if name not in CONTEXT] == []
    assert expanded({"id": "urn:x", "type": names})["@type"] == TERMS


def test_the_context_names_no_glocal_term_that_no_module_declares() -> None:
    named = {
        (entry if isinstance(entry, str) else entry["@id"])
        for entry in CONTEXT.values()
        if not isinstance(entry, float)
    }
    known = {f"glocal:{iri.removeprefix(GLOCAL)}" for iri in TERMS}

    assert {name for name in named if name.startswith("glocal:")} == known


def test_every_object_property_takes_iris_as_values() -> None:
    names = [iri.removeprefix(GLOCAL) for iri, kind in typed_terms() if kind == OBJECT_PROPERTY]

    assert [name for name in names if CONTEXT[name].get("@type") != "@id"] == []


def test_the_prefixes_are_those_of_the_project_but_for_two_that_are_keyword_aliases() -> None:
    # What `id:` stands for in Turtle has a prefix of its own.
    assert CONTEXT["entity"] == PREFIXES["id"]
    prefixes = {name: iri for name, iri in PREFIXES.items() if name not in {"id", "graph"}}

    assert {name: CONTEXT[name] for name in prefixes} == prefixes
    assert (CONTEXT["id"], CONTEXT["graph"], CONTEXT["type"]["@id"]) == ("@id", "@graph", "@type")


# Clients keep a published version for a year, so a change is a new version. Until 1.0.0 is
# published it changes in place, together with its hash here.
RELEASED = {"1.0.0": "37fa9a65da9956f158003b1d80891e60996a7a2c25ebd1917f9e90f7367ad1d2"}


def test_a_version_of_the_context_never_changes() -> None:
    found = {
        version: hashlib.sha256(path.read_bytes()).hexdigest()
        for version, path in context_files(own_content().ontology).items()
    }

    assert found == RELEASED


def test_names_in_two_languages_and_several_to_a_language_survive_a_round_trip() -> None:
    document = {
        "id": "entity:C40",
        "type": ["TransnationalCityNetwork"],
        "label": {"en": "C40 Cities", "zh": "城市气候领导联盟"},
        "altLabel": {"en": ["C40", "C40 Cities Climate Leadership Group"], "zh": ["C40"]},
        "foundedAt": ["entity:London"],
    }

    compacted = jsonld.compact(expanded(document), {"@context": CONTEXT})

    assert {name: compacted[name] for name in document} == document


@pytest.mark.parametrize(
    ("name", "value", "lexical", "datatype"),
    [
        ("rank", 4, "4", "integer"),
        ("value", "1.4", "1.4", "decimal"),
        ("isUndated", True, "true", "boolean"),
        ("year", {"@type": "xsd:gYear", "@value": "2016"}, "2016", "gYear"),
    ],
)
def test_a_typed_value_becomes_a_literal_of_its_datatype(
    name: str, value: object, lexical: str, datatype: str
) -> None:
    document = {"@context": CONTEXT, "id": "urn:x", name: value}

    quads = jsonld.to_rdf(document, {"format": "application/n-quads"})

    xsd = PREFIXES["xsd"]
    assert quads == f'<urn:x> <{GLOCAL}{name}> "{lexical}"^^<{xsd}{datatype}> .\n'


@pytest.mark.parametrize("name", ["lat", "long"])
def test_a_coordinate_becomes_a_decimal_of_the_geo_vocabulary(name: str) -> None:
    document = {"@context": CONTEXT, "id": "urn:x", name: "-0.12574"}

    quads = jsonld.to_rdf(document, {"format": "application/n-quads"})

    geo, xsd = PREFIXES["geo"], PREFIXES["xsd"]
    assert quads == f'<urn:x> <{geo}{name}> "-0.12574"^^<{xsd}decimal> .\n'
