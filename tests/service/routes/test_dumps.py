import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse

from kg.namespaces import GRAPH
from kg.store.quad_store import Store
from kg.store.release_folder import VOID_FILE, write_release
from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import Running

pytestmark = pytest.mark.slow

FILE = "/dumps/glocal.nq.gz"


@pytest.fixture(scope="module")
def folder(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dumps") / "release"
    return write_release(store.quads(), {"version": "1.0.0"}, place)


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(release=folder)), raise_server_exceptions=False) as found:
        yield found


@pytest.fixture(scope="module")
def whole(folder: Path) -> bytes:
    return (folder / "glocal.nq.gz").read_bytes()


def test_what_is_said_of_the_data_set_has_a_tag_of_its_own(store: Store, tmp_path: Path) -> None:
    other = b"@prefix v: <http://rdfs.org/ns/void#> . <urn:x> v:triples 1 ."
    tags = []
    for at, text in enumerate((b"", other)):
        place, described = tmp_path / str(at), {VOID_FILE: text}
        write_release(
            store.quads(),
            {"version": "1.0.0"},
            place,
            beside=lambda _, described=described: lambda: described,  # type: ignore[misc]
        )
        with TestClient(create_app(Settings(release=place))) as client:
            names = ("/void", "/catalog", "/nanopub/p10.2-fact")
            tags.append([client.get(name).headers["etag"] for name in names])

    assert [one != other for one, other in zip(*tags, strict=True)] == [True] * 3


def test_the_list_says_what_sha256sum_says(client: TestClient, whole: bytes) -> None:
    [listed] = client.get("/dumps").json()["dumps"]

    assert (listed["href"], listed["bytes"]) == (FILE, len(whole))
    assert listed["sha256"] == hashlib.sha256(whole).hexdigest()
    page = client.get("/dumps", headers={"accept": "text/html"}).text
    assert '<a href="/dumps/glocal.nq.gz">' in page
    assert f'<code class="copied">{listed["sha256"]}</code>' in page


def test_a_file_comes_as_it_lies_on_the_disk(client: TestClient, whole: bytes) -> None:
    answer = client.get(FILE)

    assert answer.content == whole
    assert answer.headers["content-type"] == "application/gzip"
    assert "content-encoding" not in answer.headers
    assert client.get(FILE, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_head_says_how_long_it_is(client: TestClient, whole: bytes) -> None:
    answer = client.head(FILE)

    assert (answer.headers["content-length"], answer.content) == (str(len(whole)), b"")
    assert answer.headers["accept-ranges"] == "bytes"
    # Nothing of the empty answer is kept for those who want the file.
    assert client.get(FILE).content == whole


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=10-19", slice(10, 20)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=5-99999", slice(5, None)),
    ],
)
def test_a_part_is_what_was_asked_for(client: TestClient, whole: bytes, asked: str, part) -> None:
    # Kept answers are whole: asked for before and after.
    client.get(FILE)
    answer = client.get(FILE, headers={"range": asked})

    assert (answer.status_code, answer.content) == (206, whole[part])
    assert answer.headers["content-range"].endswith(f"/{len(whole)}")
    assert client.get(FILE).content == whole


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=0-1,4-5", "lines=1-2", "bytes=x-", "x"])
def test_what_is_no_single_part_is_the_whole(client: TestClient, whole: bytes, asked: str) -> None:
    answer = client.get(FILE, headers={"range": asked})

    assert (answer.status_code, answer.content) == (200, whole)


def test_a_part_behind_the_end_is_refused_with_the_size(client: TestClient, whole: bytes) -> None:
    answer = client.get(FILE, headers={"range": f"bytes={len(whole)}-"})

    assert (answer.status_code, answer.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


def test_a_part_of_another_version_is_the_whole_of_this_one(
    client: TestClient, whole: bytes
) -> None:
    tag = client.head(FILE).headers["etag"]
    fitting = client.get(FILE, headers={"range": "bytes=0-3", "if-range": tag})
    other = client.get(FILE, headers={"range": "bytes=0-3", "if-range": '"other"'})
    behind = client.get(FILE, headers={"range": "bytes=999999-", "if-range": '"other"'})

    assert (fitting.status_code, fitting.content) == (206, whole[:4])
    assert (other.content, behind.content) == (whole, whole)


@pytest.mark.parametrize("name", ["release.json", "..%2Frelease.json", "glocal.ttl.gz"])
def test_nothing_else_in_the_folder_is_given_out(client: TestClient, name: str) -> None:
    assert client.get(f"/dumps/{name}").status_code == 404


def test_one_evidence_graph_is_a_nanopublication(client: TestClient) -> None:
    answer = client.get("/nanopub/p10.2-fact")

    quads = list(parse(answer.content, format=RdfFormat.TRIG))
    graphs = {quad.graph_name.value.removeprefix("https://w3id.org/glocal/") for quad in quads}
    assert graphs == {
        "evidence/p10.2-fact",
        *(f"nanopub/p10.2-fact#{part}" for part in ("Head", "provenance", "pubinfo")),
    }
    assert client.get("/nanopub/p10.2-fac").json()["near"][0] == "p10.2-fact"


def test_a_folder_that_is_removed_takes_nothing_but_its_files(
    serving: Callable[..., AbstractContextManager[Running]], release: Path
) -> None:
    with serving() as service:
        assert httpx2.get(f"{service.address}/dumps").status_code == 200
        shutil.rmtree(release)
        names = ("/dumps?again", FILE, "/catalog")
        gone = [httpx2.get(f"{service.address}{name}") for name in names]
        asked = service.ask("ASK {}")
        ready = httpx2.get(f"{service.address}/readyz")
        service.process.terminate()
        _, told = service.process.communicate(timeout=20)

    assert {answer.status_code for answer in gone} == {503}
    assert {answer.json()["type"] for answer in gone} == {"/problems/broken-release"}
    assert gone[0].json()["detail"] == (
        "The release is not as it was built: release.json is missing. "
        "Ask the operator to check the release."
    )
    assert all("retry-after" in answer.headers for answer in gone)
    assert (asked.status_code, ready.status_code) == (200, 200)
    assert b"Traceback" not in told


def test_a_file_that_is_removed_alone_is_a_problem_too(release: Path) -> None:
    with TestClient(create_app(Settings(release=release)), raise_server_exceptions=False) as client:
        (release / "glocal.nq.gz").unlink()
        gone = client.get(FILE)

    assert (gone.status_code, gone.json()["type"]) == (503, "/problems/broken-release")
    assert "glocal.nq.gz cannot be read: No such file" in gone.json()["detail"]


def test_releases_beside_it_that_are_broken_are_not_offered(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLOCAL_RELEASES", str(tmp_path))
    served, broken, whole = (
        write_release(store.quads(graph=graph), {"version": "1.0.0"})
        for graph in (None, GRAPH["derived"], GRAPH["asserted"])
    )
    (broken / "SHA256SUMS").write_bytes(b"\xff")
    with TestClient(create_app(Settings(release=served))) as client:
        found = [
            client.get(f"/dumps/{folder.name}/glocal.nq.gz").status_code
            for folder in (served, broken, whole)
        ]

    assert found == [200, 404, 200]
