"""The 24 checks by which FOOPS! judges whether an ontology is FAIR, in its order and by its names.

They are asked of the ontology as it is served, with the host here in place of w3id.org. What only
the open web can show is named where it stands: registration at w3id.org (PURL1, URI1, VER2), an
entry at prefix.cc or LOV (FIND2, FIND3), a licence that answers (OM4.2), a DOI (OM3).

Source: Garijo, Corcho, Poveda-Villalón: FOOPS!, ISWC 2021; https://w3id.org/foops/catalogue.
"""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg.namespaces import BASE, DCTERMS, GLOCAL, ONTOLOGY, OWL, PREFIXES, RDF, RDFS, SKOS
from kg.sources.folders import read_ontology
from kg.store.quad_store import Store
from service.answers.formats import JSON_LD, N_TRIPLES, RDF_XML, TURTLE, Format
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

VANN = "http://purl.org/vocab/vann/"
SERIALIZATIONS = [TURTLE, JSON_LD, N_TRIPLES, RDF_XML]
KINDS = {OWL[name] for name in ("Class", "ObjectProperty", "DatatypeProperty")}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    ontology = read_ontology()
    held = [Quad(one.subject, one.predicate, one.object, DefaultGraph()) for one in ontology]
    store = Store.in_memory([*ontology, *held])
    with TestClient(create_app(Settings(), store=store), follow_redirects=False) as found:
        yield found


@pytest.fixture(scope="module")
def served(client: TestClient) -> list[Triple]:
    """The ontology as a client gets it at its IRI."""
    answer = client.get(local(ONTOLOGY), headers={"accept": "text/turtle"})
    return [quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)]


def local(iri: NamedNode) -> str:
    """Where this host answers for an IRI of the project."""
    assert iri.value.startswith(BASE)
    return f"/{iri.value.removeprefix(BASE)}"


def values(served: list[Triple], predicate: NamedNode, of: NamedNode = ONTOLOGY) -> list[str]:
    return [
        one.object.value
        for one in served
        if one.subject == of
        and one.predicate == predicate
        and isinstance(one.object, NamedNode | Literal)
    ]


def only(served: list[Triple], predicate: NamedNode) -> str:
    [value] = values(served, predicate)
    return value


def own_terms(served: list[Triple]) -> set[NamedNode]:
    return {
        one.subject
        for one in served
        if one.predicate == RDF["type"]
        and one.object in KINDS
        and isinstance(one.subject, NamedNode)
        and one.subject.value.startswith(GLOCAL)
    }


# Findable.


def test_find1_a_prefix_is_declared(served: list[Triple]) -> None:
    assert only(served, NamedNode(f"{VANN}preferredNamespacePrefix")) == "glocal"


def test_find2_a_registry_would_find_the_prefix_with_the_namespace_of_the_ontology(
    served: list[Triple],
) -> None:
    # Whether prefix.cc or LOV have it, only they can say; here, the project's own register.
    prefix = only(served, NamedNode(f"{VANN}preferredNamespacePrefix"))

    assert PREFIXES[prefix] == only(served, NamedNode(f"{VANN}preferredNamespaceUri"))


def test_find3_it_says_in_which_catalogue_it_stands(
    client: TestClient, served: list[Triple]
) -> None:
    # In LOV it can stand once w3id.org answers.
    catalogue = only(served, NamedNode("https://schema.org/includedInDataCatalog"))

    assert f"<{catalogue}>" in client.get("/catalog", headers={"accept": N_TRIPLES.media_type}).text


def test_find3_bis_its_description_is_there_apart_from_itself(
    client: TestClient, served: list[Triple]
) -> None:
    # The catalogue keeps the metadata of what is withdrawn; so does the set of links.
    links = client.get("/linkset/ontology").json()["linkset"]

    assert links[0]["cite-as"] == [{"href": ONTOLOGY.value}]
    assert {"href": only(served, DCTERMS["license"])} in links[0]["license"]


def test_purl1_its_iri_is_a_persistent_one() -> None:
    assert ONTOLOGY.value.startswith("https://w3id.org/")


@pytest.mark.parametrize("form", SERIALIZATIONS, ids=lambda form: form.name)
def test_uri1_its_iri_resolves_to_rdf(client: TestClient, form: Format) -> None:
    answer = client.get(local(ONTOLOGY), headers={"accept": form.media_type})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(form.media_type)


def test_uri2_the_iri_by_which_it_is_got_is_the_one_that_it_has(served: list[Triple]) -> None:
    headers = {one.subject for one in served if one.object == OWL["Ontology"]}

    assert headers == {ONTOLOGY}


def test_ver1_a_version_has_an_iri_of_its_own(served: list[Triple]) -> None:
    version = only(served, OWL["versionIRI"])

    assert version == f"{ONTOLOGY.value}/{only(served, OWL['versionInfo'])}"


def test_ver2_the_iri_of_the_version_resolves(client: TestClient, served: list[Triple]) -> None:
    path = local(NamedNode(only(served, OWL["versionIRI"])))
    answer = client.get(path, headers={"accept": "text/turtle"})

    found = {quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)}
    assert len(found) == len(set(served))
    assert own_terms(list(found)) == own_terms(served)


def test_om1_the_least_metadata_are_there(served: list[Triple]) -> None:
    names = [DCTERMS[name] for name in ("title", "description", "license", "creator")]
    names += [OWL["versionIRI"], NamedNode(f"{VANN}preferredNamespaceUri")]

    assert [name for name in names if not values(served, name)] == []
    assert only(served, NamedNode(f"{VANN}preferredNamespaceUri")) == GLOCAL


