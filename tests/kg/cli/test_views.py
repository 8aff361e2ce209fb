"""Views and worlds on the command line and in Python, on a small project with each status."""

import contextlib
import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from typer.testing import CliRunner, Result

import kg
from kg.cli import app
from kg.errors import MalformedParameter
from kg.namespaces import GLOCAL, ID
from kg.release.build import build
from tests.kg.release.conftest import SmallSource

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("newest")]

ENTITIES = """\
id:Ghent a glocal:City ; rdfs:label "Ghent"@en , "根特"@zh .
id:Quito a glocal:City ; rdfs:label "Quito"@en , "基多"@zh .
id:Seoul a glocal:City ; rdfs:label "Seoul"@en , "首尔"@zh .
id:Ann a glocal:Person ; rdfs:label "Ann"@en , "安"@zh .
"""
EVIDENCE = """\
ev:p01.1-thesis { id:London glocal:cooperatesWith id:Ghent . }
ev:p01.1-thesis a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;
    glocal:hasStatus glocal:Thesis .
ev:p01.1-reading { id:London glocal:cooperatesWith id:Quito . }
ev:p01.1-reading a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;
    glocal:hasStatus glocal:Reading ; glocal:heldBy id:GlocalMaintainers ;
    skos:note "We judge it so."@en , "编者如此判断。"@zh .
ev:p01.1-claim-Ann { id:London glocal:cooperatesWith id:Seoul . }
ev:p01.1-claim-Ann a glocal:Evidence ; glocal:fromPassage passage:p01.1 ;
    glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
"""
QUESTION = """\
# question (en): Who cooperates with London?
# question (zh): 谁与伦敦合作？
# view: readings
# world: Ann
# answer (en): one row per city, by IRI
PREFIX glocal: <https://w3id.org/glocal/ontology#>
PREFIX id: <https://w3id.org/glocal/id/>
SELECT ?x WHERE { ?x glocal:cooperatesWith id:London } ORDER BY ?x
"""
PARTNERS = "SELECT ?x WHERE { ?x glocal:cooperatesWith id:London } ORDER BY ?x"
SHOWN = {
    (): ["Ghent", "Lyon"],
    ("--view", "facts"): ["Lyon"],
    ("--view", "paper"): ["Ghent", "Lyon"],
    ("--view", "readings"): ["Ghent", "Lyon", "Quito"],
    ("--world", "Ann"): ["Ghent", "Lyon", "Seoul"],
    ("--view", "facts", "--world", "id:Ann"): ["Lyon", "Seoul"],
    ("--view", "readings", "--world", "Ann"): ["Ghent", "Lyon", "Quito", "Seoul"],
}
Options = tuple[str, ...]


@pytest.fixture(scope="module")
def viewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("viewed")
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLOCAL_RELEASES", str(folder / "releases"))
        project = SmallSource()
        project.write("curated/entities/more.ttl", ENTITIES)
        project.write("curated/paper/more.trig", EVIDENCE)
        questions = project.write("questions/partners.rq", "").parent
        (questions / "partners.rq").write_text(QUESTION, encoding="utf-8")
        return build(content=replace(project.content, queries=questions))


