"""Findings about the JSON-LD context and the frames."""

from pathlib import Path

import pytest

from kg.paths import newest_context_file
from kg.release.check import check
from kg.release.check_files import check_context
from kg.sources.folders import read_ontology

ONTOLOGY = read_ontology()


def findings(folder: Path, text: str) -> list[tuple[int | None, str]]:
    path = folder / "context.jsonld"
    path.write_text(text, encoding="utf-8")
    return [(finding.line, finding.message) for finding in check_context(path, ONTOLOGY)]


def test_a_term_that_the_ontology_does_not_declare_is_found_at_its_line(tmp_path: Path) -> None:
    text = """{
  "@context": {
    "@version": 1.1,
    "id": "@id",
    "glocal": "https://w3id.org/glocal/ontology#",
    "City": "glocal:City",
    "member": {"@id": "glocal:member-of", "@type": "@id"},
    "cites": "cito:cites",
    "rank": 4,
    "prov": "http://www.w3.org/ns/prov#",
    "hadMember": "prov:hadMember",
    "members": "prov:hadMembers"
  }
}
"""

    assert findings(tmp_path, text) == [
        (7, "'member' is mapped to glocal:member-of, which the ontology does not declare."),
        (8, "'cites' is mapped to 'cito:cites', whose prefix is unknown."),
        (9, "'rank' is not mapped to an IRI."),
        (12, "'members' is mapped to prov:hadMembers, which the ontology does not declare."),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{\n"@context": {,}\n}', 2, "the file is not valid JSON: Expecting property name"),
        ("[]", 1, "the file has no context."),
        ('{"@context": "https://example.org/c"}', 1, "the file has no context."),
    ],
)
def test_what_is_no_context_is_found(tmp_path: Path, text: str, line: int, message: str) -> None:
    ((found_line, found_message),) = findings(tmp_path, text)

    assert found_line == line
    assert found_message.startswith(message)


@pytest.mark.slow
def test_check_looks_at_the_frames(project) -> None:
    frame = project.ontology / "frames" / "city.jsonld"
    frame.write_text(frame.read_text().replace('"hosted"', '"hots"'), encoding="utf-8")

    found = {one.path: one.message for one in check(project.content)}
    assert found["ontology/frames/city.jsonld"].startswith(
        "the file cannot be read: 'hots' is not a property"
    )


@pytest.mark.slow
def test_check_looks_at_the_context(project) -> None:
    newest_context_file(project.ontology).write_text("{", encoding="utf-8")

    assert "ontology/context/1.0.0.jsonld" in {finding.path for finding in check(project.content)}
