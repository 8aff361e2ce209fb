"""A release needs no installation: not the sources it was built from, and not their subject."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2
import pytest

from tests.service.conftest import first_answer, free_port

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = "from service.cli import app; app()"
RIVERS: Final = ROOT / "tests" / "rivers"
FLOW: Final = {"subject": "id:Inn", "predicate": "glocal:drainsInto", "object": "id:BlackSea"}
LAUNCH: Final = {
    "subject": "id:London",
    "predicate": "glocal:contributedToLaunchOf",
    "object": "id:CitiesAndClimateChangeInitiative",
}
FORGET: Final = (
    "PREFIX id: <https://w3id.org/glocal/id/> PREFIX glocal: <https://w3id.org/glocal/ontology#> "
    "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"
)
PATHS: Final = (
    "/explain?" + "&".join(f"{name}={value}" for name, value in LAUNCH.items()),
    "/frames/city.jsonld",
    "/data/id/London.jsonld?profile=http://www.w3.org/ns/json-ld%23framed",
    "/data/id/London.html",
    "/rules",
    "/queries",
    "/queries/members-of-a-network?network=id:C40",
    "/ontology/core",
    "/ontology/shapes/facts",
    "/ontology/rules/co-hosts.rq",
    "/ontology",
    "/context.jsonld",
    "/links/wikidata.sssom.tsv",
    "/reconcile",
    "/openapi.json",
    "/",
)


def run(code_folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run `glocal` with the code in a folder."""
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=code_folder,
        env={**os.environ, "PYTHONPATH": str(code_folder)},
        timeout=120,
    )


