"""The triples that follow from the axioms of the modules, and some that must not."""

from collections.abc import Mapping
from typing import Final

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat, Triple

from kg.errors import Contradiction
from kg.namespaces import GLOCAL, ID, PREFIXES, RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import read_ontology
from kg.statuses import HYPOTHESES, Base, Standing, Status

FACT, READING = Standing(Base.FACT), Standing(Base.READING)
PROLOGUE: Final = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """The rules that the axioms of all modules compile to."""
    return compile_axioms(read_ontology()).rules


def standings(rules: list[Rule], facts: str) -> Mapping[Triple, Standing]:
    """Each triple that follows from these facts, with its standing, of which there is only one."""
    quads = pyoxigraph.parse(PROLOGUE + facts, format=RdfFormat.TURTLE)
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    found: dict[Triple, Standing] = {}
    for each in derive(premises, rules).derivations:
        assert found.setdefault(each.triple, each.standing) == each.standing
    return found


def triple(subject: str, predicate: str, object_: str) -> Triple:
    """A triple of two individuals and a property, by their local names."""
    return Triple(ID[subject], GLOCAL[predicate], ID[object_])


def test_a_member_takes_part_in_the_issue_of_its_network_as_a_reading(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:HongKong glocal:memberOf id:C40 . id:C40 glocal:addressesIssue id:ClimateChange .",
    )

    governing = triple("HongKong", "participatesInGoverning", "ClimateChange")
    assert derived[governing] == READING
    assert triple("HongKong", "addressesIssue", "ClimateChange") not in derived


def test_what_a_committee_deals_with_concerns_neither_its_network_nor_the_members(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:UCLG glocal:established id:Committee ; glocal:hasPart id:Committee ."
        "id:Committee glocal:addressesIssue id:ConflictPrevention ."
        "id:Shanghai glocal:memberOf id:UCLG .",
    )

    assert derived[triple("UCLG", "supportsIssue", "ConflictPrevention")] == FACT
    assert triple("UCLG", "addressesIssue", "ConflictPrevention") not in derived
    assert triple("Shanghai", "participatesInGoverning", "ConflictPrevention") not in derived


def test_whoever_launched_a_programme_has_its_issues(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:UNHabitat glocal:launched id:Initiative ."
        "id:Initiative glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Initiative", "programmeOf", "UNHabitat")] == FACT
    assert derived[triple("UNHabitat", "addressesIssue", "ClimateChange")] == FACT


def test_a_successor_inherits_an_issue_but_need_not_deal_with_it(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Old glocal:upgradedTo id:New . id:Old glocal:addressesIssue id:ConflictPrevention .",
    )

    assert derived[triple("New", "inheritsIssue", "ConflictPrevention")] == FACT
    assert triple("New", "addressesIssue", "ConflictPrevention") not in derived


def test_the_initiator_of_an_award_sets_a_benchmark_for_what_it_evaluates(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Award glocal:initiatedBy id:Guangzhou ; glocal:evaluates id:ResilientCity ;"
        " glocal:addressesIssue id:SustainableDevelopment .",
    )

    assert derived[triple("Guangzhou", "setsBenchmarkFor", "ResilientCity")] == READING
    assert triple("Guangzhou", "setsBenchmarkFor", "SustainableDevelopment") not in derived


def test_only_what_an_award_deals_with_is_governed_by_its_initiator(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Award glocal:initiatedBy id:Guangzhou ; glocal:evaluates id:ResilientCity ;"
        " glocal:addressesIssue id:SustainableDevelopment .",
    )

    governs = "participatesInGoverning"
    assert derived[triple("Guangzhou", governs, "SustainableDevelopment")] == READING
    assert triple("Guangzhou", governs, "ResilientCity") not in derived
    assert triple("Guangzhou", "participatesIn", "SustainableDevelopment") not in derived


def test_a_city_in_a_regional_and_a_global_network_is_a_multi_level_city(
    rules: list[Rule],
) -> None:
    scopes = "id:C40 glocal:hasScope id:GlobalLevel . id:APCS glocal:hasScope id:RegionalLevel ."
    derived = standings(
        rules,
        scopes + "id:Shenzhen a glocal:City ; glocal:memberOf id:C40 , id:APCS ."
        "id:Beijing a glocal:City ; glocal:memberOf id:C40 .",
    )

    assert derived[Triple(ID["Shenzhen"], RDF["type"], GLOCAL["MultiLevelCity"])] == READING
    assert Triple(ID["Beijing"], RDF["type"], GLOCAL["MultiLevelCity"]) not in derived


