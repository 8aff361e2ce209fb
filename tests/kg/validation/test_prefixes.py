"""Prefixes that lead elsewhere than everywhere else."""

from pathlib import Path

import pytest

from kg.validation.prefixes import check_prefixes

GLOCAL = "https://w3id.org/glocal/ontology#"


@pytest.mark.parametrize(
    ("name", "line", "expected"),
    [
        ("a.ttl", "@prefix glocal: <{}> .", "@prefix glocal: <" + GLOCAL + "> ."),
        ("a.trig", "PREFIX glocal: <{}>", "@prefix glocal: <" + GLOCAL + "> ."),
        ("a.rq", "PREFIX glocal: <{}>", "PREFIX glocal: <" + GLOCAL + ">"),
        ("a.jsonld", '    "glocal": "{}",', '"glocal": "' + GLOCAL + '"'),
        ("a.sssom.tsv", "#   glocal: {}", "glocal: " + GLOCAL),
    ],
)
def test_only_the_namespace_of_the_project_is_accepted(
    tmp_path: Path, name: str, line: str, expected: str
) -> None:
    path = tmp_path / name
    path.write_text("\n" + line.format("https://example.org/ontology#"), encoding="utf-8")

    (finding,) = check_prefixes(path)
    assert (finding.line, finding.expected) == (2, expected)
    assert finding.message == (
        "the prefix glocal: stands for another namespace, <https://example.org/ontology#>."
    )

    path.write_text("\n" + line.format(GLOCAL), encoding="utf-8")
    assert list(check_prefixes(path)) == []


def test_a_prefix_of_the_files_own_may_stand_for_anything(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("@prefix places: <https://example.org/> .\n", encoding="utf-8")

    assert list(check_prefixes(path)) == []
