import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.service.agents.conftest import call_once
from tests.service.conftest import serve

pytestmark = pytest.mark.slow

RIVERS = Path(__file__).parents[3] / "rivers"


def test_a_model_is_told_what_is_here_how_to_read_it_and_where_to_begin(
    client: TestClient,
) -> None:
    answer = client.get("/llms.txt")
    lines = answer.text.splitlines()

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert lines[0] == "# Glocal: global cities and global governance"
    assert lines[2] == "> Global cities and global governance: SPARQL, JSON-LD and named questions."
    assert "By the Model Context Protocol at http://testserver/mcp, without a key:" in lines
    assert any(line.startswith("- `cite`: Cite passages, with page") for line in lines)
    assert "- `where-founded` of network: Where was this network founded?" in lines


def test_every_link_leads_somewhere(client: TestClient) -> None:
    text = client.get("/llms.txt").text

    links = [line.split("(")[1].split(")")[0] for line in text.splitlines() if "](" in line]

    assert len(links) > 5
    assert {client.get(link).status_code for link in links} == {200}


def test_another_content_has_its_own_words_and_the_same_tools(tmp_path: Path) -> None:
    release = tmp_path / "release"
    command = [sys.executable, "-c", "from service.cli import app; app()", "build"]
    subprocess.run(
        [*command, "--content", str(RIVERS), "--out", str(release)],
        check=True,
        capture_output=True,
    )

    with serve("--release", str(release), log_requests=False) as rivers:
        text = httpx2.get(f"{rivers.address}/llms.txt").text
        found = call_once(rivers.address, "find", name="black sea")["matches"]
        asked = {"name": "rivers-of-a-sea", "values": {"sea": found[0]["id"]}}
        answer = call_once(rivers.address, "ask_question", **asked)
        proof = call_once(
            rivers.address, "explain", subject="Inn", predicate="drainsInto", object="Black Sea"
        )
        cited = call_once(rivers.address, "cite", things=proof["passages"])
        schema = call_once(rivers.address, "schema")

    assert text.startswith("# Rivers of Europe\n\n> Which river flows into which.\n")
    assert "`rivers-of-a-sea` of sea" in text
    assert found[0]["id"] == "id:BlackSea"
    assert [row[1] for row in answer["rows"]] == ["id:Danube", "id:Inn"]
    assert proof["proofs"][0]["total_steps"] > 1
    assert [one["address"] for one in cited["citations"]] == [
        "https://example.org/rivers/source/atlas/p01.1"
    ]
    assert "https://example.org/rivers/ontology#" in schema["prefixes"].values()
    assert not any(word in text.lower() for word in ("london", "city", "cities", "c40"))
