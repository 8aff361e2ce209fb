import csv
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg.cli import app
from kg.content import own_content


def run(*arguments: str) -> Result:
    """Run a command; the result has its output and exit code."""
    return CliRunner().invoke(app, ["link", *arguments])


@pytest.mark.usefixtures("release")
def test_a_table_gets_suggestions_with_scores_and_reasons_and_stays_as_it_is() -> None:
    table = Path("table.csv")
    table.write_text("zh,en\n倫敦,\n,Lyons\n,Reykjavík\n", encoding="utf-8")
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}

    result = run("suggest", "table.csv", "--most", "1")

    assert result.exit_code == 0
    assert list(csv.reader(result.stdout.splitlines())) == [
        ["line", "name", "entity", "label", "score", "match", "reason"],
        ["2", "倫敦", "id:London", "London", "100", "true", "label '伦敦'"],
        ["3", "Lyons", "id:Lyon", "Lyon", "88.9", "false", "like its label 'Lyon' (89 of 100)"],
        ["4", "Reykjavík", "", "", "", "false", "no entity has a similar name"],
    ]
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


@pytest.mark.usefixtures("release")
def test_a_table_without_names_is_refused_with_its_line() -> None:
    Path("table.csv").write_text("city,country\nLondon,\n", encoding="utf-8")

    result = run("suggest", "table.csv")

    assert result.exit_code == 1
    assert result.stderr.startswith("table.csv:1:1: no column of names. Expected: a header")


def test_the_projects_own_links_are_right_and_what_is_close_to_several_is_named() -> None:
    result = run("check")

    *notes, conclusion = result.stdout.splitlines()
    assert (result.exit_code, len(notes)) == (0, 6)
    assert conclusion == "No errors; 6 note(s), on what may be intended."
    assert (
        "wd:Q334 is a close match of several entities: id:Singapore, id:SingaporeState"
        in result.stdout
    )


def test_links_without_a_remark_have_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_content()
    shutil.copy(own.root / "content.toml", tmp_path)
    for folder in (own.ontology, own.queries, own.curated / "entities"):
        link = tmp_path / folder.relative_to(own.root)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(folder)
    links = tmp_path / own.links.relative_to(own.root)
    links.mkdir()
    (links / "wikidata.sssom.tsv").write_text(
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
        "id:London\tskos:exactMatch\twd:Q84\tsemapv:ManualMappingCuration\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)

    result = run("check", "--content", ".")

    assert (result.exit_code, result.stdout) == (0, "No findings.\n")
