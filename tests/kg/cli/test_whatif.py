"""`glocal whatif` on a small project."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg.cli import app

FORGET = "DELETE DATA { id:London glocal:cooperatesWith id:Lyon }"
BACK = "id:Lyon glocal:cooperatesWith id:London"

pytestmark = pytest.mark.usefixtures("release")


def whatif(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["whatif", *arguments], input=stdin)


@pytest.mark.slow
def test_what_rests_on_a_removed_triple_would_go() -> None:
    result = whatif(FORGET)

    assert result.exit_code == 0
    assert "- id:London glocal:cooperatesWith id:Lyon  [Fact]\n" in result.stdout
    assert f"- {BACK}  [Fact]\n    by rule:prp-symp-cooperatesWith" in result.stdout
    assert "newly hold" not in result.stdout


@pytest.mark.slow
def test_proofs_can_be_left_out() -> None:
    assert "\n│   └── id:London" in whatif(FORGET).stdout
    assert "\n│   └──" not in whatif(FORGET, "--no-proofs").stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("forget.ru", f"# no more\n{FORGET}"),
        ("forget.trig", "graph:removed { id:London glocal:cooperatesWith id:Lyon }"),
    ],
)
def test_a_patch_stands_in_a_file_or_comes_from_standard_input(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")

    assert f"- {BACK}" in whatif(name).stdout
    assert whatif("-", stdin=text).stdout == whatif(name).stdout


@pytest.mark.slow
def test_a_query_is_answered_before_and_after() -> None:
    result = whatif(FORGET, "--query", f"ASK {{ {BACK} }}", "--no-proofs")

    assert result.stdout.endswith("\nAnswer: yes now, no then\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["json", "json-ld"])
def test_the_outcome_is_json_too(name: str) -> None:
    query = "SELECT ?x { ?x glocal:cooperatesWith ?y }"

    document = json.loads(whatif(FORGET, "--format", name, "--query", query).stdout)

    assert [one["before"] for one in document["lost"]][:1] == [{"hasBase": "glocal:Fact"}]
    assert document["contradictions"] == []
    rows = {when: len(one["results"]["bindings"]) for when, one in document["answers"].items()}
    assert rows == {"before": 2, "after": 0}


def test_the_outcome_is_turtle_too() -> None:
    assert "prov:invalidated" in whatif(FORGET, "--format", "turtle").stdout


def test_turtle_has_no_answers() -> None:
    refused = whatif(FORGET, "--format", "turtle", "--query", "ASK {}")

    assert refused.exit_code == 1
    assert "--query: cannot be combined with --format turtle" in refused.stderr


@pytest.mark.slow
def test_nothing_is_stored() -> None:
    whatif(FORGET)

    asked = CliRunner().invoke(app, ["query", f"ASK {{ {BACK} }}"])
    assert asked.stdout == "true\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["INSERT DATA {\n id:London }"], "line 2, column 12"),
        (
            ["INSERT DATA { GRAPH graph:meta { id:A a glocal:City } }"],
            "graph:meta is not an evidence",
        ),
        (["CLEAR ALL"], "CLEAR is not allowed"),
        ([FORGET, "--query", "SELECT {"], "line 1, column 8"),
        ([FORGET, "--query", "DESCRIBE id:London"], "expected a SELECT or ASK query"),
        (["no/such/file"], "patch: expected SPARQL or an existing file"),
        ([FORGET, "--release", "nowhere"], "Remedy: glocal build"),
    ],
)
def test_what_is_refused_ends_with_1_and_says_why(arguments: list[str], said: str) -> None:
    result = whatif(*arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
