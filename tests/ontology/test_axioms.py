"""The triples that follow from the axioms of the modules, and some that must not."""

from collections.abc import Mapping
from typing import Final

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat, Triple

from kg.errors import Contradiction
from kg.namespaces import GLOCAL, ID, PREFIXES, RDF
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.levels import Premise, derive
from kg.reasoning.rules.rule import Rule
from kg.sources.folders import read_ontology
from kg.statuses import Status

PROLOGUE: Final = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """The rules that the axioms of all modules compile to."""
    return compile_axioms(read_ontology()).rules


def levels(rules: list[Rule], facts: str) -> Mapping[Triple, Status]:
    """Each triple that follows from these facts, with its status."""
    quads = pyoxigraph.parse(PROLOGUE + facts, format=RdfFormat.TURTLE)
    premises = [Premise(quad.triple, Status.FACT) for quad in quads]
    return {each.triple: each.status for each in derive(premises, rules).derivations}


def triple(subject: str, predicate: str, object_: str) -> Triple:
    """A triple of two individuals and a property, by their local names."""
    return Triple(ID[subject], GLOCAL[predicate], ID[object_])


def test_a_member_takes_part_in_the_issue_of_its_network_as_a_thesis(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:HongKong glocal:memberOf id:C40 . id:C40 glocal:addressesIssue id:ClimateChange .",
    )

    governing = triple("HongKong", "participatesInGoverning", "ClimateChange")
    assert derived[governing] is Status.THESIS
    assert triple("HongKong", "addressesIssue", "ClimateChange") not in derived


def test_a_network_has_the_issues_of_its_committees_but_not_the_reverse(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:UCLG glocal:hasPart id:Committee ; glocal:addressesIssue id:Poverty ."
        "id:Committee glocal:addressesIssue id:ConflictPrevention .",
    )

    assert derived[triple("UCLG", "addressesIssue", "ConflictPrevention")] is Status.FACT
    assert triple("Committee", "addressesIssue", "Poverty") not in derived


def test_whoever_launched_a_programme_has_its_issues(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:UNHabitat glocal:launched id:Initiative ."
        "id:Initiative glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Initiative", "programmeOf", "UNHabitat")] is Status.FACT
    assert derived[triple("UNHabitat", "addressesIssue", "ClimateChange")] is Status.FACT


def test_a_successor_inherits_an_issue_but_need_not_deal_with_it(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:Old glocal:upgradedTo id:New . id:Old glocal:addressesIssue id:ConflictPrevention .",
    )

    assert derived[triple("New", "inheritsIssue", "ConflictPrevention")] is Status.FACT
    assert triple("New", "addressesIssue", "ConflictPrevention") not in derived


def test_the_initiator_of_an_award_sets_a_benchmark_for_what_it_evaluates(
    rules: list[Rule],
) -> None:
    derived = levels(
        rules,
        "id:Award glocal:initiatedBy id:Guangzhou ; glocal:evaluates id:ResilientCity ;"
        " glocal:addressesIssue id:SustainableDevelopment .",
    )

    assert derived[triple("Guangzhou", "setsBenchmarkFor", "ResilientCity")] is Status.FACT
    assert triple("Guangzhou", "setsBenchmarkFor", "SustainableDevelopment") not in derived


def test_a_city_in_a_regional_and_a_global_network_is_a_multi_level_city(
    rules: list[Rule],
) -> None:
    scopes = "id:C40 glocal:hasScope id:GlobalLevel . id:APCS glocal:hasScope id:RegionalLevel ."
    derived = levels(
        rules,
        scopes + "id:Shenzhen a glocal:City ; glocal:memberOf id:C40 , id:APCS ."
        "id:Beijing a glocal:City ; glocal:memberOf id:C40 .",
    )

    assert derived[Triple(ID["Shenzhen"], RDF["type"], GLOCAL["MultiLevelCity"])] is Status.THESIS
    assert Triple(ID["Beijing"], RDF["type"], GLOCAL["MultiLevelCity"]) not in derived


