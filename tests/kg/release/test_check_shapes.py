"""Shapes and alignments that name what does not exist."""

from pathlib import Path

import pytest

from kg.namespaces import GLOCAL
from kg.release.check_shapes import check_shapes_and_alignments
from kg.sources.files import read_file

HEAD = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> . "
    "@prefix sh: <http://www.w3.org/ns/shacl#> . "
    "@prefix shape: <https://w3id.org/glocal/shape/> .\n"
)
SHAPE = """\
shape:City a sh:NodeShape ;
    sh:targetClass glocal:City ;
    sh:property shape:label .

shape:label a sh:PropertyShape ;
    sh:path glocal:label ;
    sh:not [ sh:class glocal:City ] ;
    sh:minCount 1 .
"""


def found(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    path = folder / "facts.ttl"
    path.write_text(HEAD + text, encoding="utf-8")
    declared = {GLOCAL["City"], GLOCAL["label"]}
    findings = check_shapes_and_alignments([(path, read_file(path))], declared)
    return [(finding.line, finding.message, finding.expected) for finding in findings]


def test_shapes_that_name_what_exists_are_accepted(tmp_path: Path) -> None:
    assert found(tmp_path, SHAPE) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "expected"),
    [
        ("sh:minCount", "sh:minCout", 9, "sh:minCout is used but not declared.",
         "sh:minCount, or a word of SHACL."),
        ("sh:path glocal:label", "sh:path glocal:lable", 7,
         "glocal:lable is used but not declared.", "glocal:label, or a declared name."),
        ("sh:property shape:label", "sh:property shape:labl", 4,
         "https://w3id.org/glocal/shape/labl is used but not declared.",
         "shape:label, or a shape of this file."),
        ("sh:minCount 1", 'sh:minCount "one"', 9, 'sh:minCount has the value "one".',
         "a whole number."),
    ],
)  # fmt: skip
def test_what_would_demand_nothing_is_found(
    tmp_path: Path, old: str, new: str, line: int, message: str, expected: str
) -> None:
    assert found(tmp_path, SHAPE.replace(old, new)) == [(line, message, expected)]