# Accessible.


@pytest.mark.parametrize("form", SERIALIZATIONS, ids=lambda form: form.name)
def test_cn1_html_and_rdf_are_negotiated_at_its_iri(client: TestClient, form: Format) -> None:
    for media_type in ("text/html", form.media_type):
        answer = client.get(local(ONTOLOGY), headers={"accept": media_type})

        assert answer.headers["content-type"].partition(";")[0] == media_type
        assert "accept" in answer.headers["vary"].lower()


def test_http1_it_is_got_by_an_open_protocol() -> None:
    assert ONTOLOGY.value.partition(":")[0] == "https"


# Interoperable.


@pytest.mark.parametrize("form", [TURTLE, N_TRIPLES, RDF_XML], ids=lambda form: form.name)
def test_rdf1_it_is_well_formed_and_says_the_same_in_every_form(
    client: TestClient, served: list[Triple], form: Format
) -> None:
    answer = client.get(f"{local(ONTOLOGY)}.{form.name}")
    found = [quad.triple for quad in parse(answer.content, format=form.syntax)]

    assert own_terms(found) == own_terms(served)
    assert len(found) == len(served)


def test_voc1_its_metadata_speak_vocabularies_of_others(served: list[Triple]) -> None:
    used = {one.predicate.value for one in served if one.subject == ONTOLOGY}
    spaces = [DCTERMS, OWL, VANN, PREFIXES["bibo"], PREFIXES["schema"], PREFIXES["foaf"]]

    assert [space for space in spaces if not any(one.startswith(space) for one in used)] == []


def test_voc2_it_builds_on_terms_of_others(served: list[Triple]) -> None:
    above = {
        one.object.value
        for one in served
        if one.predicate in (RDFS["subClassOf"], RDFS["subPropertyOf"])
        and isinstance(one.object, NamedNode)
        and not one.object.value.startswith(BASE)
    }

    assert {f"{PREFIXES['org']}Membership", f"{PREFIXES['qb']}Observation"} <= above


# Reusable.


def test_doc1_there_is_documentation_in_html(client: TestClient, served: list[Triple]) -> None:
    answer = client.get(local(ONTOLOGY), headers={"accept": "text/html"})

    anchors = {
        name for name in own_terms(served) if f' id="{name.value[len(GLOCAL) :]}"' in answer.text
    }
    assert anchors == own_terms(served)


def test_om2_the_recommended_metadata_are_there(served: list[Triple]) -> None:
    names = [NamedNode(f"{VANN}preferredNamespacePrefix"), OWL["versionInfo"]]
    names += [DCTERMS["created"], DCTERMS["bibliographicCitation"]]

    assert [name for name in names if not values(served, name)] == []


def test_om3_the_detailed_metadata_are_there_but_for_a_doi(
    client: TestClient, served: list[Triple]
) -> None:
    # A DOI is given by an archive once a version is deposited there.
    names = [DCTERMS["source"], DCTERMS["issued"], NamedNode(f"{PREFIXES['bibo']}status")]
    names += [NamedNode("http://purl.org/dc/elements/1.1/publisher")]
    logo = local(NamedNode(only(served, NamedNode(f"{PREFIXES['foaf']}logo"))))

    assert [name for name in names if not values(served, name)] == []
    assert client.get(logo).headers["content-type"] == "image/svg+xml"


def test_om4_1_it_has_a_licence(served: list[Triple]) -> None:
    assert len(values(served, DCTERMS["license"])) == 1


def test_om4_2_the_licence_is_an_iri_that_resolves(served: list[Triple]) -> None:
    # Its answer is creativecommons.org's to give; this is the address under which it does.
    licence = only(served, DCTERMS["license"])

    assert licence == "https://creativecommons.org/licenses/by/4.0/"


def test_om5_1_its_basic_provenance_is_told(served: list[Triple]) -> None:
    assert values(served, DCTERMS["creator"]) == ["The Glocal maintainers"]
    assert only(served, DCTERMS["created"]) <= only(served, DCTERMS["issued"])


def test_om5_2_its_detailed_provenance_is_told(served: list[Triple]) -> None:
    publisher = NamedNode("http://purl.org/dc/elements/1.1/publisher")

    assert values(served, publisher) == ["The Glocal maintainers"]
    assert len(only(served, DCTERMS["issued"])) == len("2026-11-25")


def test_voc3_every_term_has_a_label_in_both_languages(served: list[Triple]) -> None:
    assert without(served, RDFS["label"]) == set()


def test_voc4_every_term_has_a_definition_in_both_languages(served: list[Triple]) -> None:
    assert without(served, SKOS["definition"]) == set()


def without(served: list[Triple], predicate: NamedNode) -> set[NamedNode]:
    """The terms that lack a text in one of the languages."""
    said = {
        (one.subject, one.object.language)
        for one in served
        if one.predicate == predicate and isinstance(one.object, Literal)
    }
    return {term for term in own_terms(served) if not {(term, "en"), (term, "zh")} <= said}


def test_every_check_is_here() -> None:
    checks = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    codes = [
        "find1_",
        "find2_",
        "find3_it",
        "find3_bis",
        "purl1",
        "uri1",
        "uri2",
        "ver1",
        "ver2",
        "om1_",
        "cn1",
        "http1",
        "rdf1",
        "voc1",
        "voc2",
        "doc1",
        "om2_",
        "om3_",
        "om4_1",
        "om4_2",
        "om5_1",
        "om5_2",
        "voc3",
        "voc4",
    ]

    assert len(codes) == 24
    assert [code for code in codes if sum(one.startswith(code) for one in checks) != 1] == []
