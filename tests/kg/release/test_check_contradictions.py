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


def found(towns) -> list[str]:
    findings = find_contradictions(
        read_curated(towns.content),
        read_ontology(towns.ontology),
        read_rules(towns.ontology / "rules"),
        towns.content,
    )
    return [str(finding) for finding in findings]


def test_a_type_against_that_in_the_entity_file_is_proved_down_to_the_lines(towns) -> None:
    towns.write("curated/entities/more.ttl", NETWORK)
    towns.write(FILE, evidence("id:London glocal:memberOf id:C40 .\nid:C40 a glocal:City ."))

    [finding] = found(towns)

    lines = finding.splitlines()
    assert lines[0] == (
        f"{FILE}:4: id:C40 rdf:type glocal:City cannot hold together with id:C40 rdf:type "
        "glocal:TransnationalCityNetwork: by rule cax-adc-City-Organization, id:C40 rdf:type "
        "glocal:City excludes id:C40 rdf:type glocal:Organization. "
        "Expected: one of the statements or one of the axioms removed."
    )
    assert lines[1:3] == [
        "    Contradiction  [Background]",
        "    by rule:cax-adc-City-Organization: "
        "It cannot be that X is a City and X is an Organization.",
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


def test_two_clashes_are_each_proved_by_their_own_statements(towns) -> None:
    towns.write("curated/entities/more.ttl", NETWORK)
    towns.write(FILE, evidence("id:C40 a glocal:City .\nid:Lyon a glocal:State ."))

    first, second = found(towns)

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


PERSON = "id:Zoe a glocal:Person ."


@pytest.mark.parametrize(
    ("graphs", "blamed"),
    [
        (
            evidence("id:C40 a glocal:City .", "Thesis")
            + evidence("id:Lyon a glocal:State .", "Thesis", 3),
            ["3: id:C40 rdf:type glocal:City", "8: id:Lyon rdf:type glocal:State"],
        ),
        (
            evidence(PERSON)
            + evidence(PERSON, "Thesis", 3)
            + evidence("id:Zoe a glocal:State .", "Background", 4).replace(
                "p01.1-background", "background"
            ),
            ["13: id:Zoe rdf:type glocal:State"],
        ),
        (
            evidence("id:C40 a glocal:City .")
            + evidence("id:C40 a glocal:TransnationalCityNetwork .", "Thesis"),
            ["3: id:C40 rdf:type glocal:City"],
        ),
        (evidence("id:C40 a glocal:City .", "Hypothesis"), []),
    ],
    ids=["each clash", "the strongest statement", "also in an entity file", "does not hold"],
)
def test_of_each_clash_of_what_holds_the_weaker_statement_is_named(
    towns, graphs: str, blamed: list[str]
) -> None:
    towns.write("curated/entities/more.ttl", NETWORK)
    towns.write(FILE, graphs)

    assert [one.partition(" cannot hold")[0] for one in found(towns)] == [
        f"{FILE}:{statement}" for statement in blamed
    ]


def test_no_clash_is_looked_for_where_something_else_is_wrong(towns) -> None:
    towns.write("curated/entities/more.ttl", NETWORK)
    towns.write(FILE, evidence("id:C40 a glocal:City , glocal:Unheard ."))

    rules = {finding.rule for finding in check(towns.content)}
    assert "declared-terms" in rules
    assert "no-contradiction" not in rules


def test_a_clash_with_a_reading_is_held_by_the_curators_of_the_content(towns) -> None:
    reading = evidence("id:C40 a glocal:City .", "Reading").replace(
        "glocal:Reading .", "glocal:Reading ; glocal:heldBy id:Keepers ."
    )
    towns.write("curated/entities/more.ttl", NETWORK)
    towns.write(FILE, reading)

    [finding] = find_contradictions(
        read_curated(towns.content),
        read_ontology(towns.ontology),
        read_rules(towns.ontology / "rules"),
        replace(towns.content, curators="Keepers"),
    )

    assert "Contradiction  [Reading of id:Keepers]" in str(finding)
