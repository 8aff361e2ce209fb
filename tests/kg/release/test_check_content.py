"""The names in `content.toml` and in the table of renamings."""

from dataclasses import replace
from pathlib import Path

from pyoxigraph import Quad

from kg.content import own_content
from kg.namespaces import EVIDENCE, GLOCAL, ID
from kg.release.check_content import check_content, check_renames

DECLARED = {GLOCAL["City"], ID["GlocalMaintainers"], ID["Lyon"]}
READING = Quad(EVIDENCE["p01.1-reading"], GLOCAL["hasStatus"], GLOCAL["Reading"])


def test_the_real_content_has_no_finding() -> None:
    assert list(check_content(own_content(), [READING], DECLARED)) == []


def test_curators_and_class_that_do_not_exist_are_found_at_their_lines() -> None:
    content = replace(own_content(), curators="GlocalMaintainer", example_class="Citty")

    lines = (own_content().root / "content.toml").read_text("utf-8").splitlines()
    findings = check_content(content, [READING], DECLARED)
    assert [
        (lines[(one.line or 0) - 1].split()[0], one.message, one.expected) for one in findings
    ] == [
        ("example_class", "glocal:Citty does not exist.", "glocal:City, or another name."),
        (
            "curators",
            "id:GlocalMaintainer does not exist.",
            "id:GlocalMaintainers, or another name.",
        ),
    ]


def test_a_content_without_readings_needs_no_curators() -> None:
    content = replace(own_content(), curators="Nobody")

    assert list(check_content(content, [], DECLARED)) == []


def test_a_title_in_another_language_is_found() -> None:
    content = replace(own_content(), title={"en": "Glocal", "zh": "Glocal"})

    (finding,) = check_content(content, [], DECLARED)
    assert finding.message == "the title (zh) is without a Chinese character."


def test_renamings_lead_to_entities(tmp_path: Path) -> None:
    path = tmp_path / "renames.csv"
    path.write_text("inventory name,local name\nLyons,Lyon\nLione,Lyonn\nx\n", encoding="utf-8")

    assert [(one.line, one.message, one.expected) for one in check_renames(path, DECLARED)] == [
        (3, "id:Lyonn is not described.", "id:Lyon, or the name of an entity."),
        (4, "the row has 1 cells, or an empty one.", "two cells, each with a name."),
    ]


def test_the_table_of_renamings_has_its_header(tmp_path: Path) -> None:
    path = tmp_path / "renames.csv"
    path.write_text("old,new\n", encoding="utf-8")

    ((line, expected),) = [(one.line, one.expected) for one in check_renames(path, DECLARED)]
    assert (line, expected) == (1, "inventory name,local name.")