@pytest.fixture
def newest(viewed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The release, as the newest one, in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLOCAL_RELEASES", str(viewed.parent))
    return viewed


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def names(result: Result) -> list[str]:
    """The local names in the one column of an answer."""
    assert result.exit_code == 0, result.output
    return [row[0].removeprefix(ID) for row in csv.reader(io.StringIO(result.stdout))][1:]


@pytest.mark.parametrize(("options", "shown"), SHOWN.items())
def test_a_query_is_answered_in_a_view(options: Options, shown: list[str]) -> None:
    assert names(run("query", PARTNERS, *options)) == shown


def test_in_every_view_what_is_derived_can_be_left_out() -> None:
    derived, asserted = PARTNERS, PARTNERS.replace("?x glocal", "id:London glocal")
    asserted = asserted.replace("cooperatesWith id:London", "cooperatesWith ?x")

    for options, shown in SHOWN.items():
        assert names(run("query", derived, "--asserted-only", *options)) == []
        assert names(run("query", asserted, "--asserted-only", *options)) == shown


def test_a_saved_query_has_its_own_view_unless_another_is_named() -> None:
    assert names(run("query", "partners")) == SHOWN["--view", "readings", "--world", "Ann"]
    for options, shown in SHOWN.items():
        if options and options[0] == "--view":
            assert names(run("query", "partners", *options)) == shown
    # A world alone is that of the question's own view.
    in_plans = names(run("query", "partners", "--world", "plans"))
    assert in_plans == SHOWN["--view", "readings"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--view", "fact"), "view: expected one of facts, paper, readings, got 'fact'"),
        (("--world", "Anna"), "got 'Anna'. Did you mean: Ann?"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ("query", PARTNERS),
        ("describe", "London"),
        ("explain", "id:London", "glocal:cooperatesWith", "id:Lyon"),
        ("whatif", "DELETE DATA { id:London glocal:cooperatesWith id:Lyon }"),
    ],
)
def test_every_command_refuses_an_unknown_view_or_world(
    command: Options, options: Options, message: str
) -> None:
    result = run(*command, *options)

    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


def test_a_view_and_a_dataset_exclude_each_other() -> None:
    result = run("query", "ASK FROM graph:meta { ?s ?p ?o }", "--view", "facts")

    assert result.exit_code == 1
    assert "cannot be combined with FROM" in result.stderr


@pytest.mark.parametrize(("options", "shown"), SHOWN.items())
def test_a_thing_is_described_in_a_view(options: Options, shown: list[str]) -> None:
    result = run("describe", "London", "--format", "ntriples", *options)

    subject, predicate = f"<{ID}London>", f"<{GLOCAL}cooperatesWith>"
    lines = [line.split() for line in result.stdout.splitlines()]
    found = [line[2] for line in lines if line[:2] == [subject, predicate]]
    assert sorted(found) == [f"<{ID}{name}>" for name in shown]


def test_an_explanation_rests_on_what_its_view_shows() -> None:
    triple = ("id:Quito", "glocal:cooperatesWith", "id:London")

    anywhere, in_view = run("explain", *triple), run("explain", *triple, "--view", "readings")
    in_paper = run("explain", *triple, "--view", "paper")

    assert anywhere.stdout == in_view.stdout
    assert "[Reading of id:GlocalMaintainers]" in in_view.stdout.splitlines()[0]
    assert (in_paper.exit_code, in_paper.stdout) == (1, "")


@pytest.mark.parametrize(("options", "shown"), SHOWN.items())
def test_a_whatif_is_answered_in_a_view(options: Options, shown: list[str]) -> None:
    patch = "DELETE DATA { id:London glocal:cooperatesWith id:Lyon }"

    result = run("whatif", patch, "--query", PARTNERS, "--format", "json", *options)

    outcome = json.loads(result.stdout)
    before, after = (
        [row["x"]["value"].removeprefix(ID) for row in rows["results"]["bindings"]]
        for rows in (outcome["answers"]["before"], outcome["answers"]["after"])
    )
    assert (before, after) == (shown, [name for name in shown if name != "Lyon"])
    assert {change["subject"] for change in outcome["lost"]} == {"entity:London", "entity:Lyon"}


def test_what_is_supposed_of_a_claim_is_lost_in_its_world_only() -> None:
    patch = "DELETE DATA { GRAPH ev:p01.1-claim-Ann { id:London glocal:cooperatesWith id:Seoul } }"

    widest = ("--view", "readings", "--world", "Ann")
    in_paper, in_world = run("whatif", patch), run("whatif", patch, *widest)

    assert "Would no longer hold" not in in_paper.stdout
    assert "Would change outside of this view" in in_paper.stdout
    assert "Would no longer hold" in in_world.stdout
    assert "Would change outside of this view" not in in_world.stdout


@pytest.mark.filterwarnings("ignore:Dataset.default_context:DeprecationWarning")
@pytest.mark.parametrize(("options", "shown"), SHOWN.items())
def test_a_release_is_opened_in_a_view_in_python(options: Options, shown: list[str]) -> None:
    chosen = {
        "--view": None,
        "--world": None,
        **dict(zip(options[::2], options[1::2], strict=True)),
    }

    dataset = kg.open_release(view=chosen["--view"], world=chosen["--world"])

    near, london = rdflib.URIRef(f"{GLOCAL}cooperatesWith"), rdflib.URIRef(f"{ID}London")
    subjects = {subject for subject, _, _ in dataset.triples((None, near, london))}
    assert sorted(subject.removeprefix(ID) for subject in subjects) == shown
    assert [row[0].removeprefix(ID) for row in dataset.query(PARTNERS)] == shown
    claim = dataset.graph(rdflib.URIRef("https://w3id.org/glocal/evidence/p01.1-claim-Ann"))
    assert len(claim) == 1


def test_python_refuses_an_unknown_view_or_world_too() -> None:
    with pytest.raises(MalformedParameter, match="expected one of facts, paper, readings"):
        kg.open_release(view="fact")
    with pytest.raises(MalformedParameter, match=r"Did you mean: Ann\?"):
        kg.open_release(world="Anna")
