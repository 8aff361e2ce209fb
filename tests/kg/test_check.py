"""`glocal check`: everything at once."""

import pytest

from kg.check import check
from kg.errors import MalformedInput
from kg.places import CURATED_FILES, ONTOLOGY_FILES


def found(project, rule: str) -> list[str]:
    findings = check(project.curated, project.ontology)
    return [str(finding) for finding in findings if finding.rule == rule]


def test_the_real_files_have_no_finding() -> None:
    assert [str(finding) for finding in check(CURATED_FILES, ONTOLOGY_FILES)] == []


def test_syntax_errors_of_all_files_are_reported_at_once(project) -> None:
    project.write("curated/entities/a.ttl", "id:Lyon a glocal:City\n")
    project.write("curated/paper/b.trig", "\nev:a { id:Lyon other:x id:London . }\n")
    project.write("ontology/shapes/c.ttl", 'id:Lyon rdfs:label "L')

    assert [line.rpartition(": ")[0] + ": …" for line in found(project, "well-formed-files")] == [
        "curated/entities/a.ttl:3: the file cannot be read: Unexpected end. Right would be: …",
        "curated/paper/b.trig:3: the file cannot be read: The prefix other: has not been declared. "
        "Right would be: …",
        "ontology/shapes/c.ttl:2: the file cannot be read: Unexpected end of file. "
        "Right would be: …",
    ]


def test_content_waits_until_every_file_can_be_read(project) -> None:
    project.write("curated/entities/cities.ttl", "id:London a glocal:City")

    assert len(found(project, "well-formed-files")) == 1
    assert found(project, "described-individuals") == []


def test_content_is_checked_where_every_file_can_be_read(project) -> None:
    project.write("curated/entities/more.ttl", 'id:Oslo a glocal:City ; rdfs:label "Oslo"@en .')

    assert found(project, "shapes/facts.ttl") == [
        "curated/entities/more.ttl:2: id:Oslo: not exactly one label in English and one in "
        "Chinese. Right would be: one rdfs:label @en and one @zh; other names are skos:altLabel."
    ]


def test_a_rule_file_that_is_no_rule_is_reported(project) -> None:
    (project.ontology / "rules/wrong.rq").write_text("SELECT * { ?s ?p ?o }", encoding="utf-8")

    (finding,) = found(project, "well-formed-rules")
    assert finding.startswith("ontology/rules/wrong.rq:1: the file is no rule: ")


def test_an_unknown_term_in_a_rule_is_reported(project) -> None:
    (project.ontology / "rules/new.rq").write_text(
        "# rule (en): A rule.\n# rule (zh): 规则。\n# status: Thesis\n# source: nobody\n"
        "PREFIX glocal: <https://w3id.org/glocal/ontology#>\n"
        "CONSTRUCT {\n    ?one glocal:memberOf ?other .\n}\n"
        "WHERE {\n    ?one glocal:isNew ?other .\n}\n",
        encoding="utf-8",
    )

    assert [one for one in found(project, "declared-terms") if "new.rq" in one] == [
        "ontology/rules/new.rq:10: glocal:isNew is used but not declared. "
        "Right would be: a declared name."
    ]


def test_another_spelling_is_reported_with_what_repairs_it(project) -> None:
    assert (
        "curated/entities/cities.ttl: the file is not in the one spelling. "
        "Right would be: turtlefmt curated/entities/cities.ttl"
    ) in found(project, "one-spelling")


def test_an_empty_folder_is_refused(project, tmp_path) -> None:
    with pytest.raises(MalformedInput, match="nothing to read"):
        check(tmp_path / "nowhere", project.ontology)