def test_the_initiative_of_a_mayor_counts_for_the_city_governed(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:KenLivingstone glocal:mayorOf id:London ."
        "id:BorisJohnson glocal:formerMayorOf id:York ."
        "id:C40 glocal:initiatedBy id:KenLivingstone , id:BorisJohnson .",
    )

    assert derived[triple("C40", "initiatedByCity", "London")] == FACT
    assert triple("C40", "initiatedByCity", "York") not in derived


def test_influence_is_passed_on_by_what_one_initiated_and_by_nothing_else(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:C40 glocal:initiatedByCity id:London ; glocal:influences id:UNHabitat ."
        "id:UNHabitat glocal:influences id:Nairobi ; glocal:launched id:Initiative .",
    )

    assert derived[triple("London", "indirectlyInfluences", "UNHabitat")] == READING
    assert derived[triple("London", "contributedToLaunchOf", "Initiative")] == READING
    assert triple("C40", "influences", "Nairobi") not in derived
    assert triple("C40", "indirectlyInfluences", "Nairobi") not in derived


def test_a_state_that_only_contemplates_withdrawal_weakens_nothing(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Canada glocal:withdrewFrom id:Kyoto ."
        "id:Iran glocal:contemplatesWithdrawalFrom id:Kyoto ."
        "id:Kyoto glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Canada", "weakensGovernanceOf", "ClimateChange")] == READING
    assert triple("Iran", "weakensGovernanceOf", "ClimateChange") not in derived


def test_what_lies_in_an_area_lies_in_its_city_and_climbs_no_higher(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:NGOs glocal:inCity id:GreaterLondon ."
        "id:GreaterLondon glocal:administrativeAreaOf id:London ."
        "id:London glocal:cityOf id:UnitedKingdom .",
    )

    assert derived[triple("NGOs", "inCity", "London")] == FACT
    assert triple("NGOs", "inCity", "UnitedKingdom") not in derived


def test_the_city_of_a_foundation_stands_in_a_relation_to_the_institution(
    rules: list[Rule],
) -> None:
    derived = standings(rules, "id:C40 glocal:foundedAt id:London .")

    assert derived[triple("London", "actorInstitutionRelation", "C40")] == READING
    assert triple("C40", "actorInstitutionRelation", "London") not in derived
    assert triple("London", "memberOf", "C40") not in derived


def test_a_scholar_emphasizes_what_the_strand_emphasizes(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Strand glocal:hasRepresentative id:Barber ; glocal:emphasizes id:MaterialPower ."
        "id:CapabilitySupportDimension glocal:correspondsTo id:MaterialPower ."
        "id:Critique glocal:critiques id:Strand .",
    )

    dimension = triple("Barber", "emphasizesDimension", "CapabilitySupportDimension")
    assert derived[triple("Barber", "emphasizes", "MaterialPower")] == READING
    assert derived[dimension] == READING
    assert derived[triple("Barber", "subjectToCritique", "Critique")] == FACT
    assert triple("MaterialPower", "emphasizes", "Barber") not in derived


def test_meeting_a_criterion_makes_a_participant_only_as_a_hypothesis(rules: list[Rule]) -> None:
    derived = standings(rules, "id:London a glocal:MeetsBoundaryCriterion2 .")

    kinds = {name: Triple(ID["London"], RDF["type"], GLOCAL[name]) for name in ("City", "Agent")}
    participant = Triple(ID["London"], RDF["type"], GLOCAL["BoundaryParticipant"])
    assert {derived[each] for each in kinds.values()} == {FACT}
    assert derived[participant] == Standing(Base.FACT, HYPOTHESES)


def type_of(subject: str, name: str) -> Triple:
    """That an individual is of a class, by their local names."""
    return Triple(ID[subject], RDF["type"], GLOCAL[name])


def test_a_figure_on_capability_makes_a_capability_actor_and_any_other_figure_does_not(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:Tokyo a glocal:GlobalCity . id:Rome a glocal:GlobalCity . id:Lyon a glocal:City ."
        "id:GDP a glocal:CapabilityIndicator . id:Rain a glocal:Indicator ."
        "id:x glocal:subject id:Tokyo , id:Lyon ; glocal:indicator id:GDP ."
        "id:y glocal:subject id:Rome ; glocal:indicator id:Rain .",
    )

    assert derived[type_of("Tokyo", "CapabilityActor")] == FACT
    assert derived[triple("Tokyo", "provides", "GlobalPublicGoods")] == READING
    assert not {type_of(city, "WideCapabilityActor") for city in ("Rome", "Lyon")} & set(derived)


def test_membership_makes_an_institution_actor_in_the_wide_reading_alone(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:HongKong a glocal:GlobalCity ; glocal:memberOf id:C40 ."
        "id:C40 a glocal:TransnationalCityNetwork .",
    )

    assert derived[type_of("HongKong", "WideInstitutionActor")] == READING
    assert type_of("HongKong", "InstitutionActor") not in derived
    assert triple("HongKong", "provides", "GlobalPublicGoods") not in derived


