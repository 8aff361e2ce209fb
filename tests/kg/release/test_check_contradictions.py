"""Curated statements that contradict each other."""

from dataclasses import replace
from pathlib import Path

import pytest

from kg.reasoning.rules.rule import read_rules
from kg.release.check import check
from kg.release.check_contradictions import find_contradictions
from kg.sources.folders import read_curated, read_ontology
from tests.kg.release.conftest import evidence

pytestmark = pytest.mark.slow

FILE = "curated/paper/more.trig"
NETWORK = """\
id:C40 a glocal:TransnationalCityNetwork ; rdfs:label "C40"@en , "城市联盟"@zh .
"""


def found(project) -> list[str]:
    """The findings without their proofs."""
    return [text.splitlines()[0] for text in found_whole(project)]


def found_whole(project) -> list[str]:
    findings = find_contradictions(
        read_curated(project.content),
        read_ontology(project.ontology),
        read_rules(project.ontology / "rules"),
        project.content,
    )
    return [str(finding) for finding in findings]


def test_a_type_against_the_type_in_the_entity_file_is_found_at_its_line(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, evidence("id:London glocal:memberOf id:C40 .\nid:C40 a glocal:City ."))

    assert found(project) == [
        f"{FILE}:4: id:C40 rdf:type glocal:City cannot hold together with id:C40 rdf:type "
        "glocal:TransnationalCityNetwork: by rule cax-adc-City-Organization, id:C40 rdf:type "
        "glocal:City excludes id:C40 rdf:type glocal:Organization. "
        "Expected: one of the statements or one of the axioms removed."
    ]


def test_a_clash_is_proved_down_to_the_lines_it_rests_on(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, evidence("id:London glocal:memberOf id:C40 .\nid:C40 a glocal:City ."))

    [finding] = found_whole(project)

    lines = finding.splitlines()
    assert lines[1:3] == [
        "    Contradiction  [Background]",
        "    by rule:cax-adc-City-Organization: "
        "It cannot be that X is a city and X is an organisation.",
    ]
    assert "    ├── id:C40 rdf:type glocal:City  [Fact]" in lines
    assert "    │   in ev:p01.1-fact-2: passage:p01.1 (page 1)" in lines
    assert "        └── id:C40 rdf:type glocal:TransnationalCityNetwork  [Background]" in lines
    assert lines[-3:] == [
        "    It rests on:",
        "    curated/entities/more.ttl:2: id:C40 rdf:type glocal:TransnationalCityNetwork",
        "    curated/paper/more.trig:4: id:C40 rdf:type glocal:City",
    ]
    assert "glocal:memberOf" not in finding


def test_two_clashes_are_each_proved_by_their_own_statements(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, evidence("id:C40 a glocal:City .\nid:Lyon a glocal:State ."))

    first, second = found_whole(project)

    assert "id:Lyon" not in first
    assert "id:C40" not in second
    assert "by rule:cax-adc-City-State" in second


def test_what_clashes_by_way_of_what_is_derived_is_found_where_it_is_stated(project) -> None:
    project.write(
        "ontology/more.ttl",
        "glocal:cooperatesWith owl:propertyDisjointWith glocal:distrusts .\n"
        "glocal:distrusts a owl:ObjectProperty ;\n"
        '    rdfs:label "distrusts"@en , "不信任"@zh ;\n'
        '    skos:definition "Relates an actor to one it doubts."@en , "关联存疑者。"@zh .',
    )
    project.write(FILE, evidence("\nid:Lyon glocal:distrusts id:London .", "Thesis"))

    # The file opening.trig says that London cooperates with Lyon, which is symmetric. The rule
    # files and the queries use names that are not declared here.
    for path in (project.ontology / "rules").glob("*.rq"):
        path.unlink()
    findings = check(replace(project.content, queries=Path("queries"), topics=()))

    assert [(one.path, one.line) for one in findings if one.rule == "no-contradiction"] == [
        (FILE, 4)
    ]


def test_each_clash_is_found_and_the_weaker_statement_named(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(
        FILE,
        evidence("id:C40 a glocal:City .", "Thesis")
        + evidence("id:Lyon a glocal:State .", "Thesis", 3),
    )

    assert [line.partition(" cannot hold")[0] for line in found(project)] == [
        f"{FILE}:3: id:C40 rdf:type glocal:City",
        f"{FILE}:8: id:Lyon rdf:type glocal:State",
    ]


def test_a_statement_counts_as_strongly_as_it_stands_anywhere(project) -> None:
    person, state = "id:Zoe a glocal:Person .", "id:Zoe a glocal:State ."
    project.write(
        FILE,
        evidence(person)
        + evidence(person, "Thesis", 3)
        + evidence(state, "Background", 4).replace("p01.1-background", "background"),
    )

    assert [line.partition(" cannot hold")[0] for line in found(project)] == [
        f"{FILE}:13: id:Zoe rdf:type glocal:State",
    ]


def test_a_statement_that_an_entity_file_has_too_is_not_to_blame(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(
        FILE,
        evidence("id:C40 a glocal:City .")
        + evidence("id:C40 a glocal:TransnationalCityNetwork .", "Thesis"),
    )

    assert [line.partition(" cannot hold")[0] for line in found(project)] == [
        f"{FILE}:3: id:C40 rdf:type glocal:City"
    ]


def test_what_does_not_hold_may_clash(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, evidence("id:C40 a glocal:City .", "Hypothesis"))

    assert found(project) == []


def test_no_clash_is_looked_for_where_something_else_is_wrong(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, evidence("id:C40 a glocal:City , glocal:Unheard ."))

    rules = {finding.rule for finding in check(project.content)}
    assert "declared-terms" in rules
    assert "no-contradiction" not in rules


def test_a_clash_with_a_reading_is_held_by_the_curators_of_the_content(project) -> None:
    reading = evidence("id:C40 a glocal:City .", "Reading").replace(
        "glocal:Reading .", "glocal:Reading ; glocal:heldBy id:Keepers ."
    )
    project.write("curated/entities/more.ttl", NETWORK)
    project.write(FILE, reading)

    [finding] = find_contradictions(
        read_curated(project.content),
        read_ontology(project.ontology),
        read_rules(project.ontology / "rules"),
        replace(project.content, curators="Keepers"),
    )

    assert "Contradiction  [Reading of id:Keepers]" in str(finding)
