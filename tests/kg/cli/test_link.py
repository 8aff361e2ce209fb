import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg.cli import app


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
    Path("table.csv").write_text("city\nLondon\n", encoding="utf-8")

    result = run("suggest", "table.csv")

    assert result.exit_code == 1
    assert result.stderr.startswith("table.csv:1:1: no column of names. Expected: a header")


def test_the_projects_own_links_are_right_and_what_is_close_to_several_is_named() -> None:
    result = run("check")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "No findings.")
    assert (
        "wd:Q334 is a close match of several entities: id:Singapore, id:SingaporeState"
        in result.stdout
    )
