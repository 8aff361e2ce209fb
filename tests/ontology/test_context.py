"""Tests of ontology/context: the names of the terms in JSON-LD."""

import hashlib
import json
from typing import Any

import pytest
from pyld import jsonld
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from kg.content import own_content
from kg.describe.json_ld_context import Context
from kg.namespaces import GLOCAL, PREFIXES
from kg.paths import context_files, newest_context_file

DOCUMENT: dict[str, Any] = json.loads(
    newest_context_file(own_content().ontology).read_text(encoding="utf-8")
)
CONTEXT: dict[str, Any] = DOCUMENT["@context"]
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
OBJECT_PROPERTY = NamedNode("http://www.w3.org/2002/07/owl#ObjectProperty")
DATATYPE_PROPERTY = NamedNode("http://www.w3.org/2002/07/owl#DatatypeProperty")


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


def is_list(name: str) -> bool:
    """Whether the values of a term, or its texts in each language, are always a list."""
    entry = CONTEXT[name]
    return isinstance(entry, dict) and "@set" in entry.get("@container", ())


# A thing has one of each: a status, an indicator and so on; OWL's own axioms and lists, too.
ONE_LINK = (
    "hasStatus hasBase byRule ruleStatus indicator subject dataSet unit baseUnit tier inSource "
    "organization member comparisonResult publicationStatus versionIRI priorVersion listFirst "
    "listRest annotatedProperty annotatedSource annotatedTarget hasValue onDatatype onProperty "
    "someValuesFrom first last next previous view"
)
# Shapes allow one to some of the things that have them; others have several.
SEVERAL_ELSEWHERE = {"fromPassage", "heldBy", "license"}


def test_a_link_is_a_list_unless_a_thing_can_have_only_one() -> None:
    links = {
        name
        for name, entry in CONTEXT.items()
        if isinstance(entry, dict) and entry.get("@type") == "@id"
    }

    assert {name for name in links if not is_list(name)} == set(ONE_LINK.split())


def test_the_other_values_of_the_projects_terms_are_no_lists_but_for_texts() -> None:
    data = {iri.removeprefix(GLOCAL) for iri, kind in typed_terms() if kind == DATATYPE_PROPERTY}

    several = {name for name in data if is_list(name)}
    assert several == {"gloss", "sectionHeading"}
    assert all("@language" in CONTEXT[name]["@container"] for name in several)


def test_what_the_shapes_allow_only_once_is_no_list() -> None:
    folder = own_content().ontology / "shapes"
    shapes = Store()
    for path in folder.glob("*.ttl"):
        shapes.load(path=path, format=RdfFormat.TURTLE)
    query = "SELECT ?path { ?shape sh:maxCount 1 ; sh:path ?path FILTER isIRI(?path) }"
    single = [row["path"].value for row in shapes.query(query, prefixes=dict(PREFIXES))]
    names = {iri: term.name for iri, terms in Context(DOCUMENT).terms.items() for term in terms}

    assert {names[iri] for iri in single if is_list(names[iri])} == SEVERAL_ELSEWHERE
    assert len(single) > 20


def test_a_date_may_have_any_type_under_its_name() -> None:
    shapes = own_content().ontology / "shapes" / "facts.ttl"
    quads = list(parse(path=shapes, format=RdfFormat.TURTLE))
    dated = [
        quad.object.value.removeprefix(GLOCAL)
        for quad in quads
        if quad.subject.value.endswith("shape/Dated") and "targetSubjectsOf" in str(quad.predicate)
    ]

    own = [name for name in dated if name in CONTEXT]
    assert [CONTEXT[name] for name in own] == [f"glocal:{name}" for name in own]
    assert (len(own), CONTEXT["dateIssued"]) == (11, "dcterms:issued")


# Clients keep a published version for a year, so a change is a new version. Until 1.0.0 is
# published it changes in place, together with its hash here.
RELEASED = {"1.0.0": "92c10b143b0340da6f93ee086d3a68a31ce012ec1b81413d6c61fce57839f298"}


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
