import json
import os
import re
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, parse
from typer.testing import CliRunner, Result

from kg.cli import app
from kg.namespaces import ID, PREFIXES, RDF, RDFS
from kg.release.build import build
from tests.kg.release.conftest import SmallSource

pytestmark = pytest.mark.usefixtures("release")

ANN = 'id:Ann a glocal:Person ; rdfs:label "Ann"@en , "安"@zh .'
CLAIM = """\
ev:p01.1-claim-Ann { id:London a glocal:State . }
ev:p01.1-claim-Ann a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;
    glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
"""


def run(*arguments: str) -> Result:
    """Run a command; the result has its output and exit code."""
    result = CliRunner().invoke(app, list(arguments))
    # A collection in another thread must not find what a query has found: this thread must free it.
    error: BaseException | None = result.exception
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__
    return result


@pytest.mark.slow
def test_a_query_needs_no_prefixes() -> None:
    result = run("query", "SELECT ?b WHERE { id:London glocal:cooperatesWith ?b }")

    assert result.stdout == "b\nhttps://w3id.org/glocal/id/Lyon\n"


def test_what_is_derived_can_be_left_out() -> None:
    ask = "ASK { id:Lyon glocal:cooperatesWith id:London }"

    assert run("query", ask).stdout == "true\n"
    assert run("query", ask, "--asserted-only").stdout == "false\n"


def test_a_long_query_is_answered_and_a_star_has_the_order_of_its_text() -> None:
    nested = "{ SELECT * " * 3_000 + "{ ?z ?a id:C40 }" + "}" * 3_000

    printed = run("query", f"SELECT * {nested} LIMIT 1", "--format", "csv").stdout

    assert printed.splitlines()[0] == "z,a"


def test_a_misspelt_term_is_a_warning_beside_the_answer() -> None:
    found = run("query", "SELECT ?x { ?x a glocal:Citty ; glocal:memberOff id:London. }")

    assert (found.exit_code, found.stdout) == (0, "x\n")
    assert found.stderr.splitlines() == [
        "Warning: Unknown term 'glocal:Citty'. Did you mean: glocal:City?",
        "Warning: Unknown term 'glocal:memberOff'. Did you mean: glocal:memberOf?",
    ]


def test_a_variable_that_nothing_binds_is_a_warning_too() -> None:
    found = run("query", "SELECT ?city ?nmae { ?city a glocal:City ; rdfs:label ?name } LIMIT 0")

    assert found.exit_code == 0
    assert found.stderr.splitlines() == [
        "Warning: The variable ?nmae is nowhere bound. Did you mean: ?name?"
    ]


def test_an_error_names_the_line_and_column_of_the_text_that_was_typed() -> None:
    result = run("query", "SELECT ?b\nWHERE { ?a ?b }")

    assert result.exit_code == 1
    assert "line 2, column 15" in result.stderr


def test_a_prefix_in_a_comment_or_an_iri_is_not_taken_for_a_declaration() -> None:
    text = "# prefix id:\nPREFIX x: <http://x/#prefix glocal:>\nASK { id:London a glocal:City }"

    assert "not well-formed" in run("query", text).stderr
    assert run("query", text.replace("#prefix glocal:", "#")).stdout == "true\n"


def test_a_describe_query_without_braces_is_sparql() -> None:
    printed = run("query", "DESCRIBE id:London").stdout

    assert 'rdfs:label "London"@en , "伦敦"@zh' in printed


def test_the_saved_queries_are_listed_with_their_questions_and_parameters() -> None:
    result = run("query", "--list")

    assert result.exit_code == 0
    assert (
        "members-of-a-network\n"
        "    Who is a member of this network, and where does the paper say so?\n"
        "    某一城市网络有哪些成员？论文在何处述及？\n"
        "    --bind network=…  the IRI of a network of cities\n"
    ) in result.stdout


