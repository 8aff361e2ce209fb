"""The descriptions of the paper's release, such as its catalogue and sitemap, are right."""

import hashlib
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from fastapi.testclient import TestClient
from httpx2 import Response
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse
from pyshacl import validate

from kg.namespaces import DCAT, GLOCAL, VOID
from kg.release.void import DATASET
from kg.store.release_folder import read_manifest, write_release
from service.routes.about.sitemap import pages
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
HOST = "http://testserver/"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def folder(newest_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of releases; the newest is the paper's."""
    place = tmp_path_factory.mktemp("releases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOCAL_RELEASES", str(place))
        name = read_manifest(newest_release)["hash"][:16]
        shutil.copytree(newest_release, place / name)
        (place / "newest").symlink_to(name)
        yield place


@pytest.fixture(scope="module")
def paper(folder: Path) -> Iterator[TestClient]:
    app = create_app(Settings(release=folder / "newest"))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def triples_at(client: TestClient, path: str) -> set[Triple]:
    """Return the triples of a description."""
    answer = client.get(path, headers={"accept": "text/turtle"})
    return {quad.triple for quad in parse(answer.content, format=RdfFormat.TURTLE)}


def listed(answer: Response) -> list[str]:
    """Return the addresses in a sitemap or in a sitemap index."""
    places = ET.fromstring(answer.content).iter(f"{SITEMAP}loc")  # noqa: S314 - our own answer
    return [one.text or "" for one in places]


def test_the_first_page_says_what_the_release_says_of_itself(paper: TestClient) -> None:
    page, chinese = (
        paper.get(f"/?lang={language}", headers={"accept": "text/html"}).text
        for language in ("en", "zh")
    )

    assert "What one paper of political science states" in page
    assert "一篇政治学论文" in chinese


def test_the_catalogue_has_what_dcat_ap_demands(paper: TestClient) -> None:
    catalogue = rdflib.Graph().parse(data=paper.get("/catalog?format=ttl").text, format="turtle")

    shapes = rdflib.Graph().parse(HERE / "catalogue-shapes.ttl")
    conforms, _, report = validate(catalogue, shacl_graph=shapes, inplace=True)
    assert conforms, report
    catalogue.remove((None, rdflib.DCAT.byteSize, None))
    assert not validate(catalogue, shacl_graph=shapes, inplace=True)[0]


def test_every_file_in_the_catalogue_is_there_with_its_size_and_hash(paper: TestClient) -> None:
    catalogue = rdflib.Graph().parse(data=paper.get("/catalog?format=ttl").text, format="turtle")
    spdx = rdflib.Namespace("http://spdx.org/rdf/terms#")
    files = list(catalogue.subject_objects(rdflib.DCAT.downloadURL))

    assert len(files) == 5
    for file, address in files:
        body = paper.get(str(address)).content
        [checksum] = catalogue.objects(file, spdx.checksum / spdx.checksumValue)
        assert str(checksum) == hashlib.sha256(body).hexdigest()
        [size] = catalogue.objects(file, rdflib.DCAT.byteSize)
        assert int(str(size)) == len(body)


def test_a_release_that_is_kept_is_in_the_catalogue_and_not_current(
    paper: TestClient, folder: Path, project_release: Path
) -> None:
    found = triples_at(paper, "/catalog")

    versions = [one.object for one in found if one.predicate == DCAT["hasVersion"]]
    current = [one.object for one in found if one.predicate == DCAT["hasCurrentVersion"]]
    newest = (folder / "newest").resolve().name
    assert {str(one)[-17:-1] for one in versions} == {newest, project_release.name}
    assert [str(one)[-17:-1] for one in current] == [newest]
    kept = paper.get(f"/dumps/{project_release.name}/glocal.nq.gz")
    assert kept.content == (project_release / "glocal.nq.gz").read_bytes()
    assert paper.get("/dumps/0123456789abcdef/glocal.nq.gz").status_code == 404


@pytest.fixture
def project_release(folder: Path) -> Iterator[Path]:
    """Another release in the same folder, with one triple."""
    quad = Quad(GLOCAL["a"], GLOCAL["b"], GLOCAL["c"])
    unnamed = write_release([quad], {"version": "0.9.0"}, folder / "unnamed")
    kept = unnamed.rename(folder / read_manifest(unnamed)["hash"][:16])
    yield kept
    shutil.rmtree(kept)


def test_an_earlier_version_is_told_by_its_number(paper: TestClient, project_release: Path) -> None:
    found = triples_at(paper, "/catalog")

    [earlier] = [one.object for one in found if one.predicate == DCAT["previousVersion"]]
    assert str(earlier)[-17:-1] == project_release.name


def test_void_leads_to_files_an_endpoint_and_look_ups(paper: TestClient) -> None:
    about = [one for one in triples_at(paper, "/void") if one.subject == DATASET]
    dumps = {one.object.value for one in about if one.predicate == VOID["dataDump"]}
    [look_up] = [one.object.value for one in about if one.predicate == VOID["uriLookupEndpoint"]]

    assert {paper.head(address).status_code for address in dumps} == {200}
    for example in (one.object.value for one in about if one.predicate == VOID["exampleResource"]):
        found = paper.get(look_up + example.replace(":", "%3A").replace("/", "%2F"))
        assert found.headers["location"] == example.removeprefix("https://w3id.org/glocal")
    wikidata = paper.get(f"{look_up}http%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ84")
    assert wikidata.headers["location"] == "/id/London"


@pytest.mark.parametrize("path", ["/catalog", "/void", "/.well-known/sparql-examples"])
def test_addresses_here_lead_somewhere(paper: TestClient, path: str) -> None:
    here = {
        term.value.partition("#")[0]
        for one in triples_at(paper, path)
        for term in one
        if isinstance(term, NamedNode) and term.value.startswith(HOST)
    }

    look_up = f"{HOST}lookup?iri="
    opened = {address: paper.head(address).status_code for address in here - {look_up}}
    assert opened
    assert set(opened.values()) == {200}


@pytest.mark.parametrize(
    "name", ["void", "catalog", ".well-known/sparql-examples", "nanopub/p10.2-fact"]
)
def test_what_describes_is_where_its_name_says(paper: TestClient, name: str) -> None:
    form = RdfFormat.TRIG if name.startswith("nanopub") else RdfFormat.TURTLE
    described = parse(paper.get(f"/{name}").content, format=form)

    assert NamedNode(f"https://w3id.org/glocal/{name}") in {quad.subject for quad in described}


def test_the_sitemap_lists_pages_that_are_there(paper: TestClient) -> None:
    answer = paper.get("/sitemap.xml")
    addresses = listed(answer)

    assert answer.headers["content-type"] == "application/xml"
    assert len(addresses) == len(set(addresses)) > 2_000
    assert {f"{HOST}data/id/London.html", f"{HOST}ontology", HOST} <= set(addresses)
    for address in [*addresses[:6], *addresses[6::400]]:
        page = paper.get(address, headers={"accept": "text/html"})
        assert (address, page.status_code) == (address, 200)
    assert paper.get("/sitemap-1.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is(paper: TestClient) -> None:
    lines = paper.get("/robots.txt").text.splitlines()

    assert lines[0] == "User-agent: *"
    assert lines[-1] == f"Sitemap: {HOST}sitemap.xml"
    assert not any("data" in line or line == "Disallow: /" for line in lines)


def test_the_interfaces_of_the_host_lead_somewhere(paper: TestClient) -> None:
    answer = paper.get("/.well-known/api-catalog")
    contexts = answer.json()["linkset"]

    assert answer.headers["content-type"].startswith("application/linkset+json;profile=")
    assert [one["anchor"] for one in contexts] == [HOST, f"{HOST}sparql", f"{HOST}reconcile"]
    for context in contexts:
        for link in (
            link for links in context.values() if links is not context["anchor"] for link in links
        ):
            opened = paper.get(link["href"], headers={"accept": link["type"]})
            assert opened.headers["content-type"].startswith(link["type"])


def test_more_pages_than_a_list_may_have_stand_in_several(paper: TestClient, monkeypatch) -> None:
    monkeypatch.setattr("service.routes.about.sitemap._MAX_URLS", 2_000)
    whole = list(pages(paper.app.state.served))
    app = create_app(Settings(cache_mebibytes=0), store=paper.app.state.served.store)

    with TestClient(app) as client:
        index = client.get("/sitemap.xml")
        found = [address for part in listed(index) for address in listed(client.get(part))]

        assert "<sitemapindex " in index.text
        assert found == [HOST + path for path in whole]
        assert client.get("/sitemap-9.xml").status_code == 404