def test_the_initiative_of_a_mayor_counts_for_the_city_governed(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:KenLivingstone glocal:mayorOf id:London ."
        "id:BorisJohnson glocal:formerMayorOf id:York ."
        "id:C40 glocal:initiatedBy id:KenLivingstone , id:BorisJohnson .",
    )

    assert derived[triple("C40", "initiatedByCity", "London")] is Status.FACT
    assert triple("C40", "initiatedByCity", "York") not in derived


def test_influence_is_passed_on_by_what_one_initiated_and_by_nothing_else(
    rules: list[Rule],
) -> None:
    derived = levels(
        rules,
        "id:C40 glocal:initiatedByCity id:London ; glocal:influences id:UNHabitat ."
        "id:UNHabitat glocal:influences id:Nairobi ; glocal:launched id:Initiative .",
    )

    assert derived[triple("London", "indirectlyInfluences", "UNHabitat")] is Status.FACT
    assert derived[triple("London", "contributedToLaunchOf", "Initiative")] is Status.FACT
    assert triple("C40", "influences", "Nairobi") not in derived
    assert triple("C40", "indirectlyInfluences", "Nairobi") not in derived


def test_a_state_that_only_contemplates_withdrawal_weakens_nothing(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:Canada glocal:withdrewFrom id:Kyoto ."
        "id:Iran glocal:contemplatesWithdrawalFrom id:Kyoto ."
        "id:Kyoto glocal:addressesIssue id:ClimateChange .",
    )

    assert derived[triple("Canada", "weakensGovernanceOf", "ClimateChange")] is Status.THESIS
    assert triple("Iran", "weakensGovernanceOf", "ClimateChange") not in derived


def test_what_lies_in_an_area_lies_in_its_city_and_climbs_no_higher(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:NGOs glocal:inCity id:GreaterLondon ; glocal:shapes id:Consciousness ."
        "id:GreaterLondon glocal:administrativeAreaOf id:London ."
        "id:London glocal:cityOf id:UnitedKingdom .",
    )

    assert derived[triple("NGOs", "inCity", "London")] is Status.FACT
    assert derived[triple("London", "microMacroRelation", "Consciousness")] is Status.THESIS
    assert triple("NGOs", "inCity", "UnitedKingdom") not in derived
    assert triple("UnitedKingdom", "microMacroRelation", "Consciousness") not in derived


def test_the_city_of_a_foundation_stands_in_a_relation_to_the_institution(
    rules: list[Rule],
) -> None:
    derived = levels(rules, "id:C40 glocal:foundedAt id:London .")

    assert derived[triple("London", "actorInstitutionRelation", "C40")] is Status.THESIS
    assert triple("C40", "actorInstitutionRelation", "London") not in derived
    assert triple("London", "memberOf", "C40") not in derived


def test_a_scholar_emphasizes_what_the_strand_emphasizes(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:Strand glocal:hasRepresentative id:Barber ; glocal:emphasizes id:MaterialPower ."
        "id:CapabilitySupportDimension glocal:correspondsTo id:MaterialPower ."
        "id:Critique glocal:critiques id:Strand .",
    )

    dimension = triple("Barber", "emphasizesDimension", "CapabilitySupportDimension")
    assert derived[triple("Barber", "emphasizes", "MaterialPower")] is Status.THESIS
    assert derived[dimension] is Status.THESIS
    assert derived[triple("Barber", "subjectToCritique", "Critique")] is Status.FACT
    assert triple("MaterialPower", "emphasizes", "Barber") not in derived


def test_meeting_a_criterion_makes_a_participant_only_as_a_hypothesis(rules: list[Rule]) -> None:
    derived = levels(rules, "id:London a glocal:MeetsBoundaryCriterion2 .")

    kinds = {name: Triple(ID["London"], RDF["type"], GLOCAL[name]) for name in ("City", "Agent")}
    participant = Triple(ID["London"], RDF["type"], GLOCAL["BoundaryParticipant"])
    assert {derived[each] for each in kinds.values()} == {Status.FACT}
    assert derived[participant] is Status.HYPOTHESIS


def type_of(subject: str, name: str) -> Triple:
    """That an individual is of a class, by their local names."""
    return Triple(ID[subject], RDF["type"], GLOCAL[name])