@pytest.mark.slow
def test_bash_completes_commands_and_the_names_of_saved_queries() -> None:
    folder = Path(sys.executable).parent
    Path("complete.sh").write_text(
        """eval "$(glocal --show-completion)"
        complete_word() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _glocal_completion glocal
            echo "${COMPREPLY[@]}"; }
        complete_word glocal ver
        complete_word glocal query members-""",
        encoding="utf-8",
    )

    completed = subprocess.run(
        ["bash", "complete.sh"],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (completed.stdout, completed.stderr) == (
        "verify\nmembers-of-a-kind members-of-a-network\n",
        "",
    )


@pytest.mark.slow
def test_a_command_whose_reader_has_enough_ends_without_a_word() -> None:
    command = [str(Path(sys.executable).with_name("glocal")), "query", "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, told = process.communicate(timeout=300)

    assert told == b""


def test_a_saved_query_is_asked_by_name_with_its_parameter() -> None:
    result = run("query", "members-of-a-network", "--bind", "network=id:London")

    assert (result.exit_code, result.stdout.count("\n")) == (0, 1)


def test_a_saved_query_is_printed_in_pages() -> None:
    asked = ("query", "relations-of-a-city-by-pattern", "--bind", "city=London", "--format", "csv")
    _, *rows = run(*asked).stdout.splitlines()

    page = run(*asked, "--limit", "1", "--offset", "1")

    assert page.stdout.splitlines()[1:] == rows[1:2] != []


def test_a_parameter_may_be_a_name_in_any_language() -> None:
    by_name = run("query", "relations-of-a-city-by-pattern", "--bind", "city=伦敦")

    assert by_name.exit_code == 0
    assert "id/London,https://w3id.org/glocal/id/PatternA" in by_name.stdout
    assert by_name.stdout == (
        run("query", "relations-of-a-city-by-pattern", "--bind", "city=id:London").stdout
    )


@pytest.mark.parametrize(
    ("form", "name", "printed"),
    [
        ("ASK {}", "table", "true\n"),
        ("ASK {}", "json", '{"head":{},"boolean":true}\n'),
        ("SELECT ?x { VALUES ?x { 1 } }", "tsv", "?x\n1\n"),
        ("DESCRIBE rdfs:Nothing", "ttl", "\n"),
        ("CONSTRUCT { id:A a id:B } {}", "nt", f"<{ID}A> <{RDF}type> <{ID}B> .\n"),
        ("CONSTRUCT { id:A a id:B } {}", "table", f"@prefix id: <{ID}> .\n\nid:A a id:B .\n"),
    ],
)
def test_every_form_of_query_is_printed_in_its_formats(form: str, name: str, printed: str) -> None:
    result = run("query", "--text", form, "--format", name)

    assert (result.stdout.replace("\r", ""), result.stderr) == (printed, "")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("query", "members-of-networks"), "Did you mean: members-of-a-network"),
        (("query", "members-of-a-network", "--bind", "network"), "expected name=value"),
        (("query", "members-of-a-network"), "is missing"),
        (("query", "no/such/file"), "expected SPARQL or an existing file"),
        (
            ("query", "ASK {}", "--format", "trig"),
            "rows cannot be written as trig, expected one of csv",
        ),
        (("query", "DESCRIBE id:London", "--format", "csv"), "triples cannot be written as csv"),
        (("query", "ASK {}", "--limit", "1"), "need the name of a saved query"),
        (("query", "ASK {}", "--text", "ASK {}"), "expected a query, --text or --list"),
        (("query", "members-of-a-network", "--bind", "network=Londn"), "Did you mean: London"),
        (("describe", "London", "--frame", "citty"), "Unknown frame 'citty'. Did you mean: city"),
        (
            ("describe", "ev:p01.1-fact", "--profile", "framed", "--format", "ttl"),
            "--format jsonld",
        ),
        (
            ("describe", "London", "--evidence", "--format", "ttl"),
            "needs --format with one of trig, nquads, jsonld",
        ),
        (
            ("describe", "London", "--evidence", "--frame", "city"),
            "cannot be combined with a frame",
        ),
        (("describe", "London", "--frame", "city", "--profile", "expanded"), "--profile framed"),
        (("describe", "id:Londn"), "Did you mean: id:London"),
        (("describe", "foo:London"), "Unknown prefix 'foo'"),
        (("describe", "id:Lon don"), "Unknown thing 'id:Lon don'. Did you mean: id:London"),
        (("query", "ASK {}", "--release", "nowhere"), "Remedy: glocal build"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_would_be_right(
    arguments: tuple[str, ...], hint: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert hint in result.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("turtle", 'rdfs:label "London"@en , "伦敦"@zh'),
        ("nt", f'<{ID}London> <{RDFS}label> "伦敦"@zh .'),
        ("rdf", f'<glocal:cooperatesWith rdf:resource="{ID}Lyon"/>'),
    ],
)
def test_a_thing_is_described_by_any_of_its_names_in_the_format_asked_for(
    name: str, said: str
) -> None:
    printed = run("describe", "倫敦", "--format", name).stdout

    assert said in printed
    assert printed == run("describe", "id:London", "--format", name).stdout


@pytest.mark.parametrize("profile", ["compacted", "expanded", "flattened"])
def test_json_ld_in_every_profile_says_what_turtle_says(profile: str) -> None:
    document = json.loads(run("describe", "London", "--profile", profile).stdout)

    said = parse(
        jsonld.to_rdf(document, {"format": "application/n-quads"}), format=RdfFormat.N_QUADS
    )
    told = parse(run("describe", "London").stdout, format=RdfFormat.TURTLE)
    assert {quad.triple for quad in said} == {quad.triple for quad in told}


def test_a_framed_document_has_the_thing_at_its_top_and_needs_no_other_file() -> None:
    document = json.loads(run("describe", "London", "--frame", "city").stdout)

    (node,) = jsonld.expand(document)
    assert node["@id"] == f"{ID}London"
    assert [one["label"] for one in document["cooperatesWith"]] == [{"en": "Lyon", "zh": "里昂"}]
    # The document contains only those names of the context that it uses.
    assert "label" in document["@context"]
    assert "mayorOf" not in document["@context"]


def test_evidence_gives_each_statement_in_the_graph_that_says_so() -> None:
    printed = run("describe", "London", "--evidence", "--format", "nq").stdout
    cooperates = f"<{ID}London> <{PREFIXES['glocal']}cooperatesWith> <{ID}Lyon>"

    assert f"{cooperates} <{PREFIXES['ev']}p01.1-fact> .\n" in printed
    assert f"{cooperates} .\n" in printed


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    result = run("describe", "London", "--format", "foo")

    assert result.exit_code == 2
    said = " ".join(result.stderr.replace("│", " ").split())
    assert "unknown format 'foo', expected one of turtle, trig" in said


def test_an_evidence_graph_is_described_with_what_it_holds() -> None:
    printed = run("describe", "ev:p01.1-fact").stdout

    assert "glocal:hasStatus glocal:Fact" in printed
    assert "id:London glocal:cooperatesWith id:Lyon" in printed
    assert "@prefix wdt:" not in printed
    # N-Triples cannot express the content of a graph.
    assert "Lyon" not in run("describe", "ev:p01.1-fact", "--format", "nt").stdout


def test_a_text_that_is_not_the_source_is_told_in_one_line(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Something else.", encoding="utf-8")

    result = run("verify", str(other))

    assert result.exit_code == 1
    expected = "expected the text that they are from."
    assert result.stderr == f"{other} has none of the passages; {expected}\n"


def test_a_derived_triple_is_explained_by_rule_and_evidence() -> None:
    lines = run("explain", "id:Lyon", "glocal:cooperatesWith", "id:London").stdout.splitlines()

    assert lines[0] == "id:Lyon glocal:cooperatesWith id:London  [Fact]"
    assert lines[1].startswith("by rule:prp-symp-cooperatesWith: ")
    assert lines[-1].strip() == "in ev:p01.1-fact: passage:p01.1 (page 1)"


@pytest.mark.parametrize(
    ("name", "said"),
    [("json-ld", '"prov:Plan"'), ("turtle", "prov:Plan"), ("mermaid", "flowchart BT")],
)
def test_a_proof_is_printed_in_the_format_that_is_asked_for(name: str, said: str) -> None:
    result = run("explain", "id:Lyon", "glocal:cooperatesWith", "id:London", "--format", name)

    assert said in result.stdout


def test_what_does_not_follow_is_told_with_what_is_missing() -> None:
    result = run("explain", "id:Lyon", "glocal:inCity", "id:London", "--limit", "2")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "missing: id:Lyon glocal:" in result.stderr
    assert "Neither asserted nor derived: id:Lyon glocal:inCity id:London." in result.stderr


@pytest.mark.slow
def test_without_contradictions_it_is_said_that_there_are_none() -> None:
    assert run("explain", "--contradictions").stdout == "No contradictions in any world.\n"
    assert '"proofs": []' in run("explain", "--contradictions", "--format", "json-ld").stdout


@pytest.mark.slow
def test_the_contradiction_of_a_claim_is_listed_with_its_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GLOCAL_RELEASES", "releases")
    project = SmallSource()
    project.write("curated/entities/ann.ttl", ANN)
    project.write("curated/paper/more.trig", CLAIM)
    build(content=project.content)

    lines = run("explain", "--contradictions").stdout.splitlines()

    assert lines[0] == ("Contradiction  [Reading of id:GlocalMaintainers, by a claim of id:Ann]")
    assert lines[1].startswith("by rule:cax-adc-City-State: It cannot be that")
    assert re.search(r", core\.ttl:\d+\)$", lines[2])
    assert "└── id:London rdf:type glocal:State  [Claim of id:Ann]" in lines


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (
            ("id:London", "--contradictions"),
            "--contradictions or --disagreements: cannot be combined with a triple",
        ),
        (("id:London", "rdf:type"), "OBJECT: is missing"),
        ((), "SUBJECT: is missing"),
    ],
)
def test_explain_needs_a_triple_or_is_asked_for_contradictions(
    arguments: tuple[str, ...], named: str
) -> None:
    result = run("explain", *arguments)

    assert (result.exit_code, named in result.stderr) == (1, True)