def test_a_city_founds_institutions_by_its_mayor_only_as_a_reading(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:London a glocal:GlobalCity . id:C40 glocal:initiatedByCity id:London ."
        "id:Lyon a glocal:GlobalCity . id:C41 glocal:foundedAt id:Lyon .",
    )

    assert derived[type_of("London", "InstitutionActor")] == READING
    assert type_of("Lyon", "InstitutionActor") not in derived


def test_a_thing_is_of_the_kinds_of_its_classes_and_of_the_broader_ones(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:NewYork a glocal:GlobalCity . id:GlobalCity glocal:subkindOf id:SubStateActor ."
        "id:SubStateActor glocal:participatesIn id:GlobalGovernance .",
    )

    assert derived[triple("NewYork", "ofKind", "GlobalCity")] == FACT
    assert derived[triple("NewYork", "ofKind", "SubStateActor")] == FACT
    assert triple("NewYork", "participatesIn", "GlobalGovernance") not in derived


def test_a_beginning_or_a_death_is_not_the_date_of_the_thing(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        'id:Survey glocal:startedOn "2007" . id:Barber glocal:diedOn "2017" .'
        'id:C40 glocal:foundedOn "2005" .',
    )

    dated = {one.subject for one in derived if one.predicate == GLOCAL["hasDate"]}
    assert dated == {ID["C40"]}


def test_a_full_spectrum_actor_acts_in_all_three_dimensions(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:London a glocal:CapabilityActor , glocal:InstitutionActor , glocal:NormActor ."
        "id:Paris a glocal:CapabilityActor , glocal:NormActor .",
    )

    assert derived[type_of("London", "FullSpectrumActor")] == FACT
    assert type_of("Paris", "WideFullSpectrumActor") not in derived


def test_a_ranked_city_of_china_is_a_rising_global_city_as_a_reading(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Guangzhou a glocal:City ; glocal:cityOf id:China ; glocal:rankedIn id:R ."
        "id:Rome a glocal:City ; glocal:cityOf id:Italy ; glocal:rankedIn id:R ."
        "id:Xian a glocal:City ; glocal:cityOf id:China . id:R a glocal:Ranking .",
    )

    assert derived[type_of("Guangzhou", "RisingGlobalCity")] == READING
    assert not {type_of(city, "RisingGlobalCity") for city in ("Rome", "Xian")} & set(derived)


def test_a_city_hosts_the_governance_of_what_a_headquarters_in_it_deals_with(
    rules: list[Rule],
) -> None:
    derived = standings(
        rules,
        "id:SCO glocal:headquarteredIn id:Beijing ; glocal:addressesIssue id:Security ."
        "id:Office glocal:inCity id:Beijing ; glocal:addressesIssue id:Trade .",
    )

    assert derived[triple("Beijing", "hostsGovernanceOf", "Security")] == FACT
    assert triple("Beijing", "hostsGovernanceOf", "Trade") not in derived


def test_what_counters_a_feature_mitigates_what_has_it(rules: list[Rule]) -> None:
    derived = standings(
        rules,
        "id:Fragmentation glocal:hasFeature id:Conflict . id:Other glocal:hasFeature id:Calm ."
        "id:Conflict glocal:counteredBy id:NormGuidanceDimension .",
    )

    mitigated = triple("Fragmentation", "mitigatedBy", "NormGuidanceDimension")
    assert derived[mitigated] == READING
    assert triple("Other", "mitigatedBy", "NormGuidanceDimension") not in derived


@pytest.mark.parametrize(
    "facts",
    [
        "id:London a glocal:City ; glocal:withdrewFrom id:ParisAgreement .",
        "id:WTCF a glocal:IntergovernmentalOrganization , glocal:TransnationalCityNetwork .",
        "id:PKU a glocal:University , glocal:IntergovernmentalOrganization .",
        "id:X a glocal:State , glocal:City .",
        "id:X a glocal:Treaty , glocal:Person .",
        "id:X a glocal:Issue , glocal:University .",
    ],
)
def test_what_cannot_be_both_is_a_contradiction(rules: list[Rule], facts: str) -> None:
    with pytest.raises(Contradiction):
        standings(rules, facts)


@pytest.mark.parametrize(
    "facts",
    [
        "id:Canada a glocal:State ; glocal:withdrewFrom id:KyotoProtocol .",
        "id:ICLEICCP a glocal:Programme , glocal:TransnationalCityNetwork .",
        "id:Shenzhen a glocal:GlobalCity , glocal:RisingGlobalCity .",
    ],
)
def test_what_can_be_both_is_no_contradiction(rules: list[Rule], facts: str) -> None:
    assert standings(rules, facts)