@contextmanager
def serve(code_folder: Path, release: Path) -> Iterator[str]:
    """Run `glocal serve` with the code in a folder; it is ready to answer."""
    port = str(free_port())
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", "--release", str(release), "--port", port],
        cwd=code_folder,
        env={**os.environ, "PYTHONPATH": str(code_folder), "GLOCAL_LOG_REQUESTS": "false"},
        stderr=subprocess.PIPE,
    ) as process:
        try:
            first_answer(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code alone, without any content."""
    folder = tmp_path_factory.mktemp("code")
    ignored = shutil.ignore_patterns("curated", "__pycache__")
    for package in ("kg", "service"):
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


@pytest.fixture(scope="module")
def moved(newest_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's release, copied to another place."""
    return Path(shutil.copytree(newest_release, tmp_path_factory.mktemp("moved") / "release"))


def test_a_release_is_served_and_explained_by_code_without_ontology_and_queries(
    bare: Path, moved: Path, service: str
) -> None:
    with serve(bare, moved) as address:
        for path in PATHS:
            here, there = (
                httpx2.get(f"{base}{path}", follow_redirects=True, timeout=60)
                for base in (address, service)
            )
            same = here.text.replace(address, service)
            assert (path, here.status_code, same) == (path, 200, there.text)
        headers = {"content-type": "application/sparql-update"}
        here, there = (
            httpx2.post(f"{base}/whatif", content=FORGET, headers=headers, timeout=60)
            for base in (address, service)
        )

    assert (here.status_code, here.text.replace(address, service)) == (200, there.text)


def test_the_command_line_reads_all_from_the_release(bare: Path, moved: Path) -> None:
    release = ("--release", str(moved))

    explained = run(bare, "explain", *LAUNCH.values(), *release)
    asked = run(bare, "query", "members-of-a-network", "--bind", "network=C40", *release)
    framed = run(bare, "describe", "London", "--profile", "framed", *release)
    supposed = run(bare, "whatif", FORGET, *release)

    assert explained.stdout.startswith("id:London glocal:contributedToLaunchOf")
    assert "https://w3id.org/glocal/id/Beijing" in asked.stdout
    assert json.loads(framed.stdout)["label"]["zh"] == "伦敦"
    assert "id:C40 glocal:initiatedBy id:KenLivingstone" in supposed.stdout


def test_a_release_whose_rule_was_changed_is_not_explained(bare: Path, moved: Path) -> None:
    rules = moved / "content" / "compiled.rq"
    text = rules.read_text("utf-8")
    try:
        rules.write_text(text.replace("Hypothesis", "Fact"), encoding="utf-8")

        explained = run(bare, "explain", *LAUNCH.values(), "--release", str(moved))
    finally:
        rules.write_text(text, encoding="utf-8")

    assert explained.returncode == 1
    assert "content/compiled.rq was changed" in explained.stderr
    assert "Remedy: copy the release again" in explained.stderr


@pytest.fixture(scope="module")
def rivers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of another content, with another base IRI and one language."""
    folder = tmp_path_factory.mktemp("rivers") / "release"
    built = run(ROOT, "build", "--content", str(RIVERS), "--out", str(folder))
    assert built.returncode == 0, built.stderr
    return folder


def test_another_content_is_checked_and_explained(rivers: Path) -> None:
    checked = run(ROOT, "check", "--content", str(RIVERS))
    explained = run(ROOT, "explain", *FLOW.values(), "--release", str(rivers))

    assert (checked.returncode, checked.stdout) == (0, "No findings.\n")
    assert explained.stdout.splitlines()[:2] == [
        "id:Inn glocal:drainsInto id:BlackSea  [Fact]",
        "by rule:drainage: A river drains into a sea that it flows into.",
    ]
    assert "in ev:p01.1-fact: passage:p01.1 (page 1)" in explained.stdout


def test_another_content_is_served_under_its_own_names(bare: Path, rivers: Path) -> None:
    with serve(bare, rivers) as address:
        explained = httpx2.get(
            f"{address}/explain", params=FLOW, headers={"accept": "application/ld+json"}, timeout=60
        )
        rows = httpx2.get(f"{address}/queries/rivers-of-a-sea?sea=id:BlackSea")
        pages = [
            httpx2.get(f"{address}{path}", headers={"accept": "text/html"}, follow_redirects=True)
            for path in (
                *("/", "/id/Inn", "/queries", "/queries/rivers-of-a-sea?sea=BlackSea"),
                *("/sparql", "/rules", "/ontology", "/evidence/p01.1-fact"),
                *("/data", "/dumps", "/catalog", "/void", "/frames"),
            )
        ]
        found = httpx2.get(f"{address}/search?q=danub").json()["results"][0]
        filtered = httpx2.get(f"{address}/classes/River?status=Fact").json()
        rivers_listed = httpx2.get(f"{address}/id?type=River&format=jsonld").json()
        manifest = httpx2.get(f"{address}/reconcile").json()
        described = httpx2.get(f"{address}/openapi.json").json()

    assert explained.status_code == 200
    assert "A river drains into a sea that it flows into." in explained.text
    assert "https://example.org/rivers/ontology#" in explained.text
    assert [row["river"]["value"] for row in rows.json()["results"]["bindings"]] == [
        "https://example.org/rivers/id/Danube",
        "https://example.org/rivers/id/Inn",
    ]
    assert [river["label"]["en"] for river in rivers_listed["items"]] == ["Danube", "Inn"]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert "<h1>Rivers of Europe</h1>" in pages[0].text
    assert "Which river flows into which." in pages[0].text
    assert (found["href"], found["stated"]) == ("/id/Danube", ["River"])
    assert [member["label"]["en"] for member in filtered["members"]] == ["Danube", "Inn"]
    assert "Which rivers drain into this sea?" in pages[2].text
    assert ' title="https://example.org/rivers/id/Danube">Danube</a>' in pages[3].text
    assert manifest["name"] == "Rivers of Europe"
    assert described["info"]["summary"] == "Which river flows into which."
    assert described["servers"] == [{"url": address}]
    thing = described["paths"]["/data/{kind}/{name}.jsonld"]["get"]["parameters"]
    examples = {one["name"]: one.get("example") for one in thing}
    assert (examples["kind"], examples["name"], examples["frame"]) == ("id", "Inn", "river")
