from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, RdfFormat, Triple, parse

from kg.content import own_content
from kg.errors import MalformedFile
from kg.namespaces import GLOCAL, ONTOLOGY, OWL, RDF, RDFS
from service.pages.ontology_files import read_ontology_files, read_rules

pytestmark = pytest.mark.slow

CORE = NamedNode(f"{ONTOLOGY.value}/core")


def triples_at(client: TestClient, path: str) -> list[Triple]:
    answer = client.get(path, headers={"accept": "application/n-triples"})
    return [quad.triple for quad in parse(answer.content, format=RdfFormat.N_TRIPLES)]


@pytest.mark.parametrize("path", ["/ontology", "/ontology/1.0.0"])
def test_the_ontology_is_served_by_negotiation(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "application/n-triples"})

    label = f'<{GLOCAL["City"].value}> <{RDFS["label"].value}> "城市"@zh .'
    assert label in answer.text.splitlines()
    assert '"London"' not in answer.text


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/ontology", "/ontology.html?lang=en"),
        ("/ontology.html", "/ontology.html?lang=en"),
        ("/ontology.html?lang=en", None),
        ("/ontology/1.0.0", "/ontology/1.0.0.html?lang=en"),
        ("/ontology/1.0.0.html?lang=en", None),
    ],
)
def test_a_browser_gets_the_ontology_as_a_page(
    client: TestClient, path: str, location: str | None
) -> None:
    answer = client.get(path, headers={"accept": "text/html, */*;q=0.8"})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    row = answer.text.partition('<tr id="City">')[2].partition("</tr>")[0]
    assert '<small><span lang="zh">城市</span></small>' in row
    assert answer.headers.get("content-location") == location
    assert '</linkset/ontology>; rel="linkset"' in answer.headers["link"]


def test_an_ending_that_stands_for_no_format_is_refused(client: TestClient) -> None:
    answer = client.get("/ontology.docx")

    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")


def test_the_whole_ontology_has_one_header_and_imports_nothing(client: TestClient) -> None:
    found = triples_at(client, "/ontology")

    assert [one.subject for one in found if one.object == OWL["Ontology"]] == [ONTOLOGY]
    assert OWL["imports"] not in {one.predicate for one in found}


@pytest.mark.parametrize("path", ["/ontology/core", "/ontology/core/1.0.0"])
def test_a_module_is_served_at_its_iri_and_its_version(client: TestClient, path: str) -> None:
    as_written = client.get(path, headers={"accept": "text/turtle"})
    found = triples_at(client, path)

    assert as_written.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "# Kinds first." in as_written.text
    assert found[0].subject == CORE
    assert Triple(GLOCAL["City"], RDF["type"], OWL["Class"]) in found
    assert len(found) == 5


@pytest.mark.parametrize(
    ("path", "iri"),
    [
        ("/ontology/alignments/org", f"{ONTOLOGY.value}/alignments/org"),
        ("/ontology/alignments/org/1.0.0", f"{ONTOLOGY.value}/alignments/org"),
        ("/ontology/shapes/facts", "https://w3id.org/glocal/shape/facts"),
    ],
)
def test_alignments_and_shapes_have_addresses(client: TestClient, path: str, iri: str) -> None:
    header = Triple(NamedNode(iri), RDF["type"], OWL["Ontology"])

    assert header in triples_at(client, path)
    assert client.get(path, headers={"accept": "application/ld+json"}).json()["id"] == iri


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/ontology/core", "part-module-core"),
        ("/ontology/core.html", "part-module-core"),
        ("/ontology/core/1.0.0", "part-module-core"),
        ("/ontology/alignments/org", "part-alignments"),
        ("/ontology/shapes/facts", "part-shapes"),
    ],
)
def test_people_are_led_from_a_file_to_its_section_of_the_page(
    client: TestClient, path: str, section: str
) -> None:
    browser = {"accept": "text/html"}
    answer = client.get(f"{path}?lang=zh", headers=browser, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/ontology.html?lang=zh#{section}"
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("name", ["core", "core/1.0.0", "shapes/facts"])
def test_an_extension_names_the_format_of_a_file(client: TestClient, name: str) -> None:
    turtle = client.get(f"/ontology/{name}.ttl", headers={"accept": "text/html"})

    negotiated = client.get(f"/ontology/{name}", headers={"accept": "text/turtle"})
    assert turtle.content == negotiated.content
    assert client.get(f"/ontology/{name}.docx").status_code == 406


@pytest.mark.parametrize("name", ["facts", "BackgroundEvidenceGraph"])
def test_the_iri_of_a_shape_leads_to_its_file(paper: TestClient, name: str) -> None:
    found = paper.get(f"/shape/{name}")

    assert (found.status_code, found.headers["location"]) == (303, "/ontology/shapes/facts")
    assert paper.get("/shape/Unheard").status_code == 404


def test_a_rule_is_served_as_the_query_that_it_is(client: TestClient) -> None:
    answer = client.get("/ontology/rules/co-hosts.rq")

    assert answer.headers["content-type"] == "application/sparql-query"
    assert answer.text.startswith("# rule (en): …\n# rule (zh): …\n")


@pytest.mark.parametrize(
    ("path", "kind", "near"),
    [
        ("/ontology/1.0.1", "ontology", "1.0.0"),
        ("/ontology/cores", "ontology", "core"),
        ("/ontology/core/1.0.1", "ontology", "core/1.0.0"),
        ("/ontology/rules/co-host.rq", "rule", "co-hosts"),
    ],
)
def test_what_is_not_there_is_answered_with_near_names(
    client: TestClient, path: str, kind: str, near: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/unknown-{kind}")
    assert answer.json()["near"][0] == near


def test_every_import_and_every_version_of_the_projects_own_files_has_an_address() -> None:
    found = read_ontology_files(own_content().ontology)

    root = parse((own_content().ontology / "ontology.ttl").read_bytes(), format=RdfFormat.TURTLE)
    imports = {quad.object.value for quad in root if quad.predicate == OWL["imports"]}
    assert len(imports) == 6
    assert imports <= {f"{ONTOLOGY.value}/{address}" for address in found}
    assert {"norms/1.0.0", "alignments/org/1.0.0", "shapes/terms"} <= set(found)
    assert "co-hosts" in read_rules(own_content().ontology)


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "core.ttl").write_text("<http://e/a> <http://e/b> 1 .", encoding="utf-8")

    with pytest.raises(MalformedFile, match=r"core\.ttl:1:1: expected a header"):
        read_ontology_files(tmp_path)
