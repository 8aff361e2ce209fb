"""Rules that join what is only possible, or stated of some."""

from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import ValidationFailed
from kg.reasoning.rules.rule import read_rules
from kg.release.build import build
from kg.release.check import check
from kg.release.check_limited_premises import find_limited_premises
from kg.sources.folders import read_curated, read_ontology
from tests.kg.release.conftest import evidence

pytestmark = pytest.mark.slow

NETWORK = """\
id:C40 a glocal:TransnationalCityNetwork ; rdfs:label "C40"@en , "城市联盟"@zh .
"""
LONDON, LYON = "id:London glocal:memberOf id:C40 .", "id:Lyon glocal:memberOf id:C40 ."


def found(project, *graphs: str) -> list[str]:
    project.write("curated/entities/more.ttl", NETWORK)
    project.write("curated/paper/more.trig", "\n".join(graphs))
    findings = find_limited_premises(
        read_curated(project.content),
        read_ontology(project.ontology),
        read_rules(project.ontology / "rules"),
        project.content,
    )
    return [str(finding) for finding in findings]


@pytest.mark.parametrize(
    "qualifier", ["hasModality glocal:Possible", "hasQuantifier glocal:SomeOfThem"]
)
def test_a_rule_that_joins_a_limited_statement_is_found_with_what_it_derives(
    project, qualifier: str
) -> None:
    limited = evidence(LYON, number=3, qualifier=qualifier)

    assert found(project, evidence(LONDON), limited) == [
        "ontology/rules/co-membership.rq: the rule co-membership joins a statement that is only "
        "possible, or made of some. Expected: a rule that does not need it, or evidence without "
        "the limiting qualifier.\n"
        "    It derives:\n"
        "    id:London glocal:coMemberWith id:Lyon\n"
        "    id:Lyon glocal:coMemberWith id:London"
    ]


def test_a_rule_that_joins_an_axiom_is_found_at_the_axiom(project) -> None:
    limited = evidence("id:London glocal:inCity id:Lyon .", qualifier="hasModality glocal:Possible")
    area = evidence("id:Lyon glocal:inCity id:London .", number=3)
    core = project.ontology / "core.ttl"
    chain = "glocal:inCity owl:propertyChainAxiom ( glocal:inCity glocal:inCity ) .\n"
    core.write_text(core.read_text("utf-8") + chain, encoding="utf-8")
    line = core.read_text("utf-8").count("\n")

    places = [finding.partition(" joins")[0] for finding in found(project, limited, area)]

    assert f"ontology/core.ttl:{line}: the rule prp-spo2-inCity-inCity-inCity" in places


def test_a_rule_for_things_of_a_type_needs_the_type_plainly(project) -> None:
    typed = evidence("id:Prize a glocal:Award .", qualifier="hasModality glocal:Possible")
    initiated = evidence("id:London glocal:initiates id:Prize .", number=3)

    places = [one.partition(": ")[0] for one in found(project, typed, initiated)]

    assert "ontology/rules/actor-institution-by-initiation.rq" in places
    assert found(project, evidence("id:Prize a glocal:Award ."), initiated) == []


@pytest.mark.parametrize(
    "graphs",
    [
        (evidence(LONDON), evidence(LYON, number=3, qualifier="hasFrequency glocal:Often")),
        (
            evidence(LONDON),
            evidence(LYON, number=3),
            evidence(LYON, number=4, qualifier="hasModality glocal:Possible"),
        ),
        (
            evidence(
                "id:London glocal:cooperatesWith id:C40 .", qualifier="hasModality glocal:Possible"
            ),
        ),
    ],
    ids=["shaded", "plain in another graph", "one premise and types"],
)
def test_what_is_shaded_or_also_plain_may_be_joined_and_anything_restated(project, graphs) -> None:
    assert found(project, *graphs) == []


def test_neither_check_nor_build_passes_such_a_rule(project) -> None:
    project.write("curated/entities/more.ttl", NETWORK)
    limited = evidence(LYON, number=3, qualifier="hasModality glocal:Possible")
    project.write("curated/paper/more.trig", evidence(LONDON) + limited)
    # Other rules and the queries name things that are not declared here.
    for path in (project.ontology / "rules").glob("*.rq"):
        if path.stem != "co-membership":
            path.unlink()
    content = replace(project.content, queries=Path("queries"), topics=())

    with pytest.raises(ValidationFailed) as raised:
        build(content=content)

    [finding] = raised.value.findings
    assert (finding.rule, finding.path) == (
        "no-limited-premises",
        "ontology/rules/co-membership.rq",
    )
    assert [one for one in check(content) if one.rule != "one-spelling"] == [finding]