def test_a_figure_on_capability_makes_a_capability_actor_and_any_other_figure_does_not(
    rules: list[Rule],
) -> None:
    derived = levels(
        rules,
        "id:Tokyo a glocal:GlobalCity . id:Rome a glocal:GlobalCity . id:Lyon a glocal:City ."
        "id:GDP a glocal:CapabilityIndicator . id:Rain a glocal:Indicator ."
        "id:x glocal:subject id:Tokyo , id:Lyon ; glocal:indicator id:GDP ."
        "id:y glocal:subject id:Rome ; glocal:indicator id:Rain .",
    )

    assert derived[type_of("Tokyo", "CapabilityActor")] is Status.FACT
    assert derived[triple("Tokyo", "provides", "GlobalPublicGoods")] is Status.THESIS
    assert not {type_of(city, "WideCapabilityActor") for city in ("Rome", "Lyon")} & set(derived)


def test_membership_makes_an_institution_actor_in_the_wide_reading_alone(
    rules: list[Rule],
) -> None:
    derived = levels(
        rules,
        "id:HongKong a glocal:GlobalCity ; glocal:memberOf id:C40 ."
        "id:C40 a glocal:TransnationalCityNetwork .",
    )

    assert derived[type_of("HongKong", "WideInstitutionActor")] is Status.THESIS
    assert type_of("HongKong", "InstitutionActor") not in derived
    assert triple("HongKong", "provides", "GlobalPublicGoods") not in derived


def test_a_full_spectrum_actor_acts_in_all_three_dimensions(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:London a glocal:CapabilityActor , glocal:InstitutionActor , glocal:NormActor ."
        "id:Paris a glocal:CapabilityActor , glocal:NormActor .",
    )

    assert derived[type_of("London", "FullSpectrumActor")] is Status.FACT
    assert type_of("Paris", "WideFullSpectrumActor") not in derived


def test_a_ranked_city_of_china_is_a_rising_global_city_as_a_thesis(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:Guangzhou a glocal:City ; glocal:cityOf id:China ; glocal:rankedIn id:R ."
        "id:Rome a glocal:City ; glocal:cityOf id:Italy ; glocal:rankedIn id:R ."
        "id:Xian a glocal:City ; glocal:cityOf id:China . id:R a glocal:Ranking .",
    )

    assert derived[type_of("Guangzhou", "RisingGlobalCity")] is Status.THESIS
    assert not {type_of(city, "RisingGlobalCity") for city in ("Rome", "Xian")} & set(derived)


def test_a_city_hosts_the_governance_of_what_a_headquarters_in_it_deals_with(
    rules: list[Rule],
) -> None:
    derived = levels(
        rules,
        "id:SCO glocal:headquarteredIn id:Beijing ; glocal:addressesIssue id:Security ."
        "id:Office glocal:inCity id:Beijing ; glocal:addressesIssue id:Trade .",
    )

    assert derived[triple("Beijing", "hostsGovernanceOf", "Security")] is Status.FACT
    assert triple("Beijing", "hostsGovernanceOf", "Trade") not in derived


def test_what_counters_a_feature_mitigates_what_has_it(rules: list[Rule]) -> None:
    derived = levels(
        rules,
        "id:Fragmentation glocal:hasFeature id:Conflict . id:Other glocal:hasFeature id:Calm ."
        "id:Conflict glocal:counteredBy id:NormGuidanceDimension .",
    )

    mitigated = triple("Fragmentation", "mitigatedBy", "NormGuidanceDimension")
    assert derived[mitigated] is Status.THESIS
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
        levels(rules, facts)


@pytest.mark.parametrize(
    "facts",
    [
        "id:Canada a glocal:State ; glocal:withdrewFrom id:KyotoProtocol .",
        "id:ICLEICCP a glocal:Programme , glocal:TransnationalCityNetwork .",
        "id:Shenzhen a glocal:GlobalCity , glocal:RisingGlobalCity .",
    ],
)
def test_what_can_be_both_is_no_contradiction(rules: list[Rule], facts: str) -> None:
    assert levels(rules, facts)
